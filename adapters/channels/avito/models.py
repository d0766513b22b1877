"""The parts of Avito's notifications that we read."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from adapters.channels.models import Id, Moment, Part, Perhaps


class Quote(Part):
    """The message to which this one answers."""

    id: str | None = None


class Value(Part):
    """A message. `user_id` is our account; `author_id` 0 is Avito itself. `created` is the time that counts.

    `author_name` is added by our own look at the chats, and `quote` stands in what that finds; Avito brings neither.
    """

    id: str = Field(min_length=1)
    chat_id: str = Field(min_length=1)
    user_id: Id
    author_id: Id
    created: Moment
    type: str
    item_id: Perhaps[Id] = None
    content: dict[str, Any] | None = None
    author_name: Perhaps[str] = None
    quote: Perhaps[Quote] = None


class Payload(Part):
    type: str
    value: Any = None


class Notification(Part):
    id: str | None = None
    payload: Payload | None = None
