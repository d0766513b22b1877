"""Every text of a thing made encodable: a lone surrogate cannot be stored, so it becomes U+FFFD (E09)."""

from __future__ import annotations

from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.channels.text import has_lone, readable


def cleaned(thing: Inbound) -> Inbound:
    """For things from any door; what a channel's `parse` made is clean already and comes back equal."""
    if not thing.attachments and not thing.attributes and not _any_lone(thing):
        return thing
    changed: dict[str, Any] = {name: readable(text) for name, text in _texts(thing).items()}
    if thing.attachments:
        changed["attachments"] = tuple(_cleaned_attachment(one) for one in thing.attachments)
    if thing.attributes:
        changed["attributes"] = {readable(name): readable(value) for name, value in thing.attributes.items()}
    return replace(thing, **changed)


def _any_lone(thing: Inbound) -> bool:
    """Most texts are plain, and most fields are empty: this runs for every message."""
    return any(has_lone(value) for value in EVERYTHING(thing) if value.__class__ is str and not value.isascii())


def _cleaned_attachment(one: InboundAttachment) -> InboundAttachment:
    changed: dict[str, Any] = {name: readable(text) for name, text in _texts(one).items()}
    return replace(one, **changed)


def _texts(thing: Inbound | InboundAttachment) -> dict[str, str]:
    values = ((name, getattr(thing, name)) for name in NAMES[type(thing)])
    return {name: value for name, value in values if isinstance(value, str)}


EVERYTHING = attrgetter(*(one.name for one in fields(Inbound)))
NAMES: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(one.name for one in fields(kind)) for kind in (Inbound, InboundAttachment)
}
