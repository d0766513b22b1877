"""The parts of the Bot API's objects that we read."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from adapters.channels.models import Id, Moment, Part


class User(Part):
    id: Id
    first_name: str = ""
    last_name: str = ""
    username: str | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)


class Chat(Part):
    id: Id
    type: str


class File(Part):
    """Photo, document, video, audio, voice, sticker: one shape with what each of them tells."""

    file_id: str
    file_size: int | None = None
    mime_type: str | None = None
    file_name: str | None = None
    width: int | None = None
    height: int | None = None
    duration: int | float | None = None
    title: str | None = None
    performer: str | None = None
    emoji: str | None = None


class Location(Part):
    latitude: float
    longitude: float


class Venue(Part):
    location: Location
    title: str | None = None
    address: str | None = None


class Contact(Part):
    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: Id | None = None


class Replied(Part):
    message_id: Id


class Message(Part):
    """`everything` = the whole object as it came, for content that we have no form for."""

    message_id: Id
    date: Moment
    chat: Chat
    edit_date: Moment | None = None
    sender: User | None = Field(None, alias="from")
    text: str | None = None
    caption: str | None = None
    reply_to_message: Replied | None = None
    photo: tuple[File, ...] = ()
    document: File | None = None
    video: File | None = None
    animation: File | None = None
    video_note: File | None = None
    audio: File | None = None
    voice: File | None = None
    sticker: File | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None


class Pressed(Part):
    """The message under which the button stood; its date is 0 where it is no longer accessible."""

    message_id: Id
    chat: Chat


class Callback(Part):
    id: str
    sender: User = Field(alias="from")
    message: Pressed | None = None
    data: str | None = None


class Member(Part):
    status: str


class MemberUpdated(Part):
    chat: Chat
    sender: User = Field(alias="from")
    date: Moment
    new_chat_member: Member


class Reaction(Part):
    type: str
    emoji: str | None = None
    custom_emoji_id: str | None = None


class ReactionUpdated(Part):
    chat: Chat
    message_id: Id
    date: Moment
    user: User | None = None
    new_reaction: tuple[Reaction, ...] = ()


class Update(Part):
    update_id: Id
    message: Any = None
    edited_message: Any = None
    callback_query: Any = None
    my_chat_member: Any = None
    message_reaction: Any = None
