"""Presence: an agent who is no longer ready loses his pending offers, and the dialogs are offered on (§5, F13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.desk.waking import WakeAgent, wake_agent
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
    answers = [wake_agent(world, WakeAgent(agent=stream.partition("-")[2])) for stream in command.streams]
    return {"outcome": "done" if any(one["outcome"] == "done" for one in answers) else "nothing"}
