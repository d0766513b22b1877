"""Webhooks of MessageBird → `Inbound`. One webhook holds one thing, known by the message's id and, for what became of
it, by the status. Which generation has sent it, its form tells; here is the first, the Conversations API.

There the conversation is the chat; the customer is known by his number. Our own messages come as echoes, and so does
what somebody writes past us in MessageBird's own pages.
"""

from __future__ import annotations

from typing import Any

from adapters.channels.batch import attempt
from adapters.channels.facts import said_in
from adapters.channels.inbound import Inbound, InboundKind, invalid
from adapters.channels.moments import seconds_of
from adapters.channels.text import Unreadable, read_json
from adapters.channels.whatsapp_messagebird import channels_api, platform_api
from adapters.channels.whatsapp_messagebird.content import content
from adapters.channels.whatsapp_messagebird.models import Envelope, Message
from adapters.channels.whatsapp_messagebird.people import Person, person
from adapters.channels.whatsapp_messagebird.statuses import DELETED, RECEIPTS, cause

WRONG = "The webhook is not as the Conversations API describes it"
CREATED, UPDATED = "message.created", "message.updated"
SERVICE = frozenset({"event"})


def parse(raw: bytes) -> list[Inbound]:
    try:
        body = read_json(raw)
    except Unreadable as why:
        return [invalid(str(why))]
    if isinstance(body, dict) and "payload" in body and "service" in body:
        return list(attempt(lambda: (channels_api.read(body),), channels_api.WRONG))
    if isinstance(body, dict) and "data" in body and str(body.get("type")).startswith("whatsapp."):
        return list(attempt(lambda: (platform_api.read(body),), platform_api.WRONG))
    return list(attempt(lambda: (_thing(Envelope.model_validate(body)),), WRONG))


def _thing(envelope: Envelope) -> Inbound:
    if envelope.type not in (CREATED, UPDATED):
        return Inbound(kind="ignore", reason=f"event:{envelope.type[:64]}")
    message = Message.model_validate(envelope.message)
    who = person(message, envelope.contact)
    chat = message.conversation_id or said_in(envelope.conversation, "id") or None
    common = {"external_message_id": message.id, "external_chat_id": chat, "account_id": message.channel_id}
    if envelope.type == UPDATED:
        return _update(message, who, common)
    return _written(message, who, common)


def _written(message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    """Whose words it is says the direction alone; `from` and `to` are no help, for channels and numbers stand there."""
    common |= {"timestamp": seconds_of(message.created_datetime), "dedup_key": f"created:{message.id}"}
    if message.direction == "sent":
        return _said("echo", message, common | {"recipient": who.id})
    if message.direction != "received":
        return Inbound(kind="ignore", reason=f"direction:{message.direction[:64]}", **common)
    if who.id is None:
        return invalid(f"{WRONG}: contact: nobody is named.")
    facts = common | {"sender_id": who.id, "sender_name": who.name, "sender_phone": who.phone}
    if message.type in SERVICE:
        return Inbound(kind="service", reason=message.type, **facts)
    return _said("message", message, facts)


def _said(kind: InboundKind, message: Message, facts: dict[str, Any]) -> Inbound:
    found = content(message.type, message.content)
    return Inbound(
        kind=kind,
        text=found.text,
        attachments=found.attachments,
        button_payload=found.button,
        reply_to_external_message_id=found.replies_to,
        **facts,
    )


def _update(message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    common |= {
        "timestamp": seconds_of(message.updated_datetime),
        "dedup_key": f"updated:{message.id}:{message.status}",
    }
    if message.status == DELETED and message.direction == "received":
        facts = common | {"sender_id": who.id, "deletes_external_message_id": message.id}
        return Inbound(kind="delete", **facts)
    kind = RECEIPTS.get(message.status) if message.direction == "sent" else None
    if kind is None:
        return Inbound(kind="ignore", reason=f"status:{message.status[:64]}", **common)
    code, why = cause(message.error) if kind == "failure_receipt" else (None, None)
    return Inbound(kind=kind, recipient=who.id, error_code=code, reason=why, **common)
