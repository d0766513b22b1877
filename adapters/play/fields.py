"""The fields of a recorded line: names that the engine can take as its ids, texts that can be stored, sane times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.channels.text import has_lone

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2201, 1, 1, tzinfo=UTC)
"""Not included. A period of any length that a channel may have still ends before the calendar does."""
LONGEST_ID = 64
LONGEST_SET = 24
"""Leaves a queue or a channel 39 characters at least."""


class BadLine(Exception):
    """A line that is counted as rejected. `code` is stable; the sentence never repeats the line's text."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def text_of(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or not value:
        raise BadLine(f"no_{name}", f"The line has no text in: {name}.")
    return _name(name, value)


def moment_of(facts: Mapping[str, Any], name: str = "at") -> datetime:
    try:
        at = datetime.fromisoformat(text_of(facts, name))
    except ValueError:
        raise BadLine("bad_time", f"The line's time ({name}) is not ISO 8601.") from None
    if at.tzinfo is None:
        raise BadLine("bad_time", f"The line's time ({name}) has no zone.")
    if not EARLIEST <= at < LATEST:
        years = f"{EARLIEST.year} to {LATEST.year - 1}"
        raise BadLine(
            "time_out_of_range", f"The line's time ({name}) is outside the years {years}, in which we can play."
        )
    return at.astimezone(UTC)


def one_of(value: object, known: frozenset[str]) -> bool:
    return isinstance(value, str) and value in known


def left_by(set_name: str) -> int:
    """What a set leaves to the name of a queue or a channel: together they are an id of the engine's."""
    return LONGEST_ID - len(set_name) - 1


def optional(facts: dict[str, Any], name: str, longest: int | None = None) -> str | None:
    """`longest` = how many characters it may have, where it becomes an id of the engine's."""
    value = facts.get(name)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"bad_{name}", f"The line's {name} is not a text.")
    if value and longest is not None and len(value) > longest:
        raise BadLine("too_long", f"The line's {name} has more than {longest} characters.")
    return _name(name, value) if value else None


def number_or_text(facts: dict[str, Any], name: str) -> str | None:
    """A number that counts, or a text that tells one thing from another, as text."""
    value = facts.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"bad_{name}", f"The line's {name} is neither a text nor a whole number.")
    return _name(name, value) if value is not None else None


def _name(name: str, value: str) -> str:
    if "\0" in value or has_lone(value):  # PostgreSQL's texts cannot hold them
        raise BadLine(f"bad_{name}", f"The line's {name} holds a character that cannot be stored (NUL, half a pair).")
    return value
