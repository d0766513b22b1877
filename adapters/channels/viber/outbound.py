"""Sending by the Viber API, and what its answers mean. Refusals arrive with status 200 and a number of their own.

There is no idempotency: a call whose answer was lost is `unknown`. The token goes in a header.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.contract import Outbound
from adapters.channels.files import OutFile, public_link
from adapters.channels.http_client import Access, Answer, Failure, ask
from adapters.channels.keys import TOKEN
from adapters.channels.outcomes import SendResult, after, again, answer_lost, bad_credentials, failed, sent
from adapters.channels.text import object_of

DEFAULT_URL = "https://chatapi.viber.com"
HEADER = "X-Viber-Auth-Token"
LONGEST_TEXT = 7000
LONGEST_NAME = 28
LARGEST_PICTURE = 1024 * 1024
PICTURES = frozenset({"image/jpeg", "image/png"})
NAME = "Support"
"""Shown with each message; Viber wants one, of at most 28 characters."""

CREDENTIALS = frozenset({2, 8, 15})
STOPPED = frozenset({7, 9})
"""The bot itself is blocked or suspended: only its owner can mend that, with Viber."""
TOO_MANY = 12
REFUSALS: dict[int, str] = {
    5: "chat_not_found",
    6: "user_did_not_allow_messages",
    11: "no_device",
    13: "no_device",
    21: "forbidden",
    22: "payment_needed",
    23: "payment_needed",
    24: "payment_needed",
}
KNOWN = frozenset(range(1, 25))
"""Numbers that Viber's page names; of others nobody knows, and it says to try again."""


def call(access: Access, method: str, body: Mapping[str, Any]) -> Answer | Failure:
    base = (access.base_url or DEFAULT_URL).rstrip("/")
    return ask(access.client, "POST", f"{base}/pa/{method}", json=body, headers={HEADER: access.secret(TOKEN)})


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    content = _file(access, message, message.files[0]) if message.files else _text(message)
    if isinstance(content, str):
        return failed(content)
    body = {
        "receiver": chat,
        "min_api_version": 1,
        "sender": {"name": NAME[:LONGEST_NAME]},
        "tracking_data": message.key,
        **content,
    }
    return after(call(access, "send_message", body), classify)


Content = dict[str, Any] | str
"""What the message holds, or the code of why it cannot be sent."""


def _text(message: Outbound) -> Content:
    if not message.text.strip():
        return "message_empty"
    return {"type": "text", "text": message.text} if len(message.text) <= LONGEST_TEXT else "message_too_long"


def _file(access: Access, message: Outbound, file: OutFile) -> Content:
    """Viber fetches it from us. A picture that it would not show arrives as a file, and then without a text."""
    link = public_link(access, file)
    if link is None:
        return "no_public_address"
    if file.mime in PICTURES and file.size <= LARGEST_PICTURE:
        return {"type": "picture", "text": message.text, "media": link}
    if message.text:
        return "text_beside_file"
    if file.mime == "video/mp4":
        return {"type": "video", "media": link, "size": file.size}
    return {"type": "file", "media": link, "size": file.size, "file_name": file.name}


def classify(status: int, body: bytes) -> SendResult:
    if status == 429:
        return again("rate_limited")
    if status == 504:
        return answer_lost()
    if status != 200:
        return again() if status >= 500 or 300 <= status < 400 else failed("refused")
    facts = object_of(body)
    number = facts.get("status")
    if isinstance(number, bool) or not isinstance(number, int):
        return answer_lost()
    return _taken(facts) if number == 0 else _refused(number)


def _taken(facts: Mapping[str, Any]) -> SendResult:
    if "message_token" in facts:
        return sent(str(facts["message_token"]))
    if "id" in facts:
        return SendResult(outcome="sent", account_id=str(facts["id"]), account_name=str(facts.get("name", "")))
    return sent()


def _refused(number: int) -> SendResult:
    if number in CREDENTIALS:
        return bad_credentials("bot_not_found")
    if number in STOPPED:
        return SendResult(outcome="operator_action", code="account_blocked")
    if number == TOO_MANY:
        return again("rate_limited")
    return failed(REFUSALS.get(number, "refused")) if number in KNOWN else again()
