"""Sending by the Conversations API, and what its answers mean.

There is no idempotency key and nothing of ours comes back in a status: a call whose answer was lost stays `unknown`.
Free text is taken for a day after the customer's last message; a first message is a template (`hsm`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.contract import Outbound
from adapters.channels.files import OutFile, public_link
from adapters.channels.http_client import Access, Answer
from adapters.channels.outcomes import SendResult, after, again, answer_lost, bad_credentials, failed
from adapters.channels.text import object_of
from adapters.channels.whatsapp_messagebird.calls import CHANNEL_ID, WRONG_KEY, call, error_codes, items, segment
from adapters.channels.whatsapp_messagebird.templates import hsm

LONGEST_TEXT = 4096
GATEWAY_TIMED_OUT = 504
NO_MONEY = 25
BUSY = 99


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if not message.text.strip() and message.template is None and not message.files:
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    if message.template is not None:
        return _begin(access, chat, message.template, message.text)
    said = _file(access, message, message.files[0]) if message.files else _text(message)
    if said is None:
        return failed("no_public_address")
    body = {"to": chat, "from": access.secret(CHANNEL_ID), **said}
    return after(call(access, "POST", "send", json=body), classify)


def _text(message: Outbound) -> dict[str, Any]:
    return {"type": "text", "content": {"text": message.text}}


def _file(access: Access, message: Outbound, file: OutFile) -> dict[str, Any] | None:
    """MessageBird fetches it from us; None: it could not."""
    link = public_link(access, file)
    if link is None:
        return None
    facts = {"url": link, **({"caption": message.text} if message.text else {})}
    return {"type": file.type, "content": {file.type: facts}}


def classify(status: int, body: bytes) -> SendResult:
    facts = object_of(body)
    if 200 <= status < 300:
        return _taken(facts)
    codes = set(error_codes(facts))
    if status in (401, 403) or codes & WRONG_KEY:
        return bad_credentials()
    if NO_MONEY in codes:
        return failed("payment_needed")
    if status == 429:
        return again("rate_limited")
    if status == GATEWAY_TIMED_OUT:
        return answer_lost()
    return again() if status >= 500 or status < 400 or BUSY in codes else failed("refused")


def _begin(access: Access, chat: str, template: str, text: str) -> SendResult:
    """Starts a conversation. The answer is the conversation, so its message is looked up, for the sake of receipts."""
    said = hsm(access, template, text)
    if isinstance(said, SendResult):
        return said
    body = {"to": chat, "channelId": access.secret(CHANNEL_ID), "type": "hsm", "content": {"hsm": said}}
    answer = call(access, "POST", "conversations/start", json=body)
    result = after(answer, classify)
    if result.outcome != "accepted" or result.external_message_id or not isinstance(answer, Answer):
        return result
    known = object_of(answer.body).get("id")
    return SendResult(outcome="accepted", external_message_id=_last(access, str(known)))


def _last(access: Access, conversation: str) -> str | None:
    """The id of our last message there; None: nobody knows, the message is on its way all the same."""
    listed = items(call(access, "GET", f"conversations/{segment(conversation)}/messages", params={"limit": "20"}))
    ours = [one for one in listed if one.get("direction") == "sent" and one.get("type") == "hsm"]
    newest = max(ours, key=lambda one: str(one.get("createdDatetime", "")), default={})
    return str(newest["id"]) if "id" in newest else None


def _taken(facts: Mapping[str, Any]) -> SendResult:
    """`{id, status}`, or the same under `message`; a conversation that was begun; a webhook, a list. Taken is not yet
    sent: a status tells that."""
    inner = facts.get("message")
    message = inner if isinstance(inner, Mapping) else facts
    known = message.get("id")
    if "contactId" in message or "lastUsedChannelId" in message:
        return SendResult(outcome="accepted")
    if "items" in facts or "url" in facts:
        return SendResult(outcome="sent")
    if isinstance(known, str) and known:
        return SendResult(outcome="accepted", external_message_id=known)
    return answer_lost()
