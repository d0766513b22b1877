"""What a message on Avito holds. Kinds that the interface does not show us come as an empty object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.channels.avito.models import Value
from adapters.channels.facts import text_in
from adapters.channels.inbound import InboundAttachment

Facts = Mapping[str, Any]
_SIZE = re.compile("([0-9]{1,6})x([0-9]{1,6})")


def text_of(value: Value) -> str:
    """The words; of a link or an advertisement its address, so that a list shows something."""
    facts = _part(value)
    return text_in(value.content or {}, "text") or (text_in(facts, "text") if value.type == "link" else None) or ""


def attachments(value: Value) -> tuple[InboundAttachment, ...]:
    if value.type == "text":
        return ()
    form, facts = FORMS.get(value.type), _part(value)
    if form is None or not facts:
        return (InboundAttachment(type="unsupported", title=value.type[:64], raw=value.content or {}),)
    return (form(facts),)


def _image(facts: Facts) -> InboundAttachment:
    """Sizes are named "WxH", in no order; the largest stands for all."""
    sizes = facts.get("sizes")
    known = [_size(name, url) for name, url in sizes.items()] if isinstance(sizes, Mapping) else []
    pictures = [one for one in known if one is not None]
    width, height, url = max(pictures, key=lambda one: one[0] * one[1], default=(None, None, None))
    return InboundAttachment(type="image", url=url, width=width, height=height)


def _size(name: object, url: object) -> tuple[int, int, str] | None:
    found = _SIZE.fullmatch(str(name))
    return (int(found[1]), int(found[2]), url) if found and isinstance(url, str) else None


def _link(facts: Facts) -> InboundAttachment:
    return InboundAttachment(type="link", url=text_in(facts, "url"), title=text_in(facts, "text"))


def _item(facts: Facts) -> InboundAttachment:
    """Another advertisement that he shows us."""
    return InboundAttachment(type="link", url=text_in(facts, "item_url"), title=text_in(facts, "title"))


def _place(facts: Facts) -> InboundAttachment:
    title, address = text_in(facts, "title"), text_in(facts, "text")
    return InboundAttachment(
        type="location",
        latitude=_number(facts, "lat"),
        longitude=_number(facts, "lon"),
        title=title,
        address=address if address != title else None,
    )


def _voice(facts: Facts) -> InboundAttachment:
    return InboundAttachment(type="voice", external_file_id=text_in(facts, "voice_id"))


FORMS: dict[str, Callable[[Facts], InboundAttachment]] = {
    "image": _image,
    "link": _link,
    "item": _item,
    "location": _place,
    "voice": _voice,
}


def _part(value: Value) -> Facts:
    part = (value.content or {}).get(value.type)
    return part if isinstance(part, Mapping) else {}


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
