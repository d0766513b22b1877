"""Notifications of Avito → `Inbound`. One notification holds one thing, known by the message's own id.

An empty object is how Avito, and whoever follows its instructions, tries the address: it must be answered 200.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from adapters.channels.avito.content import attachments, text_of
from adapters.channels.avito.models import Notification, Value
from adapters.channels.inbound import Inbound, invalid
from adapters.channels.models import what_is_wrong
from adapters.channels.text import Unreadable, read_json

SERVICE = frozenset({"system", "call", "appCall"})


def parse(raw: bytes) -> list[Inbound]:
    try:
        body = read_json(raw)
        return [Inbound(kind="ignore", reason="probe")] if body == {} else [_thing(Notification.model_validate(body))]
    except Unreadable as why:
        return [invalid(str(why))]
    except ValidationError as why:
        return [invalid(what_is_wrong(why, "The notification is not as the Messenger API describes it"))]


def _thing(notification: Notification) -> Inbound:
    payload = notification.payload
    if payload is None or payload.type != "message":
        return Inbound(kind="ignore", reason=f"payload:{payload.type[:64] if payload else 'none'}")
    value = Value.model_validate(payload.value)
    if value.type == "deleted":
        return Inbound(kind="delete", deletes_external_message_id=value.id, **_common(value, "deleted"))
    if value.type in SERVICE or value.author_id == 0:
        return Inbound(
            kind="service", external_message_id=value.id, reason=value.type[:64], **_common(value, "message")
        )
    return Inbound(
        kind="echo" if value.author_id == value.user_id else "message",
        external_message_id=value.id,
        text=text_of(value),
        attachments=attachments(value),
        sender_name=value.author_name,
        reply_to_external_message_id=value.quote.id if value.quote else None,
        attributes={"item_id": str(value.item_id)} if value.item_id is not None else {},
        **_common(value, "message"),
    )


def _common(value: Value, what: str) -> dict[str, Any]:
    return {
        "external_chat_id": value.chat_id,
        "sender_id": str(value.author_id) if value.author_id else None,
        "account_id": str(value.user_id),
        "timestamp": value.created,
        "dedup_key": f"{what}:{value.id}",
    }
