"""Looking into bodies whose forms nobody promises: what is not there, or is of another form, is nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.inbound import InboundAttachment


def said_in(facts: Any, name: str) -> str:
    value = facts.get(name) if isinstance(facts, Mapping) else None
    return value if isinstance(value, str) else ""


def number_in(facts: Any, name: str) -> float | None:
    value = facts.get(name) if isinstance(facts, Mapping) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def text_in(facts: Any, name: str) -> str | None:
    """None also for an empty one."""
    return said_in(facts, name) or None


def place_in(facts: Any) -> InboundAttachment | None:
    """A place as WhatsApp's providers tell it; None without both of its coordinates."""
    latitude, longitude = number_in(facts, "latitude"), number_in(facts, "longitude")
    if latitude is None or longitude is None:
        return None
    return InboundAttachment(
        type="location",
        latitude=latitude,
        longitude=longitude,
        name=text_in(facts, "name"),
        address=text_in(facts, "address"),
    )
