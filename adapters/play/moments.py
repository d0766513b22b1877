"""The recording as moments: who comes and goes, and the lines of that time. What is only counted makes no moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import groupby

from adapters.play.lines import Line
from adapters.play.presence import Change


@dataclass(slots=True)
class Moment:
    at: datetime
    changes: list[Change] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def moments(lines: Iterable[Line], changes: Sequence[Change], wanted: Callable[[Line], bool]) -> Iterator[Moment]:
    """In the order of time. `wanted` sees every line and says whether anything follows from it."""
    played: Iterator[Line | Change] = (line for line in lines if wanted(line))
    things = merge(played, changes, key=_at)
    for at, together in groupby(things, key=_at):
        moment = Moment(at)
        for thing in together:
            if isinstance(thing, Line):
                moment.lines.append(thing)
            else:
                moment.changes.append(thing)
        yield moment


def _at(thing: Line | Change) -> datetime:
    return thing.at
