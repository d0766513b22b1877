"""Every text of a thing made encodable: a lone surrogate cannot be stored, so it becomes U+FFFD (E09)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.channels.text import has_lone, readable


def cleaned(thing: Inbound) -> Inbound:
    """For things from any door; what a channel's `parse` made is clean already and comes back equal."""
    if not thing.attachments and not thing.attributes and not has_lone("".join(_texts(thing).values())):
        return thing
    changed: dict[str, Any] = {name: readable(text) for name, text in _texts(thing).items()}
    if thing.attachments:
        changed["attachments"] = tuple(_cleaned_attachment(one) for one in thing.attachments)
    if thing.attributes:
        changed["attributes"] = {readable(name): readable(value) for name, value in thing.attributes.items()}
    return replace(thing, **changed)


def _cleaned_attachment(one: InboundAttachment) -> InboundAttachment:
    changed: dict[str, Any] = {name: readable(text) for name, text in _texts(one).items()}
    return replace(one, **changed)


def _texts(thing: Inbound | InboundAttachment) -> dict[str, str]:
    values = ((name, getattr(thing, name)) for name in NAMES[type(thing)])
    return {name: value for name, value in values if isinstance(value, str)}


NAMES: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(one.name for one in fields(kind)) for kind in (Inbound, InboundAttachment)
}
