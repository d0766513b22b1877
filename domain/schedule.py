"""A schedule: when a channel works. Each change makes a version, and past metrics keep theirs (H08).

`closed_since` tells when the closed period began by the hours in force at each instant: a change in the night does not
make two nights of one (H06).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from domain.change import replace
from domain.errors import Invalid, Problem, shown
from domain.recorded import Event, Frozen, Stamp
from domain.working_time import Calendar, Interval, is_open, known_zone, last_closing, overlapping

Week = tuple[tuple[Interval, ...], ...]
CLOSED_WEEK: Week = ((), (), (), (), (), (), ())


class DatedException(Frozen):
    """A holiday (no intervals) or a short day."""

    on: date
    intervals: tuple[Interval, ...] = ()


class Defined(Event):
    kind: Literal["schedule.defined"] = "schedule.defined"
    name: str = ""
    zone: str
    week: Week
    exceptions: tuple[DatedException, ...] = ()


class Changed(Event):
    """Only what changed is set."""

    kind: Literal["schedule.changed"] = "schedule.changed"
    zone: str | None = None
    week: Week | None = None
    exceptions: tuple[DatedException, ...] | None = None


ScheduleEvent = Defined | Changed


@dataclass(frozen=True)
class Schedule:
    """`closed_before`: since when it was closed as the hours were last changed, at `changed_at`; None = it was open."""

    exists: bool = False
    name: str = ""
    zone: str = "UTC"
    week: Week = CLOSED_WEEK
    exceptions: tuple[DatedException, ...] = ()
    defined_at: datetime | None = None
    changed_at: datetime | None = None
    closed_before: datetime | None = None

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.zone, self.week, {one.on: one.intervals for one in self.exceptions})

    def closed_since(self, at: datetime) -> datetime | None:
        """The closing moment that began the closed period around `at`, not before the last change; None = open.

        Hours that have never been open count from the moment they were defined.
        """
        if is_open(self.calendar, at):
            return None
        start = last_closing(self.calendar, at) or self.defined_at or at
        if self.changed_at is None or start > self.changed_at:
            return start
        return self.closed_before or self.changed_at


def evolve(schedule: Schedule, event: ScheduleEvent, stamp: Stamp) -> Schedule:
    match event:
        case Defined():
            return Schedule(True, event.name, event.zone, event.week, event.exceptions, defined_at=stamp.at)
        case Changed():
            return replace(
                schedule,
                zone=event.zone or schedule.zone,
                week=schedule.week if event.week is None else event.week,
                exceptions=schedule.exceptions if event.exceptions is None else event.exceptions,
                changed_at=stamp.at,
                closed_before=schedule.closed_since(stamp.at),
            )
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Define:
    """Defines a new schedule or changes an existing one to exactly this."""

    name: str
    zone: str
    week: Week
    exceptions: tuple[DatedException, ...] = ()


ScheduleCommand = Define


def decide(command: ScheduleCommand, schedule: Schedule) -> list[ScheduleEvent]:
    if problems := _problems(command):
        raise Invalid(problems)
    if not schedule.exists:
        return [Defined(name=command.name, zone=command.zone, week=command.week, exceptions=command.exceptions)]
    same = (schedule.zone, schedule.week, schedule.exceptions) == (
        command.zone,
        command.week,
        command.exceptions,
    )
    if same:
        return []
    return [
        Changed(
            zone=command.zone if command.zone != schedule.zone else None,
            week=command.week if command.week != schedule.week else None,
            exceptions=command.exceptions if command.exceptions != schedule.exceptions else None,
        )
    ]


def _problems(command: Define) -> list[Problem]:
    problems = []
    if not known_zone(command.zone):
        sentence = f"{shown(command.zone)} is not a known zone."
        problems.append(Problem(field="zone", code="zone_unknown", sentence=sentence))
    if len(command.week) != 7:
        problems.append(Problem(field="week", code="bad_value", sentence="A week has seven days."))
    elif overlapping(command.week):
        problems.append(Problem(field="week", code="overlap", sentence="Working hours must not overlap."))
    if len({one.on for one in command.exceptions}) < len(command.exceptions):
        sentence = "A date may have one exception only."
        problems.append(Problem(field="exceptions", code="overlap", sentence=sentence))
    if any(overlapping([one.intervals]) for one in command.exceptions):
        sentence = "Working hours of one date must not overlap."
        problems.append(Problem(field="exceptions", code="overlap", sentence=sentence))
    return problems
