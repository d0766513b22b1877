"""Working time on local wall clocks: weeks, night shifts, dated exceptions, changes of the clock (§8, H01-H05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from domain.recorded import Frozen

MINUTES_A_DAY = 1440
LONGEST_SEARCH = 400


class Interval(Frozen):
    """Minutes since local midnight, [start, end). An end before the start means the next day; an end at the start is
    the whole day round, 24 hours (§8)."""

    start: int = Field(ge=0, lt=MINUTES_A_DAY)
    end: int = Field(ge=0, le=MINUTES_A_DAY)

    @property
    def until(self) -> int:
        """The end counted from the midnight on which the interval began."""
        return self.end if self.end > self.start else self.end + MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Calendar:
    """`week[0]` is Monday. An exception replaces the weekday's intervals for its local date; empty = closed."""

    zone: str
    week: tuple[tuple[Interval, ...], ...]
    exceptions: Mapping[date, tuple[Interval, ...]]


def known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def overlapping(week: Sequence[Sequence[Interval]]) -> bool:
    """Do two intervals of the week share a minute, across midnight too (H12)?"""
    spans = sorted(
        (day * MINUTES_A_DAY + span.start, day * MINUTES_A_DAY + span.until)
        for day, spans_of_day in enumerate(week)
        for span in spans_of_day
    )
    if not spans:
        return False
    wrapped = [*spans, (spans[0][0] + 7 * MINUTES_A_DAY, spans[0][1] + 7 * MINUTES_A_DAY)]
    return any(later[0] < earlier[1] for earlier, later in pairwise(wrapped))


def is_open(calendar: Calendar, at: datetime) -> bool:
    return any(start <= at < end for start, end in _around(calendar, at))


def next_change(calendar: Calendar, at: datetime) -> datetime | None:
    """The next moment after `at` at which it opens or closes; None if that is more than a year away."""
    here = is_open(calendar, at)
    day = at.astimezone(ZoneInfo(calendar.zone)).date() - timedelta(days=1)
    for offset in range(LONGEST_SEARCH):
        edges = [edge for span in _intervals(calendar, day + timedelta(days=offset)) for edge in span]
        for edge in sorted(edges):
            if edge > at and is_open(calendar, edge) != here:
                return edge
    return None


def last_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """The moment since which it has been closed, seen from a moment at which it is; None if it has not been open
    for more than a year."""
    day = at.astimezone(ZoneInfo(calendar.zone)).date()
    for offset in range(LONGEST_SEARCH):
        here = day - timedelta(days=offset)
        if ends := _ends(calendar, here, at):
            # A night shift of the day before may have ended behind a short day (H02).
            return max(ends + _ends(calendar, here - timedelta(days=1), at))
    return None


def _ends(calendar: Calendar, day: date, at: datetime) -> list[datetime]:
    return [end for _, end in _intervals(calendar, day) if end <= at]


def _around(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Today's intervals and yesterday's: a night shift that began yesterday still ends at its own end (H02)."""
    today = at.astimezone(ZoneInfo(calendar.zone)).date()
    yield from _intervals(calendar, today - timedelta(days=1))
    yield from _intervals(calendar, today)


def _intervals(calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    spans = calendar.exceptions.get(day)
    if spans is None:
        spans = calendar.week[day.weekday()]
    for span in spans:
        yield _instant(calendar.zone, day, span.start), _instant(calendar.zone, day, span.until)


def _instant(zone: str, day: date, minute: int) -> datetime:
    """Local wall time to UTC, so that a night across a change of the clock is shorter or longer (H05)."""
    days, rest = divmod(minute, MINUTES_A_DAY)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), ZoneInfo(zone))
    return local.astimezone(UTC)
