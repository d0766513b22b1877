"""Decisions per second: a command decided and its events folded, without a store, an aggregate at a time.

Two commands in turn, each of which changes something. Peer: a handler that mutates a dict and appends a dict: no frozen
state, no typed event, no fold, and so nothing that could be replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.load import interleaved
from benchmarks.peers import handlers
from benchmarks.report import Comparison
from domain import agent, channel, dialog, group
from domain.dialog import commands as ask
from domain.recorded import Stamp
from tests.example_states import STATES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAIRS = 5_000


@dataclass(frozen=True)
class Side:
    """An aggregate with two commands that undo each other, and the same for the peer."""

    name: str
    module: Any
    state: Any
    commands: tuple[Any, Any]
    peer: Callable[[handlers.State, handlers.State, handlers.Log], None]
    dict_state: Callable[[], handlers.State]
    dicts: tuple[handlers.State, handlers.State]


def run(*, smoke: bool) -> Iterator[Comparison]:
    rounds, pairs = (1, 20) if smoke else (5, PAIRS)
    for side in _sides():
        ours, peer = interleaved([_ours(side, pairs), _peer(side, pairs)], rounds)
        yield Comparison(f"decide and fold, {side.name}, commands/s", ours, peer, "a handler that mutates a dict")


def _ours(side: Side, pairs: int) -> Callable[[], float]:
    decide, evolve = side.module.decide, side.module.evolve

    def measure() -> float:
        state, position, began = side.state, 0, time.perf_counter()
        for _ in range(pairs):
            for command in side.commands:
                for event in decide(command, state):
                    position += 1
                    state = evolve(state, event, Stamp(NOW, position))
        assert position >= 2 * pairs
        return 2 * pairs / (time.perf_counter() - began)

    return measure


def _peer(side: Side, pairs: int) -> Callable[[], float]:
    def measure() -> float:
        state, log, began = side.dict_state(), [], time.perf_counter()  # type: ignore[var-annotated]
        for _ in range(pairs):
            for command in side.dicts:
                side.peer(state, command, log)
        assert len(log) == 2 * pairs
        return 2 * pairs / (time.perf_counter() - began)

    return measure


def _sides() -> Iterator[Side]:
    yield Side(
        "dialog",
        dialog,
        dialog.Dialog(phase="assigned", channel="shop", assignee="anna", opened_at=NOW),
        (ask.Hold(until=NOW), ask.Unhold()),
        handlers.dialog,
        lambda: {"held": False, "until": None},
        ({"kind": "hold", "until": NOW}, {"kind": "unhold"}),
    )
    yield Side(
        "channel",
        channel,
        next(one for one in STATES.values() if isinstance(one, channel.Channel) and one.phase == "connected"),
        (channel.Save(changes={"weight": 7}, at=NOW), channel.Save(changes={"weight": 8}, at=NOW)),
        handlers.channel,
        lambda: {"weight": 1, "version": 1},
        ({"changes": {"weight": 7}}, {"changes": {"weight": 8}}),
    )
    yield Side(
        "agent",
        agent,
        agent.Agent(exists=True, presence="ready", capacity=5),
        (agent.Reserve(dialog="d1", offer="o1", weight=1), agent.Release(dialog="d1", reason="declined")),
        handlers.agent,
        lambda: {"slots": {}, "capacity": 5},
        ({"kind": "reserve", "dialog": "d1", "weight": 1}, {"kind": "release", "dialog": "d1"}),
    )
    yield Side(
        "group",
        group,
        group.Group(exists=True, members=("anna", "boris")),
        (group.Configure(changes={"answer_wait": 30}), group.Configure(changes={"answer_wait": 45})),
        handlers.group,
        lambda: {"answer_wait": 60},
        ({"answer_wait": 30}, {"answer_wait": 45}),
    )
