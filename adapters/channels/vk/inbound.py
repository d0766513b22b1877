"""Calls of VK's Callback API → `Inbound`. One call holds one thing.

Conversations with one person only. A kind of call that we do not know is acknowledged as `ignore`: several refusals in
a row make VK stop calling for a while.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from adapters.channels.inbound import Inbound, InboundKind, invalid
from adapters.channels.models import what_is_wrong
from adapters.channels.text import Unreadable, read_json
from adapters.channels.vk.content import attachments, read_attachments
from adapters.channels.vk.models import GROUP_CHATS, Allowed, Event, Forwarded, Message, Pressed, Read, Typing

QUOTED_DEEPEST = 5


def parse(raw: bytes) -> list[Inbound]:
    try:
        event = Event.model_validate(read_json(raw))
        return [_thing(event)]
    except Unreadable as why:
        return [invalid(str(why))]
    except ValidationError as why:
        return [invalid(what_is_wrong(why, "The call is not as the Callback API describes it"))]


def _thing(event: Event) -> Inbound:
    """`event_id` is one for all repeats of a call; old versions of the API have none."""
    dedup = f"event_id:{event.event_id}" if event.event_id else None
    account = str(event.group_id) if event.group_id is not None else None
    reader = READERS.get(event.type)
    if reader is None:
        return Inbound(kind="ignore", account_id=account, reason=f"event:{event.type[:64]}", dedup_key=dedup)
    return reader(event, {"account_id": account, "dedup_key": dedup})


def _confirmation(event: Event, common: Mapping[str, Any]) -> Inbound:
    """VK asks for the code of the address. It changes from time to time, so it is asked of VK when it is needed."""
    return Inbound(kind="handshake", reply_status=200, **common)


def _new(event: Event, common: Mapping[str, Any]) -> Inbound:
    """Since version 5.103 the message stands beside what the customer's client can do; before, it was the object."""
    inner = event.object.get("message") if isinstance(event.object, Mapping) else None
    message = Message.model_validate(event.object if inner is None else inner)
    return _written("echo" if message.ours else "message", message, common)


def _reply(event: Event, common: Mapping[str, Any]) -> Inbound:
    return _written("echo", Message.model_validate(event.object), common)


def _edited(event: Event, common: Mapping[str, Any]) -> Inbound:
    message = Message.model_validate(event.object)
    if message.ours:
        return Inbound(kind="ignore", external_chat_id=str(message.peer_id), reason="own_edit", **common)
    return _written("edit", message, common)


def _written(kind: InboundKind, message: Message, common: Mapping[str, Any]) -> Inbound:
    chat = str(message.peer_id)
    if message.peer_id >= GROUP_CHATS:
        return Inbound(kind="ignore", external_chat_id=chat, reason="chat:several", **common)
    if message.action is not None:
        return Inbound(kind="service", external_chat_id=chat, reason="action", timestamp=message.date, **common)
    edited = kind == "edit"
    return Inbound(
        kind=kind,
        external_message_id=str(message.id),
        external_chat_id=chat,
        sender_id=str(message.from_id),
        timestamp=message.update_time if edited and message.update_time else message.date,
        text=message.text,
        attachments=attachments(message),
        reply_to_external_message_id=_replied(message),
        edits_external_message_id=str(message.id) if edited else None,
        button_payload=_pressed_with(message.payload),
        attributes=_beside(message),
        **common,
    )


def _replied(message: Message) -> str | None:
    replied = message.reply_message
    return str(replied.id) if replied is not None and replied.id is not None else None


def _beside(message: Message) -> dict[str, str]:
    """What he passed on, so that the agent sees what the words are about, and by which link he came."""
    lines = [line for one in message.fwd_messages or () for line in _quoted(one, QUOTED_DEEPEST)]
    facts = {"forwarded": "\n".join(lines), "ref": message.ref or "", "ref_source": message.ref_source or ""}
    return {name: value for name, value in facts.items() if value}


def _quoted(one: Forwarded, depth: int) -> Iterator[str]:
    if one.text:
        yield one.text
    yield from (found.url for found in read_attachments(one.attachments or ()) if found.url)
    if depth > 0:
        yield from (line for inner in one.fwd_messages or () for line in _quoted(inner, depth - 1))


def _pressed_with(payload: Any) -> str | None:
    """A keyboard's button brings its payload as JSON in a string; whatever else comes is written so."""
    return payload if payload is None or isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)


def _allowed(event: Event, common: Mapping[str, Any]) -> Inbound:
    return Inbound(
        kind="service", sender_id=str(Allowed.model_validate(event.object).user_id), reason=event.type, **common
    )


def _read(event: Event, common: Mapping[str, Any]) -> Inbound:
    """Everything of ours up to this message was read."""
    read = Read.model_validate(event.object)
    return Inbound(
        kind="read_receipt",
        external_chat_id=str(read.peer_id),
        sender_id=str(read.from_id),
        target_message_id=str(read.read_message_id),
        **common,
    )


def _typing(event: Event, common: Mapping[str, Any]) -> Inbound:
    return Inbound(kind="typing", sender_id=str(Typing.model_validate(event.object).from_id), **common)


def _pressed(event: Event, common: Mapping[str, Any]) -> Inbound:
    pressed = Pressed.model_validate(event.object)
    payload = _pressed_with(pressed.payload) or "null"
    return Inbound(
        kind="button",
        external_message_id=pressed.event_id,
        external_chat_id=str(pressed.peer_id),
        sender_id=str(pressed.user_id),
        button_payload=payload,
        **common,
    )


Reader = Callable[[Event, Mapping[str, Any]], Inbound]
READERS: dict[str, Reader] = {
    "confirmation": _confirmation,
    "message_new": _new,
    "message_reply": _reply,
    "message_edit": _edited,
    "message_allow": _allowed,
    "message_deny": _allowed,
    "message_read": _read,
    "message_typing_state": _typing,
    "message_event": _pressed,
}
