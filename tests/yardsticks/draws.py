"""What chance decides for each customer, drawn beforehand: the same customers for every rule and every peer."""

from __future__ import annotations

import hashlib
import hmac
from random import Random
from typing import NamedTuple


class Draw(NamedTuple):
    """Seconds: since the customer before, work that he brings, how long he would wait (None = for ever).

    `lot` is added when his dialog has its id: the number that the rule `random` draws for it.
    """

    gap: float
    work: float
    patience: float | None
    lot: int = 0


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


def lot(seed: str, dialog: str) -> int:
    """As the behaviour page has it (§6): an HMAC of dialog, round and attempt; the agent is its remainder."""
    return int(hmac.new(seed.encode(), f"{dialog}|1|1".encode(), hashlib.sha256).hexdigest(), 16)
