"""Messages of ours cannot be pushed through Alice: they wait until the customer's next turn takes them along."""

from __future__ import annotations

from adapters.channels.contract import Outbound
from adapters.channels.http_client import Access
from adapters.channels.outcomes import SendResult, again, answer_lost, failed, sent
from adapters.channels.yandex_dialogs.answers import LONGEST_TEXT

A_DAY = 24 * 3600.0


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    """No call is made. The limits are checked here, so that what can never be said fails at once."""
    if not message.text.strip():
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    return again("waits_for_turn", A_DAY)


def classify(status: int, body: bytes) -> SendResult:
    """Nobody answers us, as nobody is called; a status that looks like an answer is read as HTTP means it."""
    if 200 <= status < 300:
        return sent()
    if status == 429:
        return again("rate_limited")
    if status == 504:
        return answer_lost()
    return again() if status >= 500 or status < 200 or 300 <= status < 400 else failed("refused")
