"""One conversation on its way: what both sides are going to say, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from adapters.demo.people import AGENTS
from adapters.demo.plan import Arrival
from adapters.demo.scripts import Line

PACE = {agent.id: agent.pace for agent in AGENTS}


@dataclass
class Conversation:
    """`arrival` None = of an earlier day. `chance` draws everything about it, so nothing depends on threads."""

    arrival: Arrival | None
    lines: list[Line]
    chance: Random
    said: int = 0
    dialog: str | None = None
    agent: str | None = None
    answers: int = 0

    @property
    def next(self) -> Line | None:
        return self.lines[self.said] if self.said < len(self.lines) else None

    def answer_takes(self, line: Line) -> float:
        """Seconds in which its agent reads and types this line, at speed 1."""
        return (2 + len(line.text) / 20) * PACE.get(self.agent or "", 1.0)

    def closing_takes(self) -> float:
        """Most dialogs are closed at once; now and then somebody forgets for a while."""
        if self.chance.random() < 0.1:
            return self.chance.uniform(60, 180)
        return 4 * PACE.get(self.agent or "", 1.0)
