"""The body of a webhook of Meta: an object's name, and entries that hold several things each, each on its own fate.

A malformed thing becomes one `invalid` and leaves the others alone; a thing that stands twice in a body is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from adapters.channels.batch import attempt, once
from adapters.channels.inbound import Inbound, invalid
from adapters.channels.models import Key, Part
from adapters.channels.text import Unreadable, read_json

Facts = Mapping[str, Any]


def _as_whole(value: Any) -> Any:
    """Whole numbers that came as text, or with a point."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:20])
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Loose(Part):
    """A part of Meta's bodies: a field that is null is one that is not there."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        return {name: one for name, one in value.items() if one is not None} if isinstance(value, Mapping) else value


Time = Annotated[int, BeforeValidator(_as_whole), Field(strict=True, ge=0, le=253_402_300_799_999)]
"""Milliseconds, and in some events seconds, since 1970."""

BROKEN = "The body is not a notification of the Graph API: it has no object with entries."
SECONDS_END = 100_000_000_000
"""Up to here a time is in seconds, above in milliseconds: Messenger sends both."""


def things_of(raw: bytes, ours: str, read: Callable[[Facts], Iterable[Inbound]]) -> list[Inbound]:
    """What `read` makes of each entry. Never raises, and never answers an empty list."""
    try:
        body = read_json(raw)
    except Unreadable as why:
        return [invalid(str(why))]
    if not isinstance(body, dict) or not isinstance(body.get("object"), str) or not isinstance(body.get("entry"), list):
        return [invalid(BROKEN)]
    if body["object"] != ours:
        return [Inbound(kind="ignore", reason=f"object:{body['object'][:64]}")]
    found = [thing for entry in body["entry"] for thing in _entry(entry, read)]
    return once(found) or [Inbound(kind="ignore", reason="empty")]


def seconds(time: int | None) -> float | None:
    if time is None:
        return None
    return float(time) if time < SECONDS_END else time / 1000


def items(facts: Facts, name: str) -> list[Any]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _entry(entry: Any, read: Callable[[Facts], Iterable[Inbound]]) -> Iterable[Inbound]:
    return read(entry) if isinstance(entry, dict) else (invalid("An entry of the body is no object."),)


__all__ = ["BROKEN", "Facts", "Key", "Loose", "Time", "attempt", "items", "once", "seconds", "things_of"]
