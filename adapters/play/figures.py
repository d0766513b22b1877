"""The figures of a run, folded from the events: dialogs, waits, first responses, closes (behaviour.md §13)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.recorded import Recorded


@dataclass(slots=True)
class Story:
    """One dialog of the engine, as far as the figures need it."""

    opened: datetime
    queued: datetime | None = None
    waited: float | None = None
    asked: datetime | None = None
    first_reply: float | None = None
    closed: datetime | None = None
    cause: str | None = None


class Figures:
    """Times in seconds. `count` hears every event once, in the order of the log."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self.events: Counter[str] = Counter()
        self.total = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def count(self, recorded: Recorded) -> None:
        self.total += 1
        kind = recorded.event.kind
        if not kind.startswith("dialog."):
            return
        self.events[kind] += 1
        at = recorded.recorded_at
        self.first, self.last = self.first or at, at
        if kind == "dialog.opened":
            self.stories[recorded.entity] = Story(at)
        elif (story := self.stories.get(recorded.entity)) is not None:
            _told(story, kind, recorded.event, at)

    def dialogs(self) -> dict[str, Any]:
        stories = self.stories.values()
        closed = Counter(story.cause for story in stories if story.closed is not None)
        return {
            "opened": len(stories),
            "assigned": sum(story.waited is not None for story in stories),
            "closed": dict(sorted((str(cause), n) for cause, n in closed.items())),
            "still_open": sum(story.closed is None for story in stories),
            "transfers": self.events["dialog.transferred"],
            "reopened": self.events["dialog.reopened"],
        }

    def waits(self) -> dict[str, Any]:
        """In the queue until assigned, and until the first answer of a person."""
        stories = self.stories.values()
        return {
            "queue_wait": percentiles([story.waited for story in stories if story.waited is not None]),
            "first_response": percentiles([one.first_reply for one in stories if one.first_reply is not None]),
        }


def _told(story: Story, kind: str, event: Any, at: datetime) -> None:
    match kind:
        case "dialog.queued":
            story.queued = story.queued or at
        case "dialog.assigned":
            waited = (at - story.queued).total_seconds() if story.queued is not None else 0.0
            story.waited, story.queued = (story.waited or 0.0) + waited, None
        case "dialog.message_received":
            story.asked = story.asked or at
        case "dialog.message_sent":
            if story.first_reply is None and story.asked is not None and event.author.kind == "agent":
                story.first_reply = (at - story.asked).total_seconds()
        case "dialog.closed":
            story.closed, story.cause, story.queued = at, event.cause, None
        case "dialog.reopened":
            story.closed, story.cause = None, None


def percentiles(values: list[float]) -> dict[str, float | int]:
    """Nearest rank: the value that at least so many per cent are not above. Without values only `n`."""
    ordered = sorted(values)
    found: dict[str, float | int] = {"n": len(ordered)}
    for per_cent in (50, 90, 99):
        if ordered:
            found[f"p{per_cent}"] = round(ordered[-(-len(ordered) * per_cent // 100) - 1], 3)
    return found
