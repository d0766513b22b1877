"""One recorded line: a message or a fact beside the messages. A line that cannot be played says why, with a code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from adapters.channels.text import readable
from adapters.play.fields import LONGEST_ID, BadLine, left_by, moment_of, number_or_text, one_of, optional, text_of

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
    dialog, at = text_of(facts, "dialog"), moment_of(facts)
    common: dict[str, Any] = {
        "set": set_name,
        "place": place,
        "at": at,
        "dialog": dialog,
        "channel": optional(facts, "channel", left_by(set_name)) or "",
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


def _message(facts: dict[str, Any], common: dict[str, Any]) -> Line:
    side = facts["from"]
    if not one_of(side, SIDES):
        raise BadLine(
            "bad_from", f"The message is from nobody whom we know; from is one of {', '.join(sorted(SIDES))}."
        )
    text, seq = facts.get("text", ""), number_or_text(facts, "seq")
    if not isinstance(text, str):
        raise BadLine("bad_text", "The message's text is not a text.")
    ident = number_or_text(facts, "external_id") or f"{common['dialog']}:{common['place'] if seq is None else seq}"
    by = optional(facts, "author", LONGEST_ID if side == "agent" else None)
    return Line(**common, by=by, side=side, text=readable(text), id=ident)


def _fact(facts: dict[str, Any], common: dict[str, Any]) -> Line:
    event = facts["event"]
    if not one_of(event, EVENTS):
        raise BadLine("unknown_event", f"The history's event is none of {', '.join(sorted(EVENTS))}.")
    if event == "queued":
        text_of(facts, "queue")
    beside: dict[str, Any] = {
        "by": optional(facts, "by", LONGEST_ID if event != "opened" else None),
        "queue": optional(facts, "queue", left_by(common["set"])),
        "agent": optional(facts, "agent", LONGEST_ID),
        "customer": optional(facts, "customer"),
    }
    return Line(**common, **beside, event=event, id=number_or_text(facts, "external_id") or common["place"])
