"""What chance decides for each customer, drawn beforehand: the same customers for every rule and every peer."""

from __future__ import annotations

from random import Random
from typing import NamedTuple


class Draw(NamedTuple):
    """Seconds: since the customer before, work that he brings, how long he would wait (None = for ever)."""

    gap: float
    work: float
    patience: float | None


def poisson(n: int, *, rate: float, work: float, patience: float | None, seed: str) -> list[Draw]:
    """Poisson arrivals at `rate` a second; work and patience are exponential with these means; patience 0 = none."""
    gaps, works, patiences = (Random(f"{seed} {what}") for what in ("gaps", "works", "patiences"))
    return [
        Draw(
            gaps.expovariate(rate),
            works.expovariate(1 / work),
            patiences.expovariate(1 / patience) if patience else patience,
        )
        for _ in range(n)
    ]
