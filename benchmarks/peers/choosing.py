"""Peers of a plan: what the choice costs at the least, and how it is written when nobody has thought about cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[int, int, int, str]
"""(load, last offered, ordinal, agent)."""


def floor(rows: Sequence[Row], dialogs: int) -> int:
    """Only the choice: the least of all rows, for each dialog. Nothing is counted, explained or kept free."""
    return sum(len(min(rows)[3]) for _ in range(dialogs))


@dataclass
class Agent:
    name: str
    ready: bool
    skills: frozenset[str]
    load: int
    capacity: int
    last: int = -1


@dataclass
class Asked:
    """What the loop finds out about one agent, for the record."""

    agent: str
    ordinal: int
    reject: str | None
    load: int
    capacity: int
    key: str


def read_all_decide_one(agents: Sequence[Agent], dialogs: int, skills: frozenset[str] = frozenset()) -> int:
    """For each dialog everybody is looked at anew, the list is sorted, and the first is taken."""
    for number in range(dialogs):
        asked = [_ask(agent, place, skills) for place, agent in enumerate(agents)]
        may = sorted(
            (one for one in asked if one.reject is None),
            key=lambda one: (one.load, agents[one.ordinal].last, one.ordinal),
        )
        chosen = agents[may[0].ordinal]
        chosen.load += 1
        chosen.last = number
    return dialogs


def _ask(agent: Agent, place: int, skills: frozenset[str]) -> Asked:
    reject = None
    if not agent.ready:
        reject = "not_ready"
    elif not skills <= agent.skills:
        reject = "skill"
    elif agent.load + 1 > agent.capacity:
        reject = "full"
    return Asked(agent.name, place, reject, agent.load, agent.capacity, f"{agent.load},{agent.last},{place}")
