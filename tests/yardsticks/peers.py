"""Other centres with the same customers: recursions of a few lines, whose means are known and which have no engine.

They serve twice. With the numbers of a case they must agree with the engine customer by customer. With other numbers
(an agent more, an agent fewer) they are control variates: what chance did to them, it did to the engine too.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from tests.yardsticks.draws import Draw


class Fate(NamedTuple):
    """Seconds waited and handled; `served` = he did not leave before his turn."""

    wait: float
    handling: float
    served: bool


Peer = Callable[[Sequence[Draw]], list[Fate]]


@cache
def common_queue(servers: int, *, slower: float = 1.0) -> Peer:
    """First come, first served, by whoever is free first; work takes `slower` times as long."""

    def run(draws: Sequence[Draw]) -> list[Fate]:
        free = [0.0] * servers
        return [_served_or_gone(free, now, draw, slower) for now, draw in _arrivals(draws)]

    return run


def _served_or_gone(free: list[float], now: float, draw: Draw, slower: float) -> Fate:
    wait = max(free[0] - now, 0.0)
    if draw.patience is not None and wait > draw.patience:
        return Fate(draw.patience, 0.0, served=False)
    heapq.heapreplace(free, now + wait + draw.work * slower)
    return Fate(wait, draw.work * slower, served=True)


@cache
def in_turns(servers: int, *, slower: float = 1.0) -> Peer:
    """Dealt out in turns, a queue before each server."""

    def run(draws: Sequence[Draw]) -> list[Fate]:
        free, fates = [0.0] * servers, []
        for number, (now, draw) in enumerate(_arrivals(draws)):
            wait = max(free[number % servers] - now, 0.0)
            free[number % servers] = now + wait + draw.work * slower
            fates.append(Fate(wait, draw.work * slower, served=True))
        return fates

    return run


def _arrivals(draws: Sequence[Draw]) -> Iterable[tuple[float, Draw]]:
    now = 0.0
    for draw in draws:
        now += draw.gap
        yield now, draw
