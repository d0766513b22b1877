"""Every text of a thing made encodable: a lone surrogate cannot be stored, so it becomes U+FFFD (E09)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.channels.text import readable


def cleaned(thing: Inbound) -> Inbound:
    """For things from any door; what a channel's `parse` made is clean already and comes back equal."""
    changed = _texts(thing)
    if thing.attachments:
        changed["attachments"] = tuple(replace(one, **_texts(one)) for one in thing.attachments)
    if thing.attributes:
        changed["attributes"] = {readable(name): readable(value) for name, value in thing.attributes.items()}
    return replace(thing, **changed)


def _texts(thing: Inbound | InboundAttachment) -> dict[str, Any]:
    values = {one.name: getattr(thing, one.name) for one in fields(thing)}
    return {name: readable(value) for name, value in values.items() if isinstance(value, str)}
