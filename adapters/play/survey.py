"""The first reading: who works when and in which groups, which dialogs are played, what is to be expected.

It looks ahead only to know who was at work; no rule of the engine is told anything of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from adapters.play.files import Bad, Source, merged
from adapters.play.lines import SYSTEM, Line
from adapters.play.presence import Shifts


class Place(NamedTuple):
    """A recorded queue of a set; `queue` None = where dialogs are before they are in one."""

    set: str
    queue: str | None


@dataclass
class Survey:
    """`tickets` = sets without messages. `members` keeps the order in which people first acted in a place."""

    sources: Sequence[Source]
    tickets: frozenset[str] = frozenset()
    agents: dict[str, Shifts] = field(default_factory=dict)
    members: dict[Place, dict[str, None]] = field(default_factory=dict)
    channels: set[tuple[str, str]] = field(default_factory=set)
    chosen: dict[str, dict[str, None]] = field(default_factory=dict)
    limit: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    bad: list[Bad] = field(default_factory=list)

    def plays(self, line: Line) -> bool:
        """Is this line's dialog among those to be played?"""
        return line.dialog in self.chosen[line.set]

    @property
    def dialogs(self) -> int:
        return sum(len(dialogs) for dialogs in self.chosen.values())


def survey(sources: Sequence[Source], limit: int | None = None) -> Survey:
    """`limit` = how many dialogs of each set, by their first line."""
    speaking = {source.set for source in sources if source.messages}
    tickets = frozenset(source.set for source in sources) - speaking
    found = Survey(sources, tickets, limit=limit)
    for source in sources:
        found.chosen[source.set] = {}
        found.members[Place(source.set, None)] = {}
    where: dict[str, str] = {}
    customers: dict[str, str | None] = {}
    for line in merged(sources, found.bad.append):
        if _choose(found, line):
            _look(found, line, where, customers)
    return found


def _choose(found: Survey, line: Line) -> bool:
    chosen = found.chosen[line.set]
    if line.dialog not in chosen:
        if found.limit is not None and len(chosen) >= found.limit:
            return False
        chosen[line.dialog] = None
    return True


def _look(found: Survey, line: Line, where: dict[str, str], customers: dict[str, str | None]) -> None:
    found.first = found.first or line.at
    found.last = line.at
    found.counts[kind_of(line, line.set in found.tickets)] += 1
    if line.event == "queued" and line.queue is not None:
        where[line.dialog] = line.queue
    if line.event == "opened" or line.side == "customer":
        found.channels.add((line.set, line.channel))
        customers.setdefault(line.dialog, line.customer or line.by)
    place = Place(line.set, where.get(line.dialog))
    members = found.members.setdefault(place, {})
    for agent in _acting(line, line.set in found.tickets, customers.get(line.dialog)):
        found.agents.setdefault(agent, Shifts()).act(line.at)
        members[agent] = None


def kind_of(line: Line, ticket: bool) -> str:
    """What the play makes of a line: `customer`, `agent` (a message of either), `closed`, or what is only counted."""
    if line.side is not None:
        return line.side
    if ticket and line.event == "opened":
        return "customer"
    if ticket and line.event != "closed":
        return "agent"
    return line.event or ""


def _acting(line: Line, ticket: bool, customer: str | None) -> Iterable[str]:
    """Who is seen at work in a line. At a desk, `system` is an account like any other but for its closes."""
    if line.side is not None:
        return (line.by,) if line.side == "agent" and line.by else ()
    if ticket:
        closes = line.event == "closed" and line.by == SYSTEM
        return (line.by,) if line.by and line.event != "opened" and not closes else ()
    if line.event == "assigned":
        return (line.agent,) if line.agent else ()
    return (line.by,) if line.by and line.event != "opened" and line.by not in (SYSTEM, customer) else ()
