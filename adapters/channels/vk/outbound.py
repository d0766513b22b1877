"""Sending by `messages.send`, and what VK's answers mean.

`random_id` is made from the message's own key: VK takes the same one for the same message once, so that a call whose
answer was lost may be repeated. Errors arrive with status 200. The token goes in the form, never in the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from adapters.channels.contract import Outbound
from adapters.channels.http_client import Access, Answer
from adapters.channels.outcomes import SendResult, again, answer_lost, bad_credentials, failed, sent, waiting
from adapters.channels.text import object_of
from adapters.channels.vk.calls import Refused, call
from adapters.channels.vk.uploads import attached
from domain.errors import Unavailable

LONGEST_TEXT = 9000
LARGEST_RANDOM_ID = 2**31 - 1

AGAIN: dict[int, str] = {1: "provider_unavailable", 10: "provider_unavailable"} | dict.fromkeys(
    (6, 9, 29), "rate_limited"
)
CREDENTIALS = frozenset({5, 7, 15, 27})
CAPTCHA = 14
REFUSALS: dict[int, str] = {
    900: "blocked_by_user",
    901: "user_did_not_allow_messages",
    902: "forbidden",
    914: "message_too_long",
    917: "forbidden",
    932: "forbidden",
    936: "chat_not_found",
    945: "forbidden",
    946: "forbidden",
}
"""VK's number of an error → the row of the table of errors. What is not here was refused, for good."""


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if not message.text.strip() and not message.files:
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    fields = {"peer_ids": chat, "random_id": str(random_id(message.key)), "message": message.text}
    if message.reply_to_external_message_id is not None:
        fields["reply_to"] = message.reply_to_external_message_id
    try:
        if message.files:
            fields["attachment"] = ",".join(attached(access, chat, one) for one in message.files)
    except Refused as refusal:
        return _refused({"error_code": refusal.code, "error_msg": refusal.message})
    except Unavailable:
        return again()
    match call(access, "messages.send", fields):
        case "not_sent" | "answer_lost":
            return again()
        case Answer() as answer:
            return waiting(classify(answer.status, answer.body), answer.headers.get("retry-after"))


def random_id(key: str) -> int:
    """The same for the same message of ours, and never 0, which would switch the protection off."""
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
    return number % LARGEST_RANDOM_ID + 1


def classify(status: int, body: bytes) -> SendResult:
    facts = object_of(body)
    if status == 429:
        return again("rate_limited")
    if status != 200:
        return again() if status >= 500 or 300 <= status < 400 else failed("refused")
    error = facts.get("error")
    if isinstance(error, Mapping):
        return _refused(error)
    return _taken(facts.get("response"))


def _refused(error: Mapping[str, Any]) -> SendResult:
    code = error.get("error_code", error.get("code"))
    if not isinstance(code, int):
        return failed("refused")
    if code in AGAIN:
        return again(AGAIN[code])
    if code in CREDENTIALS:
        return bad_credentials("receiving_disabled" if _switched_off(error) else "bad_credentials")
    if code == CAPTCHA:
        return SendResult(outcome="operator_action", code="captcha_needed")
    return failed(REFUSALS.get(code, "refused"))


def _switched_off(error: Mapping[str, Any]) -> bool:
    """The community's messages are off (unconfirmed words); with the same number VK tells of a lost right."""
    said = str(error.get("error_msg", error.get("description", ""))).lower()
    return "messages are disabled" in said


def _taken(response: object) -> SendResult:
    """With `peer_ids` VK answers a list with one entry a chat, each with its own fate."""
    first = response[0] if isinstance(response, list) and response else response
    if isinstance(first, Mapping):
        error = first.get("error")
        if isinstance(error, Mapping):
            return _refused(error)
        first = first.get("message_id")
    if isinstance(first, bool) or not isinstance(first, int):
        return answer_lost()
    return sent(str(first))
