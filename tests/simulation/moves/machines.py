"""Machines run, and time passes."""

from __future__ import annotations

from datetime import timedelta

from adapters.store.derived import NEVER
from tests.simulation.machine import Simulation
from tests.simulation.moves.registry import move


@move
def runs(sim: Simulation, serial: int, a: int, b: int) -> None:
    """One loop, or somebody outside, does a few steps."""
    place = (a * 60 + b) % (len(sim.loops) + len(sim.clients))
    if place < len(sim.loops):
        for _ in range(b % 8 + 1):
            if not sim.step(sim.loops[place]):
                break
    else:
        sim.step_client(list(sim.clients)[place - len(sim.loops)])


@move
def bustle(sim: Simulation, serial: int, a: int, b: int) -> None:
    sim.bustle(a, b % 3 + 1)


@move
def rests(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Nothing fails until everybody has come to rest; then the truths are looked at."""
    sim.settle()


@move
def clock(sim: Simulation, serial: int, a: int, b: int) -> None:
    sim.now += timedelta(seconds=sim.shape.pace * (a / 60) ** 2, microseconds=b)


@move
def to_the_moment(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Time goes on to the next timer, or to just before or behind it."""
    moments = sorted(moment for moment in sim.heads.timers.values() if moment != NEVER and moment > sim.now)
    if moments:
        sim.now = max(sim.now, moments[0] + timedelta(microseconds=b % 3 - 1))


@move
def stands_still(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Nobody runs for hours or days."""
    sim.now += timedelta(hours=a + 1) if b % 2 else timedelta(minutes=a)
