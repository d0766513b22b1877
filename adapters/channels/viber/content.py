"""What a message of Viber holds: the one attachment that its type names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adapters.channels.inbound import InboundAttachment
from adapters.channels.viber.models import Message


def attachments(message: Message, everything: Mapping[str, Any]) -> tuple[InboundAttachment, ...]:
    if message.type == "text":
        return ()
    form = FORMS.get(message.type)
    one = form(message) if form is not None else None
    return (one or InboundAttachment(type="unsupported", raw=dict(everything)),)


def _picture(message: Message) -> InboundAttachment:
    return InboundAttachment(type="image", url=message.media)


def _video(message: Message) -> InboundAttachment:
    return InboundAttachment(type="video", url=message.media, size=_size(message), duration=message.duration)


def _file(message: Message) -> InboundAttachment:
    return InboundAttachment(type="file", url=message.media, file_name=message.file_name, size=_size(message))


def _link(message: Message) -> InboundAttachment:
    return InboundAttachment(type="link", url=message.media)


def _sticker(message: Message) -> InboundAttachment:
    known = str(message.sticker_id) if message.sticker_id is not None else None
    return InboundAttachment(type="sticker", external_file_id=known, url=message.media)


def _place(message: Message) -> InboundAttachment | None:
    at = message.location
    return InboundAttachment(type="location", latitude=at.lat, longitude=at.lon) if at else None


def _card(message: Message) -> InboundAttachment | None:
    card = message.contact
    return InboundAttachment(type="contact", name=card.name, phone=card.phone_number) if card else None


def _size(message: Message) -> int | None:
    return message.file_size if message.file_size is not None else message.size


FORMS: dict[str, Callable[[Message], InboundAttachment | None]] = {
    "picture": _picture,
    "video": _video,
    "file": _file,
    "url": _link,
    "sticker": _sticker,
    "location": _place,
    "contact": _card,
}
