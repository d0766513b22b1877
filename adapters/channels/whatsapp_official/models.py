"""The parts of the Cloud API's webhooks that we read. What a message holds stands under the name of its `type`."""

from __future__ import annotations

from typing import Any

from adapters.channels.graph_body import Key, Loose


class Metadata(Loose):
    phone_number_id: Key


class Profile(Loose):
    name: str | None = None
    username: str | None = None


class Contact(Loose):
    """Who writes. People with a username may come without a number: then only `user_id` is there."""

    profile: Profile | None = None
    wa_id: Key | None = None
    user_id: Key | None = None


class Value(Loose):
    """One change. `contacts` and what else it holds are read one by one."""

    metadata: Metadata | None = None
    contacts: tuple[Any, ...] = ()


class Context(Loose):
    """What a message answers; a message that was only passed on has a context too."""

    id: str | None = None
    forwarded: bool = False


class Message(Loose):
    """`from_id`: his number; `to`, `to_user_id`: where an echo went. `group_id`: several people talk there."""

    id: Key
    type: str
    sender: Key | None = None
    from_user_id: Key | None = None
    to: Key | None = None
    to_user_id: Key | None = None
    timestamp: Any = None
    context: Context | None = None
    group_id: Key | None = None
    errors: Any = None


class Media(Loose):
    id: Key | None = None
    mime_type: str | None = None
    caption: str = ""
    filename: str | None = None
    voice: bool = False
    url: str | None = None


class Location(Loose):
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class Status(Loose):
    id: Key
    status: str
    timestamp: Any = None
    recipient_id: Key | None = None
    recipient_user_id: Key | None = None
    errors: tuple[Any, ...] = ()
    biz_opaque_callback_data: str | None = None


class Reaction(Loose):
    message_id: Key
    emoji: str | None = None


class Edited(Loose):
    """`message` is what it says now, in the form of a message."""

    original_message_id: Key
    message: dict[str, Any]


class Revoked(Loose):
    original_message_id: Key


class System(Loose):
    """A number or an identity has changed: nobody's words."""

    type: str = ""
    body: str | None = None
    wa_id: Key | None = None
    user_id: Key | None = None
    previous_user_id: Key | None = None
