"""What queueing theory says: loss, waiting, patience, queues of one's own, chats that slow each other down.

`rate` = arrivals a second, `work` = mean handling time, `load` = rate · work in erlangs, `patience` = mean, all
exponential. Sources: Erlang 1917 (B, C); Palm 1957 (A); Takács for E_k/M/1; the rest are small Markov chains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp

TAIL = 1e-14
"""States less likely than this are left out."""


def erlang_b(servers: int, load: float) -> float:
    """The share of customers who find every server busy and leave."""
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


def loss_shares(servers: int, load: float) -> list[float]:
    """Occupancy of each server where the first free one of a fixed order is taken."""
    return [load * (erlang_b(place, load) - erlang_b(place + 1, load)) for place in range(servers)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of all customers: the share that waits, the mean wait, the mean number waiting, the share that leaves.

    `busy` = mean number of servers at work, `occupancy` = its share of all.
    """

    p_wait: float
    wait: float
    queue: float
    abandoned: float
    occupancy: float
    busy: float
    level: Callable[[float], float]
    """The share of all that is served within so many seconds."""


def erlang_c(rate: float, work: float, servers: int) -> Waiting:
    """M/M/c: everybody waits until it is his turn."""
    load = rate * work
    blocked = erlang_b(servers, load)
    p_wait = servers * blocked / (servers - load * (1 - blocked))
    drain = servers / work - rate
    return Waiting(
        p_wait=p_wait,
        wait=p_wait / drain,
        queue=p_wait * rate / drain,
        abandoned=0.0,
        occupancy=load / servers,
        busy=load,
        level=lambda seconds: 1 - p_wait * exp(-drain * seconds),
    )


def erlang_a(rate: float, work: float, servers: int, patience: float) -> Waiting:
    """M/M/c+M: a birth-death chain; who has waited longer than his patience leaves."""
    chances = list(_erlang_a_chances(rate, work, servers, patience))
    queue = sum((there - servers) * chance for there, chance in enumerate(chances) if there > servers)
    busy = sum(min(there, servers) * chance for there, chance in enumerate(chances))
    return Waiting(
        p_wait=sum(chances[servers:]),
        wait=queue / rate,
        queue=queue,
        abandoned=queue / rate / patience,
        occupancy=busy / servers,
        busy=busy,
        level=lambda seconds: _served_within(seconds, chances, work, servers, patience),
    )


def _erlang_a_chances(rate: float, work: float, servers: int, patience: float) -> Iterator[float]:
    weights, there = [1.0], 0
    while there <= servers or weights[-1] > TAIL * max(weights):
        there += 1
        weights.append(weights[-1] * rate / (min(there, servers) / work + max(there - servers, 0) / patience))
    total = sum(weights)
    return (weight / total for weight in weights)


def _served_within(seconds: float, chances: list[float], work: float, servers: int, patience: float) -> float:
    """Who finds k waiting is served after exponential steps of rates c·mu + j·theta, j = k … 0, if he outstays them.

    Weighted with his own patience each rate grows by theta; the sum of such steps is -ln(Beta)/theta.
    """
    drain, theta = servers / work, 1 / patience
    shape, x = drain / theta + 1, exp(-seconds / patience)
    served, stays, term, tail = sum(chances[:servers]), 1.0, 1.0, 1.0
    for ahead, chance in enumerate(chances[servers:]):
        stays *= (drain + ahead * theta) / (drain + (ahead + 1) * theta)
        served += chance * stays * (1 - x**shape * tail)
        term *= (shape + ahead) / (ahead + 1) * (1 - x)
        tail += term
    return served


def in_turns(servers: int, occupancy: float, work: float = 1.0) -> float:
    """Mean wait where customers are dealt out in turns, a queue before each server: E_c/M/1."""
    sigma = occupancy
    for _ in range(10_000):
        sigma = (servers * occupancy / (servers * occupancy + 1 - sigma)) ** servers
    return work * sigma / (1 - sigma)


def by_lot(occupancy: float, work: float = 1.0) -> float:
    """Mean wait where each customer draws a server and waits before him: M/M/1."""
    return work * occupancy / (1 - occupancy)


