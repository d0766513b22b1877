"""Sending by the Cloud API, and what its answers mean.

There is no idempotency key: a call whose answer was lost is `unknown`, until a status tells our key again. Free text is
taken for a day after the customer's last message; a first message needs an approved template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.channels.contract import Outbound
from adapters.channels.graph import graph, segment
from adapters.channels.graph_errors import refused, regained_after
from adapters.channels.http_client import Access, Answer
from adapters.channels.outcomes import SendResult, after, answer_lost, failed, waiting
from adapters.channels.text import object_of
from adapters.channels.whatsapp_official.errors import MEANINGS
from adapters.channels.whatsapp_official.media import uploaded
from adapters.channels.whatsapp_official.templates import Wording, template_body

LONGEST_TEXT = 4096
LONGEST_KEY = 512
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{4,}")


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if not message.text.strip() and message.template is None and not message.files:
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    said = _said(access, message)
    if isinstance(said, SendResult):
        return said
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient(chat),
        "biz_opaque_callback_data": message.key[:LONGEST_KEY],
        **said,
    }
    if message.reply_to_external_message_id is not None:
        body["context"] = {"message_id": message.reply_to_external_message_id}
    answer = graph(access, "POST", f"{segment(access.account)}/messages", json=body)
    result = after(answer, classify)
    return waiting(result, regained_after(answer.headers)) if isinstance(answer, Answer) else result


def recipient(chat: str) -> dict[str, str]:
    """A number goes to `to`, in digits; an id that stands for one (BSUID, `US.1349…`) to `recipient`."""
    if _NUMBER.fullmatch(chat.strip()):
        return {"to": re.sub(r"\D", "", chat)}
    return {"recipient": chat.strip()}


def classify(status: int, body: bytes) -> SendResult:
    facts = object_of(body)
    if status == 200 and "error" not in facts:
        return _taken(facts)
    return refused(status, body, MEANINGS)


def _said(access: Access, message: Outbound) -> dict[str, Any] | SendResult:
    if message.files:
        return uploaded(access, message.files[0], message)
    if message.template is None:
        return {"type": "text", "text": {"body": message.text, "preview_url": False}}
    found = template_body(access, message.template, message.text)
    return {"type": "template", "template": found.body} if isinstance(found, Wording) else found


def _taken(facts: Mapping[str, Any]) -> SendResult:
    """Taken is not yet sent: a status tells that. A 200 without a message is no answer to a message."""
    messages = facts.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    if isinstance(first, Mapping) and isinstance(first.get("id"), str):
        return SendResult(outcome="accepted", external_message_id=first["id"])
    if isinstance(facts.get("id"), str) and "display_phone_number" in facts:
        name = str(facts.get("verified_name", ""))
        return SendResult(outcome="sent", account_id=facts["id"], account_name=name)
    return SendResult(outcome="sent") if facts.get("success") is True else answer_lost()
