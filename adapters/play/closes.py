"""The recorded desk closed by a rule of its own; here its closes are compared with the engine's.

A close of the recorded system matches if it came 0 to 60 minutes after the engine's: the recorded job ran hourly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.play.fields import moment_of
from adapters.play.figures import Story
from adapters.play.lines import SYSTEM, Line
from adapters.play.talks import Talk

WITHIN = timedelta(minutes=60)
OUTAGES: Mapping[str, tuple[datetime, datetime]] = {
    "itsm": (datetime(2016, 3, 10, tzinfo=UTC), datetime(2016, 3, 25, tzinfo=UTC)),
}
"""When the recorded job did not run and caught up: what fell due then says nothing of the rule."""


@dataclass(slots=True)
class Recorded:
    """What the recording says of one ticket's end. `resolved_update` = its last update while it was resolved."""

    set: str
    resolved: bool = False
    resolved_update: datetime | None = None
    closed: datetime | None = None
    by_system: bool = False
    times_closed: int = 0


class Recording:
    """Folded from the history; facts of the file of outcomes, if there is one, take precedence."""

    def __init__(self) -> None:
        self.tickets: dict[str, Recorded] = {}

    def hear(self, line: Line) -> None:
        ticket = self.tickets.setdefault(line.dialog, Recorded(line.set))
        if line.event == "closed":
            ticket.closed, ticket.by_system = line.at, line.by == SYSTEM
            ticket.times_closed += 1
            return
        if line.event in ("resolved", "reopened"):
            ticket.resolved = line.event == "resolved"
        if ticket.resolved:
            ticket.resolved_update = line.at

    def correct(self, facts: Mapping[str, Any]) -> None:
        """One line of the file of outcomes. Raises `BadLine`."""
        ticket = self.tickets.get(str(facts.get("dialog")))
        if ticket is None:
            return
        ticket.closed = _moment(facts, "closed_at")
        ticket.by_system = facts.get("closed_by") == SYSTEM
        ticket.resolved_update = _moment(facts, "last_resolved_update_at")


def _moment(facts: Mapping[str, Any], name: str) -> datetime | None:
    return moment_of(facts, name) if facts.get(name) is not None else None


def compare(
    recording: Recording, talks: Iterable[Talk], stories: Mapping[str, Story], periods: Mapping[str, timedelta]
) -> dict[str, Any]:
    """`periods` = the auto-close period of each set of tickets."""
    causes: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    for talk in talks:
        ticket = recording.tickets.get(talk.name)
        if ticket is None:
            continue
        why_not = _not_comparable(ticket, periods[ticket.set])
        if why_not is not None:
            aside[why_not] += 1
        else:
            causes[_cause(ticket, talk, stories)] += 1
    compared = causes.total()
    matched = causes.pop("match", 0)
    return {
        "compared": compared,
        "matched": matched,
        "share": round(matched / compared, 4) if compared else None,
        "by_cause": dict(sorted(causes.items())),
        "not_compared": dict(sorted(aside.items())),
    }


def _not_comparable(ticket: Recorded, period: timedelta) -> str | None:
    if ticket.closed is None:
        return "never_closed"
    if not ticket.by_system:
        return "closed_by_person"
    if ticket.resolved_update is None:
        return "never_resolved"
    outage = OUTAGES.get(ticket.set)
    if outage is not None and outage[0] <= ticket.resolved_update + period < outage[1]:
        return "outage_of_the_recorded_job"
    return None


def _cause(ticket: Recorded, talk: Talk, stories: Mapping[str, Story]) -> str:
    story = stories.get(talk.dialogs[0]) if talk.dialogs else None
    if story is None or story.closed is None or ticket.closed is None:
        return "not_closed_by_engine"
    if timedelta(0) <= ticket.closed - story.closed <= WITHIN:
        return "match"
    if talk.late:
        return "recorded_twice_closed" if ticket.times_closed > 1 else "update_after_engine_had_closed"
    return "recorded_before_engine" if ticket.closed < story.closed else "recorded_job_late"
