"""When truths are looked at: after every step, at rest, or when the last timer has rung."""

from __future__ import annotations

from collections.abc import Callable

from tests.domain.laws import LAWS
from tests.simulation.machine import Simulation

Truth = Callable[[Simulation], None]
AT_REST: list[Truth] = []
AT_HOME: list[Truth] = [*LAWS]  # type: ignore[list-item]


ALWAYS: list[Truth] = []


def always(function: Truth) -> Truth:
    """Holds after every single step; must be quick."""
    ALWAYS.append(function)
    return function


def at_rest(function: Truth) -> Truth:
    AT_REST.append(function)
    return at_home(function)


def at_home(function: Truth) -> Truth:
    AT_HOME.append(function)
    return function
