"""What a message of Messenger holds: its attachments, each in the form that all channels share.

A sticker comes as an image with a `sticker_id`; the thumb that stands beside the input field is one, in three sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adapters.channels.facebook.models import Message
from adapters.channels.facts import number_in, text_in
from adapters.channels.graph_body import Facts
from adapters.channels.inbound import AttachmentType, InboundAttachment

THUMBS = frozenset({369239263222822, 369239343222814, 369239383222810})
THUMB = "👍"


def attachments(message: Message) -> tuple[InboundAttachment, ...]:
    found = tuple(_attachment(one) for one in message.attachments)
    return found or ((InboundAttachment(type="unsupported"),) if message.is_unsupported else ())


def _attachment(one: Any) -> InboundAttachment:
    """`{"type": …, "payload": {"url": …}}`; a form that we do not know is kept as it came."""
    if not isinstance(one, Mapping):
        return InboundAttachment(type="unsupported", raw=one)
    payload = one.get("payload")
    form = FORMS.get(str(one.get("type")))
    found = form(one, payload if isinstance(payload, Mapping) else {}) if form else None
    return found or InboundAttachment(type="unsupported", raw=dict(one))


def _file(kind: AttachmentType) -> Callable[[Facts, Facts], InboundAttachment]:
    def file(one: Facts, payload: Facts) -> InboundAttachment:
        return InboundAttachment(type=kind, url=text_in(payload, "url"), title=text_in(payload, "title"))

    return file


def _image(one: Facts, payload: Facts) -> InboundAttachment:
    sticker = payload.get("sticker_id")
    if sticker is None:
        return InboundAttachment(type="image", url=text_in(payload, "url"))
    thumb = str(sticker) in {str(number) for number in THUMBS}
    return InboundAttachment(type="sticker", url=text_in(payload, "url"), emoji=THUMB if thumb else None)


def _location(one: Facts, payload: Facts) -> InboundAttachment | None:
    at = payload.get("coordinates")
    latitude, longitude = (number_in(at, "lat"), number_in(at, "long")) if isinstance(at, Mapping) else (None, None)
    if latitude is None or longitude is None:
        return None
    return InboundAttachment(type="location", latitude=latitude, longitude=longitude, title=text_in(one, "title"))


def _link(one: Facts, payload: Facts) -> InboundAttachment | None:
    url = text_in(payload, "url") or text_in(one, "url")
    title = text_in(payload, "title") or text_in(one, "title")
    return InboundAttachment(type="link", url=url, title=title) if url or title else None


FORMS: dict[str, Callable[[Facts, Facts], InboundAttachment | None]] = {
    "image": _image,
    "video": _file("video"),
    "audio": _file("audio"),
    "file": _file("file"),
    "reel": _file("video"),
    "ig_reel": _file("video"),
    "location": _location,
    "fallback": _link,
    "share": _link,
    "post": _link,
    "ig_post": _link,
}
