"""The parts of Viber's callbacks that we read. Tokens of messages are larger than a float can hold: whole numbers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from adapters.channels.models import Millis, Part

Token = Annotated[int, Field(strict=True, ge=0, lt=2**64)] | Annotated[str, Field(pattern="^[0-9]{1,20}$")]


class Callback(Part):
    event: str
    timestamp: Millis = 0
    message_token: Token | None = None
    sender: Any = None
    user: Any = None
    user_id: str | None = None
    message: Any = None
    desc: str | None = None


class Person(Part):
    id: str = Field(min_length=1)
    name: str | None = None
    avatar: str | None = None


class Place(Part):
    lat: float
    lon: float


class Contact(Part):
    name: str | None = None
    phone_number: str | None = None


class Message(Part):
    """What counts is told by `type`; fields of other types may be filled too and mean nothing."""

    type: str
    text: str | None = None
    media: str | None = None
    file_name: str | None = None
    file_size: int | None = None
    size: int | None = None
    duration: int | float | None = None
    sticker_id: int | str | None = None
    location: Place | None = None
    contact: Contact | None = None
    tracking_data: str | None = None
