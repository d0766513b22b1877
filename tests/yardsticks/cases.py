"""The cases of the table: who comes, who answers, what theory says, and which peers share their luck.

Case numbers are those of the analysis page. Seconds throughout; cases 4 and 5 take the mean handling time as the unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from domain.group import Algorithm
from tests.yardsticks import closed_forms as theory
from tests.yardsticks import peers
from tests.yardsticks.centre import Centre, Rules, Visit, Work
from tests.yardsticks.peers import Fate, Peer
from tests.yardsticks.working import AtOnce, OneByOne, sharing

HOUR, SOON = 3600, 20.0
SLOWING = (1.0, 0.7, 0.5)
FAIR: tuple[Algorithm, ...] = ("round_robin", "least_busy", "random")

Figure = Callable[[Visit], float]
PeerFigure = Callable[[Fate], float]


class Control(NamedTuple):
    """A figure of a peer with the same customers, and its true mean."""

    peer: Peer
    figure: PeerFigure
    mean: float


@dataclass(frozen=True)
class Measure:
    """A figure of one customer whose mean theory knows. `rare`: too few customers have it to be measured to 3 %."""

    name: str
    figure: Figure
    expected: float
    controls: tuple[Control, ...] = ()
    rare: bool = False


@dataclass(frozen=True)
class Case:
    """`customers` of a replication are counted, after `warm` of whom nothing is counted."""

    name: str
    rules: Rules
    rate: float
    work: float
    patience: float | None
    measures: tuple[Measure, ...]
    working: Callable[[Centre], Work] = AtOnce
    customers: int = 1_000
    warm: int = 100
    replications: int = 24

    def sized(self, customers: int, replications: int) -> Case:
        return replace(self, customers=customers, replications=replications)


def waited(visit: Visit) -> float:
    return float(visit.wait > 0)


def wait(visit: Visit) -> float:
    return visit.wait


def left(visit: Visit) -> float:
    return float(visit.agent is None)


def soon(visit: Visit) -> float:
    return float(visit.agent is not None and visit.wait <= SOON)


def handling(visit: Visit) -> float:
    return visit.handling


# -- cases 1 and 2: a common queue ----------------------------------------------------------------------------------

Neighbours = dict[int, theory.Waiting]
"""Number of agents → what theory says of the same load on so many agents, each as much slower or quicker."""


def waiting(name: str, rate: float, work: float, agents: int, algorithm: Algorithm = "round_robin") -> Case:
    """Everybody waits until it is his turn (Erlang C)."""
    found = theory.erlang_c(rate, work, agents)
    near = {n: theory.erlang_c(rate, work * n / agents, n) for n in (agents - 1, agents + 1, agents + 2) if n > 0}
    measures = (
        Measure("P(wait)", waited, found.p_wait, _near(near, agents, _peer_waited, lambda w: w.p_wait)),
        Measure("mean wait, s", wait, found.wait, _near(near, agents, _peer_wait, lambda w: w.wait)),
        Measure(
            "served within 20 s", soon, found.level(SOON), _near(near, agents, _peer_soon, lambda w: w.level(SOON))
        ),
    )
    return Case(name, Rules(algorithm, agents), rate, work, None, measures, warm=200)


def impatient(name: str, rate: float, work: float, agents: int, patience: float) -> Case:
    """Who has waited longer than his patience leaves (Erlang A)."""
    found = theory.erlang_a(rate, work, agents, patience)
    near = {n: theory.erlang_a(rate, work * n / agents, n, patience) for n in (agents - 1, agents + 1)}
    measures = (
        Measure("P(wait)", waited, found.p_wait, _near(near, agents, _peer_waited, lambda w: w.p_wait)),
        Measure("P(abandon)", left, found.abandoned, _near(near, agents, _peer_left, lambda w: w.abandoned)),
        Measure("mean wait of all, s", wait, found.wait, _near(near, agents, _peer_wait, lambda w: w.wait)),
        Measure(
            "occupancy",
            lambda visit: visit.handling * rate / agents,
            found.occupancy,
            _near(near, agents, lambda fate: fate.handling, lambda w: w.busy / rate),
        ),
        Measure(
            "served within 20 s", soon, found.level(SOON), _near(near, agents, _peer_soon, lambda w: w.level(SOON))
        ),
    )
    return Case(name, Rules("round_robin", agents), rate, work, patience, measures)


def _near(
    near: Neighbours, agents: int, figure: PeerFigure, mean: Callable[[theory.Waiting], float]
) -> tuple[Control, ...]:
    return tuple(Control(peers.common_queue(n, slower=n / agents), figure, mean(form)) for n, form in near.items())


def _peer_waited(fate: Fate) -> float:
    return float(fate.wait > 0)


def _peer_wait(fate: Fate) -> float:
    return fate.wait


def _peer_left(fate: Fate) -> float:
    return float(not fate.served)


def _peer_soon(fate: Fate) -> float:
    return float(fate.served and fate.wait <= SOON)


# -- cases 3 and 7: nobody waits ------------------------------------------------------------------------------------


def refused(name: str, load: float, agents: int, algorithm: Algorithm, *, shares: bool = False, slots: int = 1) -> Case:
    """Who finds every slot taken leaves at once (Erlang B); `shares`: the occupancy of each agent (case 3)."""
    servers = agents * slots
    controls = tuple(
        Control(peers.common_queue(n), _peer_left, theory.erlang_b(n, load)) for n in (servers - 1, servers + 1)
    )
    lost = Measure("P(refused)", left, theory.erlang_b(servers, load), controls)
    return Case(
        name,
        Rules(algorithm, agents, capacity=slots),
        load,
        1.0,
        0.0,
        (lost, *(_shares(load, agents, algorithm) if shares else ())),
    )


def _shares(load: float, agents: int, algorithm: Algorithm) -> list[Measure]:
    controls = tuple(
        Control(peers.common_queue(n), lambda fate: fate.handling, 1 - theory.erlang_b(n, load))
        for n in (agents - 1, agents + 1)
    )
    fixed = theory.loss_shares(agents, load)
    expected = fixed if algorithm == "in_order" else [sum(fixed) / agents] * agents
    return [
        Measure(f"occupancy of agent {number}", _worked(f"agent{number}", load), share, controls)
        for number, share in enumerate(expected, 1)
    ]


def _worked(agent: str, rate: float) -> Figure:
    """Its mean over all customers is the agent's occupancy."""
    return lambda visit: visit.handling * rate if visit.agent == agent else 0.0


