"""The parts of VK's objects that we read."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from adapters.channels.models import Id, Moment, Part, Perhaps

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
    """A message that was passed on, shown as a quotation; in it others may be."""

    text: str = ""
    attachments: Perhaps[tuple[dict[str, Any], ...]] = None
    fwd_messages: Perhaps[tuple[Forwarded, ...]] = None


class Message(Part):
    """`id` is 0 where several people talk. `out` = 1, or a sender below zero: our own community wrote it.

    Before version 5.80 there were `user_id`, the other one whoever wrote, `body`, and `chat_id` where several talked.
    """

    id: Id = 0
    date: Moment
    peer_id: Id
    from_id: Id
    out: int = 0
    text: str = ""
    update_time: Perhaps[Moment] = None
    payload: Any = None
    attachments: Perhaps[tuple[dict[str, Any], ...]] = None
    fwd_messages: Perhaps[tuple[Forwarded, ...]] = None
    reply_message: Perhaps[Replied] = None
    geo: Perhaps[Geo] = None
    action: Perhaps[dict[str, Any]] = None
    ref: Perhaps[str] = None
    ref_source: Perhaps[str] = None

    @model_validator(mode="before")
    @classmethod
    def _of_old(cls, facts: Any) -> Any:
        if not isinstance(facts, dict) or "user_id" not in facts or "from_id" in facts:
            return facts
        other, chat = facts["user_id"], facts.get("chat_id")
        peer = GROUP_CHATS + chat if isinstance(chat, int) else other
        return {**facts, "peer_id": peer, "from_id": other, "text": facts.get("body", "")}

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
