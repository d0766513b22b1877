"""The parts of VK's objects that we read."""

from __future__ import annotations

from typing import Any

from adapters.channels.models import Id, Moment, Part

GROUP_CHATS = 2_000_000_000
"""Ids of conversations of several people begin here; below stand people, and below zero communities."""


class Event(Part):
    """One call of a callback server. `object` is read by the event's own model."""

    type: str
    event_id: str | None = None
    group_id: Id | None = None
    object: Any = None


class Replied(Part):
    id: Id | None = None


class Coordinates(Part):
    latitude: float
    longitude: float


class Place(Part):
    title: str | None = None
    address: str | None = None


class Geo(Part):
    coordinates: Coordinates | None = None
    place: Place | None = None


class Forwarded(Part):
    """A message that was passed on, shown as a quotation."""

    text: str = ""


class Message(Part):
    """`id` is 0 where several people talk. `out` = 1, or a sender below zero: our own community wrote it."""

    id: Id = 0
    date: Moment
    peer_id: Id
    from_id: Id
    out: int = 0
    text: str = ""
    update_time: Moment | None = None
    payload: str | None = None
    attachments: tuple[dict[str, Any], ...] = ()
    fwd_messages: tuple[Forwarded, ...] = ()
    reply_message: Replied | None = None
    geo: Geo | None = None
    action: dict[str, Any] | None = None

    @property
    def ours(self) -> bool:
        return self.out == 1 or self.from_id < 0


class Allowed(Part):
    user_id: Id


class Read(Part):
    from_id: Id
    peer_id: Id
    read_message_id: Id


class Typing(Part):
    from_id: Id


class Pressed(Part):
    """A callback button. Its `event_id` answers the press; it is not that of the call."""

    user_id: Id
    peer_id: Id
    event_id: str
    payload: Any = None
