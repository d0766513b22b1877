"""Sending on Avito, and what its answers mean. Only into a chat that the customer has begun; no idempotency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.channels.avito.calls import EXPIRED, call
from adapters.channels.contract import Outbound
from adapters.channels.files import OutFile
from adapters.channels.http_client import Access, Answer
from adapters.channels.outcomes import SendResult, after, again, answer_lost, bad_credentials, failed
from adapters.channels.text import object_of

LONGEST_TEXT = 1000
REFUSALS: dict[int, str] = {402: "no_messenger_subscription", 404: "chat_not_found"}


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if message.files:
        return _send_image(access, chat, message.files[0])
    if not message.text.strip():
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    body = {"type": "text", "message": {"text": message.text}}
    return after(call(access, "POST", _messages(access, chat), json=body), classify)


def _send_image(access: Access, chat: str, image: OutFile) -> SendResult:
    """Two calls: the picture, and the message that shows it. Losing the answer to the first has no consequences."""
    with image.open() as content:
        part = {"uploadfile[]": (image.name, content, image.mime)}
        uploaded = call(access, "POST", f"/messenger/v1/accounts/{_account(access)}/uploadImages", files=part)
    if not isinstance(uploaded, Answer):
        return again()
    known = _image_id(uploaded)
    if known is None:
        refused = classify(uploaded.status, uploaded.body)
        return again() if refused.outcome in ("unknown", "accepted") else refused
    return after(call(access, "POST", f"{_messages(access, chat)}/image", json={"image_id": known}), classify)


def _image_id(uploaded: Answer) -> str | None:
    """The answer is an object of one picture, named by its id."""
    if uploaded.status != 200:
        return None
    return next((known for known in object_of(uploaded.body) if known != "error"), None)


def _messages(access: Access, chat: str) -> str:
    return f"/messenger/v1/accounts/{_account(access)}/chats/{quote(chat, safe='')}/messages"


def _account(access: Access) -> str:
    return quote(access.account, safe="")


def classify(status: int, body: bytes) -> SendResult:
    if status == 429:
        return again("rate_limited")
    if status in EXPIRED:
        return bad_credentials()
    if status == 504:
        return answer_lost()
    if status >= 500 or 300 <= status < 400:
        return again()
    return _taken(object_of(body)) if status in (200, 201) else failed(REFUSALS.get(status, "refused"))


def _taken(facts: Mapping[str, Any]) -> SendResult:
    if isinstance(facts.get("access_token"), str):
        return SendResult(outcome="token")
    known = facts.get("id")
    if known is None:
        return answer_lost()
    if "direction" in facts or "content" in facts:
        return SendResult(outcome="accepted", external_message_id=str(known))
    return SendResult(outcome="accepted", account_id=str(known), account_name=str(facts.get("name", "")))
