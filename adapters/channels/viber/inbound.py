"""Callbacks of the Viber API → `Inbound`. One callback holds one thing.

A delivery is told once for each device, a message once: so a thing is itself by its kind and its token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from adapters.channels.inbound import Inbound, invalid
from adapters.channels.models import what_is_wrong
from adapters.channels.text import Unreadable, read_json
from adapters.channels.viber.content import attachments
from adapters.channels.viber.models import Callback, Message, Person


def parse(raw: bytes) -> list[Inbound]:
    try:
        callback = Callback.model_validate(read_json(raw))
        return [READERS.get(callback.event, _other)(callback)]
    except Unreadable as why:
        return [invalid(str(why))]
    except ValidationError as why:
        return [invalid(what_is_wrong(why, "The callback is not as the Viber API describes it"))]


def _message(callback: Callback) -> Inbound:
    person, message = Person.model_validate(callback.sender), Message.model_validate(callback.message)
    link = message.media if message.type == "url" else None
    return Inbound(
        kind="message",
        external_chat_id=person.id,
        text=message.text or link or "",
        attachments=attachments(message, callback.message),
        our_key=message.tracking_data or None,
        **_who(person),
        **_common(callback),
    )


def _receipt(callback: Callback) -> Inbound:
    kind = RECEIPTS[callback.event]
    return Inbound(
        kind=kind,
        external_chat_id=callback.user_id,
        reason=callback.desc if kind == "failure_receipt" else None,
        **_common(callback),
    )


def _person(callback: Callback) -> Inbound:
    """He subscribed, left, or opened the conversation: not a word of his."""
    who = Person.model_validate({"id": callback.user_id} if callback.user is None else callback.user)
    return Inbound(kind="service", external_chat_id=who.id, reason=callback.event, **_who(who), **_common(callback))


def _ping(callback: Callback) -> Inbound:
    """Viber tries the address while the webhook is being set."""
    return Inbound(kind="ping", reason="webhook", **_common(callback))


def _other(callback: Callback) -> Inbound:
    return Inbound(kind="ignore", reason=f"event:{callback.event[:64]}", **_common(callback))


RECEIPTS: dict[str, Any] = {
    "delivered": "delivery_receipt",
    "seen": "read_receipt",
    "failed": "failure_receipt",
}
READERS: dict[str, Callable[[Callback], Inbound]] = {
    "message": _message,
    **dict.fromkeys(RECEIPTS, _receipt),
    **dict.fromkeys(("subscribed", "unsubscribed", "conversation_started"), _person),
    "webhook": _ping,
}


def _common(callback: Callback) -> dict[str, Any]:
    token = str(callback.message_token) if callback.message_token is not None else None
    return {
        "external_message_id": token,
        "timestamp": callback.timestamp / 1000 if callback.timestamp else None,
        "dedup_key": f"{callback.event}:{token}" if token else None,
    }


def _who(person: Person) -> dict[str, Any]:
    return {"sender_id": person.id, "sender_name": person.name or None, "sender_avatar": person.avatar or None}
