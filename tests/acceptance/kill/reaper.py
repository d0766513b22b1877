"""The reaper: kill -9, again and again, of anybody, while the work goes on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from time import monotonic, sleep
from typing import NamedTuple

from tests.acceptance.kill.deployment import POSTGRES, Deployment
from tests.acceptance.kill.ledger import Ledger

BETWEEN = (0.3, 1.2)
WORK = 15
"""So many answers are waited for between two kills: a kill teaches something only while work goes on."""
PATIENCE = 60.0
READERS = ("process", "project")
"""They come first in every round: a reader that has died is missed by Kafka only after 45 s."""


class Killed(NamedTuple):
    """`at`: seconds since the reaping began; `answers`: lines in the ledger at that moment."""

    at: float
    name: str
    pid: int
    answers: int


def reap(
    deployment: Deployment, ledger: Ledger, kills: int, chance: random.Random, victims: Sequence[str] = ()
) -> list[Killed]:
    """Everybody in turn, in an order of chance, PostgreSQL twice as often. Says what it does."""
    began, killed, bag = monotonic(), list[Killed](), list[str]()
    wanted = list(victims) or [POSTGRES, *deployment.names]
    while len(killed) < kills:
        bag = bag or sorted(chance.sample(wanted, len(wanted)), key=READERS.__contains__)
        _let_them_work(ledger)
        sleep(chance.uniform(*BETWEEN))
        name = bag.pop()
        pid = deployment.kill(name, chance)
        killed.append(Killed(monotonic() - began, name, pid, ledger.lines))
        print(f"{killed[-1].at:6.1f} s  kill -9 {name} ({pid}) after {ledger.lines} answers")
    return killed


def _let_them_work(ledger: Ledger) -> None:
    """Until some more was answered."""
    wanted, end = ledger.lines + WORK, monotonic() + PATIENCE
    while ledger.lines < wanted:
        assert monotonic() < end, f"for {PATIENCE} s nothing was answered any more"
        sleep(0.02)
