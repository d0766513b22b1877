"""Where moves are registered, by their names."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.machine import Simulation

Step = Callable[[Simulation, int, int, int], None]
MOVES: dict[str, Step] = {}
RESTING = frozenset({"rests", "dies_in_silence", "a_mark_is_lost_in_silence"})
"""Moves that end when everybody has come to rest."""


def move(function: Step) -> Step:
    MOVES[function.__name__] = function
    return function
