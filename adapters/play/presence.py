"""When a recorded agent was at work: from his first act to 10 minutes after his last, away in gaps over 30 minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

LONGEST_GAP = timedelta(minutes=30)
STAYS = timedelta(minutes=10)


class Shift(NamedTuple):
    """From his first act to his last; he leaves `STAYS` later."""

    first: datetime
    last: datetime


class Change(NamedTuple):
    """`offline` sorts before `ready`: who leaves at a moment is gone before who comes is offered anything."""

    at: datetime
    to: Literal["offline", "ready"]
    agent: str


@dataclass
class Shifts:
    """Acts of one agent in the order of time, folded to shifts."""

    done: list[Shift] = field(default_factory=list)

    def act(self, at: datetime) -> None:
        if self.done and at - self.done[-1].last <= LONGEST_GAP:
            self.done[-1] = Shift(self.done[-1].first, at)
        else:
            self.done.append(Shift(at, at))


def changes(agents: Mapping[str, Shifts]) -> list[Change]:
    """Every change of presence, in the order in which they happen."""
    return sorted(change for agent, shifts in agents.items() for change in _of(agent, shifts.done))


def _of(agent: str, shifts: Iterable[Shift]) -> Iterable[Change]:
    for shift in shifts:
        yield Change(shift.first, "ready", agent)
        yield Change(shift.last + STAYS, "offline", agent)
