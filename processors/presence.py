"""Presence: who is no longer ready loses his pending offers, who is deactivated his dialogs (§5, F13, F14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.desk.presence import WakeAgent, wake_agent
from domain.desk.world import World
from domain.recorded import Recorded

HEARS = frozenset({"agent.presence_changed", "agent.deactivated"})


def marks(recorded: Recorded) -> list[str]:
    return [recorded.stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtAgents:
    streams: tuple[str, ...]


def look(streams: Sequence[str]) -> LookAtAgents:
    return LookAtAgents(streams=tuple(streams))


def look_at(world: World, command: LookAtAgents) -> dict[str, Any]:
    """A stream may end in `|` and the last dialog of a page: the next page of a deactivated agent's dialogs."""
    agents = [stream.partition("-")[2].partition("|")[0] for stream in command.streams]
    answers = [wake_agent(world, WakeAgent(agent=agent)) for agent in agents]
    return {"outcome": "done" if any(one["outcome"] == "done" for one in answers) else "nothing"}