# -- case 4: pushed at the arrival ----------------------------------------------------------------------------------


def pushed(name: str, algorithm: Algorithm, occupancy: float, expected: float, agents: int = 4) -> Case:
    """Each agent has a queue of his own: he accepts whatever comes and handles one after the other.

    The engine is told so by a capacity that nobody reaches; load, and so `least_busy`, counts those who wait for him.
    """
    rate = agents * occupancy
    controls = [
        Control(peers.common_queue(agents), _peer_wait, theory.erlang_c(rate, 1.0, agents).wait),
        Control(peers.common_queue(1, slower=1 / agents), _peer_wait, theory.erlang_c(rate, 1 / agents, 1).wait),
    ]
    controls += [
        Control(peers.in_turns(agents, slower=share), _peer_wait, theory.in_turns(agents, occupancy * share) * share)
        for share in (0.9, 0.75)
    ]
    measure = Measure("mean wait", wait, expected, tuple(controls))
    return Case(
        name,
        Rules(algorithm, agents, capacity=1_000),
        rate,
        1.0,
        None,
        (measure,),
        OneByOne,
        warm=600 if occupancy > 0.5 else 100,
    )


def pushed_to_common(name: str, occupancy: float) -> Case:
    """The same customers in one queue, for comparison: M/M/4."""
    return replace(waiting(name, 4 * occupancy, 1.0, 4), measures=waiting(name, 4 * occupancy, 1.0, 4).measures[:2])


# -- case 5: chats that slow each other down ------------------------------------------------------------------------


def chatting(name: str, algorithm: Algorithm, rate: float) -> Case:
    """Two agents with three slots; a common queue when all six are taken."""
    found = theory.chats(rate, theory.CHAT_RULES[algorithm], SLOWING)
    six = Control(peers.common_queue(6, slower=2.0), _peer_wait, theory.erlang_c(rate, 2.0, 6).wait)
    waits = Control(six.peer, _peer_waited, theory.erlang_c(rate, 2.0, 6).p_wait)
    rare = found.p_wait < 0.05
    return Case(
        name,
        Rules(algorithm, 2, capacity=3),
        rate,
        1.0,
        None,
        (
            Measure("handling", handling, found.handling, (six, waits)),
            Measure("wait", wait, found.wait, (six, waits), rare),
            Measure("P(wait)", waited, found.p_wait, (six, waits), rare),
            Measure("handling + wait", lambda v: v.handling + v.wait, found.handling + found.wait, (six, waits)),
        ),
        sharing(SLOWING),
        warm=200,
    )


# -- all of them ----------------------------------------------------------------------------------------------------


def _cases() -> list[Case]:
    hundred = 100 / HOUR
    return [
        waiting("1a M/M/7", hundred, 180, 7).sized(1_500, 24),
        waiting("1b M/M/1", 30 / HOUR, 60, 1).sized(1_500, 24),
        impatient("2a M/M/5+M", hundred, 180, 5, 300),
        impatient("2b M/M/4+M", hundred, 180, 4, 120),
        impatient("2c M/M/5+M, patience = work", hundred, 180, 5, 180),
        impatient("2d M/M/5+M, twice too many", 2 * hundred, 180, 5, 300),
        *(refused(f"3 {rule}", 5, 7, rule, shares=True).sized(2_000, 24) for rule in ("in_order", *FAIR)),
        *(case for occupancy in (0.5, 0.8) for case in _pushed_at(occupancy)),
        *(chatting(f"5 {rule}, {rate} a unit", rule, rate) for rate in (1.2, 2.4) for rule in ("in_order", *FAIR)),
        refused("7 M/M/15/15", 10, 15, "round_robin").sized(2_000, 24),
        refused("7 two agents of 3 slots", 4, 2, "least_busy", slots=3).sized(2_000, 24),
    ]


def _pushed_at(occupancy: float) -> list[Case]:
    """Only the shortest queue has no closed form; it is asked for apart."""
    lots = (4_000, 48) if occupancy > 0.5 else (2_000, 24)
    return [
        pushed(f"4 random, {occupancy}", "random", occupancy, theory.by_lot(occupancy)).sized(*lots),
        pushed(f"4 round_robin, {occupancy}", "round_robin", occupancy, theory.in_turns(4, occupancy)).sized(1_500, 24),
        pushed_to_common(f"4 common queue, {occupancy}", occupancy).sized(1_500, 24),
    ]


CASES = {case.name: case for case in _cases()}
SHORTEST = pushed("4 least_busy, 0.8", "least_busy", 0.8, 0.95).sized(2_000, 24)
"""Join the shortest queue: simulated elsewhere at 0.94 to 0.96, so the middle of that is its theory here."""
