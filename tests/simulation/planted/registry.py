"""Where planted faults are registered, each with the invariant that it breaks and the truths that may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


class Planted(NamedTuple):
    """`found_by`: truths of which at least one must break."""

    plant: Plant
    invariant: int
    found_by: tuple[str, ...]


DEFECTS: dict[str, Planted] = {}
HASHED: dict[str, Plant] = {}
"""Faults that only show between two processes, which hash differently: by comparing what they have logged."""


def defect(invariant: int, *found_by: str) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        DEFECTS[plant.__name__.replace("_", " ")] = Planted(plant, invariant, found_by)
        return plant

    return register
