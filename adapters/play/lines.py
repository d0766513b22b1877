"""One recorded line: a message or a fact beside the messages. A line that cannot be played says why, with a code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.channels.text import readable
from adapters.play.texts import EARLIEST, LATEST, storable

Side = Literal["customer", "agent", "bot"]
SIDES: frozenset[str] = frozenset({"customer", "agent", "bot"})
EVENTS: frozenset[str] = frozenset(
    {
        "opened",
        "queued",
        "unqueued",
        "assigned",
        "unassigned",
        "state",
        "resolved",
        "reopened",
        "closed",
        "dropped",
        "abandoned",
        "answered",
        "lookup",
        "draft",
        "updated",
    }
)
SYSTEM = "system"


class BadLine(Exception):
    """A line that is counted as rejected. `code` is stable; the sentence never repeats the line's text."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Line:
    """`event` is None for a message and `side` is None for anything else. `by` = author, or who did it.

    `id` tells a message from all others of its set; `place` a line from all others of its file, whatever its name.
    """

    set: str
    place: str
    at: datetime
    dialog: str
    channel: str
    by: str | None = None
    side: Side | None = None
    text: str = ""
    id: str = ""
    event: str | None = None
    queue: str | None = None
    agent: str | None = None
    customer: str | None = None

    @property
    def order(self) -> tuple[datetime, bool]:
        """History before messages at the same moment; the file's own order within both."""
        return self.at, self.side is not None


def parse(raw: bytes, set_name: str, place: str) -> Line:
    """Raises `BadLine`. `raw` is one line without its end."""
    facts = json_object(raw)
    dialog, at = _text(facts, "dialog"), _moment(facts)
    common: dict[str, Any] = {
        "set": set_name,
        "place": place,
        "at": at,
        "dialog": dialog,
        "channel": _optional(facts, "channel") or "",
    }
    if "from" in facts:
        return _message(facts, common)
    if "event" in facts:
        return _fact(facts, common)
    raise BadLine("unknown_line", "The line is neither a message (from) nor history (event).")


def json_object(raw: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(raw.decode())
    except UnicodeDecodeError:
        raise BadLine("not_utf8", "The line is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise BadLine("not_json", "The line is not JSON.") from None
    if not isinstance(facts, dict):
        raise BadLine("not_object", "The line is not a JSON object.")
    return facts


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or not value:
        raise BadLine(f"no_{name}", f"The line has no text in: {name}.")
    return _name(name, value)


def _moment(facts: dict[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(_text(facts, "at"))
    except ValueError:
        raise BadLine("bad_time", "The line's time (at) is not ISO 8601.") from None
    if at.tzinfo is None:
        raise BadLine("bad_time", "The line's time (at) has no zone.")
    if not EARLIEST <= at < LATEST:
        years = f"{EARLIEST.year} to {LATEST.year - 1}"
        raise BadLine("time_out_of_range", f"The line's time (at) is outside the years {years}, in which we can play.")
    return at.astimezone(UTC)


def _message(facts: dict[str, Any], common: dict[str, Any]) -> Line:
    side = facts["from"]
    if not isinstance(side, str) or side not in SIDES:
        raise BadLine(
            "bad_from", f"The message is from nobody whom we know; from is one of {', '.join(sorted(SIDES))}."
        )
    text, seq = facts.get("text", ""), _number(facts, "seq")
    if not isinstance(text, str):
        raise BadLine("bad_text", "The message's text is not a text.")
    ident = _number(facts, "external_id") or f"{common['dialog']}:{common['place'] if seq is None else seq}"
    return Line(**common, by=_optional(facts, "author"), side=side, text=readable(text), id=ident)


def _fact(facts: dict[str, Any], common: dict[str, Any]) -> Line:
    event = facts["event"]
    if not isinstance(event, str) or event not in EVENTS:
        raise BadLine("unknown_event", f"The history's event is none of {', '.join(sorted(EVENTS))}.")
    if event == "queued":
        _text(facts, "queue")
    facts_beside: dict[str, Any] = {name: _optional(facts, name) for name in ("by", "queue", "agent", "customer")}
    return Line(**common, **facts_beside, event=event, id=_number(facts, "external_id") or common["place"])


def _optional(facts: dict[str, Any], name: str) -> str | None:
    value = facts.get(name)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"bad_{name}", f"The line's {name} is not a text.")
    return _name(name, value) if value else None


def _number(facts: dict[str, Any], name: str) -> str | None:
    """A number that counts, or a text that tells one thing from another, as text."""
    value = facts.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"bad_{name}", f"The line's {name} is neither a text nor a whole number.")
    return _name(name, value) if value is not None else None


def _name(name: str, value: str) -> str:
    if not storable(value):
        raise BadLine(f"bad_{name}", f"The line's {name} holds a character that cannot be stored (NUL, half a pair).")
    return value
