"""Planting faults: what the files `planted_<area>.py` share. A fault is registered with the check that must see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.errors import Rejected
from domain.group import ALGORITHMS
from tests.domain.laws import Broken, check
from tests.domain.moves import an_office, play, random_moves

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
Watch = Callable[[], None]
DEFECTS: dict[str, tuple[Plant, Watch]] = {}


def defect(watch: Watch) -> Callable[[Plant], Plant]:
    """Registers a fault under its name in words, together with the check that must see it."""

    def register(plant: Plant) -> Plant:
        DEFECTS[plant.__name__.replace("_", " ")] = (plant, watch)
        return plant

    return register


def any_day() -> None:
    """Random days under every rule; the laws are checked after each step."""
    for seed in range(25):
        here = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
        try:
            play(here, random_moves(seed, 90), lambda _: None)
        except Rejected as refusal:
            raise Broken(f"a processor was refused: {refusal.code}") from refusal
        check(here)
