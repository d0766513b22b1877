"""The parts of Messenger's webhook events that we read. An event holds one of its bodies; its key says which."""

from __future__ import annotations

from typing import Any

from adapters.channels.graph_body import Key, Loose, Time


class Person(Loose):
    id: Key


class Event(Loose):
    """Whose and when. `sender` is absent where Meta does not tell who it was."""

    sender: Person | None = None
    recipient: Person | None = None
    timestamp: Time | None = None


class From(Event):
    """An event that somebody must have caused."""

    sender: Person


class QuickReply(Loose):
    payload: str | None = None


class Replied(Loose):
    mid: str | None = None


class Message(Loose):
    mid: Key
    text: str = ""
    attachments: tuple[Any, ...] = ()
    quick_reply: QuickReply | None = None
    reply_to: Replied | None = None
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    app_id: Key | None = None
    metadata: str | None = None


class Edit(Loose):
    mid: Key
    text: str = ""
    num_edit: int = 0


class Postback(Loose):
    mid: Key | None = None
    title: str | None = None
    payload: str | None = None


class Delivery(Loose):
    mids: tuple[Key, ...] = ()
    watermark: Time | None = None


class Read(Loose):
    watermark: Time


class Reaction(Loose):
    mid: Key
    action: str = "react"
    reaction: str | None = None
    emoji: str | None = None