@dataclass(frozen=True, slots=True)
class Chats:
    """Mean handling time and wait, and the share that waits."""

    handling: float
    wait: float
    p_wait: float


Chosen = dict[int, float]
Rule = Callable[[tuple[int, int], int], Chosen]
"""(chats of each of two agents, who was last offered) → agent → chance, among those with a free slot."""


def least_busy(open_: tuple[int, int], last: int) -> Chosen:
    return {1 - last: 1.0} if open_[0] == open_[1] else {open_.index(min(open_)): 1.0}


def round_robin(open_: tuple[int, int], last: int) -> Chosen:
    return {1 - last: 1.0}


def random(open_: tuple[int, int], last: int) -> Chosen:
    return {0: 0.5, 1: 0.5}


def in_order(open_: tuple[int, int], last: int) -> Chosen:
    return {0: 1.0}


def most_busy(open_: tuple[int, int], last: int) -> Chosen:
    """Not a rule of ours; here to be compared with the table."""
    return {1 - last: 1.0} if open_[0] == open_[1] else {open_.index(max(open_)): 1.0}


CHAT_RULES: dict[str, Rule] = {
    "least_busy": least_busy,
    "round_robin": round_robin,
    "random": random,
    "in_order": in_order,
}
State = tuple[int, int, int, int]
"""Chats of the first and of the second, who was last offered, how many wait."""


def chats(rate: float, rule: Rule, rates: tuple[float, ...], longest: int = 80) -> Chats:
    """Two agents with `len(rates)` slots, the k-th chat slowing all: `rates[k - 1]` each; one queue when all are full.

    Solved by Gauss-Seidel; queues beyond `longest` are left out.
    """
    chances = _stationary(rate, rule, rates, longest)
    there = sum((a + b) * chance for (a, b, _, _), chance in chances.items())
    waiting = sum(n * chance for (_, _, _, n), chance in chances.items())
    slots = len(rates)
    full = sum(chance for (a, b, _, _), chance in chances.items() if a == b == slots)
    return Chats(handling=there / rate, wait=waiting / rate, p_wait=full)


def _stationary(rate: float, rule: Rule, rates: tuple[float, ...], longest: int) -> dict[State, float]:
    slots = len(rates)
    states = [(a, b, last, 0) for a in range(slots + 1) for b in range(slots + 1) for last in (0, 1)]
    states += [(slots, slots, last, n) for n in range(1, longest + 1) for last in (0, 1)]
    into: dict[State, list[tuple[State, float]]] = {state: [] for state in states}
    out = dict.fromkeys(states, 0.0)
    for state in states:
        for to, speed in _moves(state, rate, rule, rates, longest):
            into[to].append((state, speed))
            out[state] += speed
    chances = dict.fromkeys(states, 1 / len(states))
    for _ in range(5_000):
        change = 0.0
        for state in states:
            new = sum(chances[before] * speed for before, speed in into[state]) / out[state]
            change = max(change, abs(new - chances[state]))
            chances[state] = new
        total = sum(chances.values())
        chances = {state: chance / total for state, chance in chances.items()}
        if change < 1e-13:
            break
    return chances


def _moves(
    state: State, rate: float, rule: Rule, rates: tuple[float, ...], longest: int
) -> Iterator[tuple[State, float]]:
    a, b, last, waiting = state
    slots = len(rates)
    if a == b == slots:
        if waiting < longest:
            yield (a, b, last, waiting + 1), rate
    else:
        free = [who for who, has in enumerate((a, b)) if has < slots]
        chosen = rule((a, b), last) if len(free) == 2 else {free[0]: 1.0}
        for who, chance in chosen.items():
            yield (a + (who == 0), b + (who == 1), who, 0), rate * chance
    for who, has in enumerate((a, b)):
        if has and waiting:
            yield (a, b, who, waiting - 1), has * rates[has - 1]
        elif has:
            yield (a - (who == 0), b - (who == 1), last, 0), has * rates[has - 1]
