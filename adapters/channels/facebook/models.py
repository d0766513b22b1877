"""The parts of Messenger's webhook events that we read. An event holds one of its bodies; its key says which."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from adapters.channels.graph_body import Key
from adapters.channels.models import Part

Time = Annotated[int, Field(strict=True, ge=0, le=253_402_300_799_999)]
"""Milliseconds, and in some events seconds, since 1970."""


class Person(Part):
    id: Key


class Event(Part):
    """Whose and when. `sender` is absent where Meta does not tell who it was."""

    sender: Person | None = None
    recipient: Person | None = None
    timestamp: Time | None = None


class From(Event):
    """An event that somebody must have caused."""

    sender: Person


class QuickReply(Part):
    payload: str | None = None


class Replied(Part):
    mid: str | None = None


class Message(Part):
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


class Edit(Part):
    mid: Key
    text: str = ""
    num_edit: int = 0


class Postback(Part):
    mid: Key | None = None
    title: str | None = None
    payload: str | None = None


class Delivery(Part):
    mids: tuple[Key, ...] = ()
    watermark: Time | None = None


class Read(Part):
    watermark: Time


class Reaction(Part):
    mid: Key
    action: str = "react"
    reaction: str | None = None
    emoji: str | None = None
