"""Choosing among 200 agents: how many waiting dialogs a plan decides about in a second, with each of the five rules.

Ours: the whole plan, with the decision that explains it: who was looked at, why others were not chosen, whose turn
it is afterwards. Peers: the bare `min()` over 200 ready rows, and the loop that asks everybody anew for each dialog.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from benchmarks.load import interleaved
from benchmarks.peers import choosing as peers
from benchmarks.report import Comparison
from domain.agent import Agent
from domain.dialog.events import Target
from domain.dialog.state import Dialog
from domain.group import ALGORITHMS, Algorithm, Group
from domain.rotation import Rotation
from processors.distribution.desk import Desk
from processors.distribution.plan import Waiting, plan

AGENTS, DIALOGS, CAPACITY = 200, 500, 5
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = tuple(f"agent-{number:03}" for number in range(AGENTS))


def run(*, smoke: bool) -> Iterator[Comparison]:
    rounds, dialogs = (1, 20) if smoke else (5, DIALOGS)
    sides = [_per_second(_ours(algorithm, dialogs), dialogs) for algorithm in ALGORITHMS]
    peer = [_per_second(_floor(dialogs), dialogs), _per_second(_naive(dialogs), dialogs)]
    *ours, floor, naive = interleaved([*sides, *peer], rounds)
    for algorithm, figure in zip(ALGORITHMS, ours, strict=True):
        yield Comparison(f"choosing among 200, {algorithm}, dialogs/s", figure, floor, "a bare min() of 200 rows")
        yield Comparison(f"choosing among 200, {algorithm}, dialogs/s", figure, naive, "a loop that asks all anew")


def _per_second(job: Callable[[], int], dialogs: int) -> Callable[[], float]:
    def measure() -> float:
        began = time.perf_counter()
        assert job() == dialogs
        return dialogs / (time.perf_counter() - began)

    return measure


def _ours(algorithm: Algorithm, dialogs: int) -> Callable[[], int]:
    queue = [Waiting(f"dialog-{number}", _dialog(number)) for number in range(dialogs)]
    return lambda: len(plan(queue, _desk(algorithm)))


def _desk(algorithm: Algorithm) -> Desk:
    """Two in three are ready; loads of 0 and 1."""
    agents = {name: _agent(name, place) for place, name in enumerate(NAMES)}
    return Desk(
        group_id="support",
        group=Group(exists=True, members=NAMES, algorithm=algorithm, seed="seed", width=5),
        group_version=1,
        agents=agents,
        loads={name: place % 2 for place, name in enumerate(NAMES)},
        rotation=Rotation(order=NAMES),
        now=NOW,
    )


def _agent(name: str, place: int) -> Agent:
    presence = "away" if place % 3 == 2 else "ready"
    return Agent(exists=True, name=name, presence=presence, capacity=CAPACITY)  # type: ignore[arg-type]


def _dialog(position: int) -> Dialog:
    target = Target(kind="group", id="support")
    return Dialog(phase="queued", channel="shop", target=target, queued_at=NOW, queued_position=position + 1)


def _floor(dialogs: int) -> Callable[[], int]:
    rows = [(place % 2, -1, place, "a") for place in range(AGENTS)]
    return lambda: peers.floor(rows, dialogs)


def _naive(dialogs: int) -> Callable[[], int]:
    def job() -> int:
        agents = [
            peers.Agent(name, place % 3 != 2, frozenset(), place % 2, CAPACITY) for place, name in enumerate(NAMES)
        ]
        return peers.read_all_decide_one(agents, dialogs)

    return job
