"""What a message of VK holds: its attachments, each in the form that all channels share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.channels.facts import text_in
from adapters.channels.inbound import InboundAttachment
from adapters.channels.vk.models import Message

SITE = "https://vk.com"
Facts = Mapping[str, Any]


def attachments(message: Message) -> tuple[InboundAttachment, ...]:
    return (*read_attachments(message.attachments or ()), *_place(message))


def read_attachments(listed: Iterable[Facts]) -> Iterator[InboundAttachment]:
    return (_attachment(one) for one in listed)


def _attachment(one: Facts) -> InboundAttachment:
    """`{"type": "photo", "photo": {…}}`; a form that we do not know is kept as it came."""
    kind = one.get("type")
    facts = one.get(kind) if isinstance(kind, str) else None
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None or not isinstance(facts, Mapping):
        return InboundAttachment(type="unsupported", raw=dict(one))
    return form(facts)


def _photo(facts: Facts) -> InboundAttachment:
    return _picture(facts.get("sizes"))


def _sticker(facts: Facts) -> InboundAttachment:
    largest = _largest(facts.get("images"))
    return InboundAttachment(type="sticker", url=text_in(largest, "url"))


def _graffiti(facts: Facts) -> InboundAttachment:
    return InboundAttachment(
        type="image", url=text_in(facts, "url"), width=_whole(facts, "width"), height=_whole(facts, "height")
    )


def _doc(facts: Facts) -> InboundAttachment:
    return InboundAttachment(
        type="file", url=text_in(facts, "url"), file_name=text_in(facts, "title"), size=_whole(facts, "size")
    )


def _voice(facts: Facts) -> InboundAttachment:
    url = text_in(facts, "link_mp3") or text_in(facts, "link_ogg")
    return InboundAttachment(type="voice", url=url, duration=_whole(facts, "duration"))


def _audio(facts: Facts) -> InboundAttachment:
    return InboundAttachment(
        type="audio",
        url=text_in(facts, "url") or None,
        title=text_in(facts, "title"),
        name=text_in(facts, "artist"),
        duration=_whole(facts, "duration"),
    )


def _video(facts: Facts) -> InboundAttachment:
    """There is no file to fetch: the page where it can be seen."""
    return InboundAttachment(
        type="video", url=_page("video", facts), title=text_in(facts, "title"), duration=_whole(facts, "duration")
    )


def _link(facts: Facts) -> InboundAttachment:
    return InboundAttachment(type="link", url=text_in(facts, "url"), title=text_in(facts, "title"))


def _page_of(name: str) -> Callable[[Facts], InboundAttachment]:
    """Something on VK's own pages: a post, a story, goods."""

    def link(facts: Facts) -> InboundAttachment:
        return InboundAttachment(type="link", url=_page(name, facts), title=text_in(facts, "title"))

    return link


FORMS: dict[str, Callable[[Facts], InboundAttachment]] = {
    "photo": _photo,
    "sticker": _sticker,
    "graffiti": _graffiti,
    "doc": _doc,
    "audio_message": _voice,
    "audio": _audio,
    "video": _video,
    "link": _link,
    "wall": _page_of("wall"),
    "story": _page_of("story"),
    "market": _page_of("market"),
    "poll": _page_of("poll"),
}


def _place(message: Message) -> list[InboundAttachment]:
    if message.geo is None or message.geo.coordinates is None:
        return []
    at, place = message.geo.coordinates, message.geo.place
    return [
        InboundAttachment(
            type="location",
            latitude=at.latitude,
            longitude=at.longitude,
            title=place.title if place else None,
            address=place.address if place else None,
        )
    ]


def _picture(sizes: object) -> InboundAttachment:
    largest = _largest(sizes)
    return InboundAttachment(
        type="image", url=text_in(largest, "url"), width=_whole(largest, "width"), height=_whole(largest, "height")
    )


def _largest(sizes: object) -> Facts:
    """Sizes of one picture come in no order."""
    known = [one for one in sizes if isinstance(one, Mapping)] if isinstance(sizes, Sequence) else []
    return max(known, key=lambda one: (_whole(one, "width") or 0) * (_whole(one, "height") or 0), default={})


def _page(name: str, facts: Facts) -> str | None:
    owner = _whole(facts, "owner_id") or _whole(facts, "from_id") or _whole(facts, "to_id")
    number = _whole(facts, "id")
    return f"{SITE}/{name}{owner}_{number}" if owner is not None and number is not None else None


def _whole(facts: Facts, name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
