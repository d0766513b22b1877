"""Idle dialogs that are all due at once, as after an outage, closed in the order of their deadlines.

Ours: the real ticker on a fresh executor, which knows none of the dialogs yet: page by page through the whole path
(heads read, deadlines computed from activity, holds and settings, events, heads, queue or slots, timers).
Once with dialogs that still wait in a group, once with dialogs that agents hold, five each.
Peer: a hand-written loop that believes a stored moment, one dialog a transaction, and 500.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from adapters.feed.timers import PAGE, Ticker
from adapters.store.executor import Executor
from adapters.store.requests import Outcome, Request
from benchmarks.peers import idle_closer
from benchmarks.report import Comparison
from domain.desk.administration import SetAgent, SetPresence
from domain.desk.answering import TakeDialog
from processors import ALL_HANDLERS
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

GOAL = 3_000
DIALOGS, HELD, SLOTS = 100_000, 20_000, 5
LATER = timedelta(hours=3)
STEP = 500


class Shifted:
    """The database's clock, moved on when told."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self, now: datetime) -> datetime:
        return now + self.by


def run(*, smoke: bool) -> Iterator[Comparison]:
    waiting, held = (1_000, 500) if smoke else (DIALOGS, HELD)
    for what, dialogs, with_agents in (("waiting", waiting, False), ("with agents", held, True)):
        clock = Shifted()
        with store(clock=clock) as shop:
            _fill(shop, dialogs, with_agents)
            clock.by = LATER
            ours = dialogs / _drain(shop, clock, dialogs)
            _check(shop, dialogs)
            for page, name in ((1, "SKIP LOCKED, one a transaction"), (PAGE, "SKIP LOCKED, 500 a transaction")):
                peers = min(dialogs, 5_000) if page == 1 else dialogs
                idle_closer.prepare(shop.owner_dsn, peers)
                began = time.perf_counter()
                assert idle_closer.drain(shop.owner_dsn, page) == peers
                peer = peers / (time.perf_counter() - began)
                yield Comparison(f"idle closes, {dialogs:,} {what}, closes/s", ours, peer, name, no_less=GOAL)


def _fill(shop: Store, dialogs: int, with_agents: bool) -> None:
    open_shop(shop, ready=False)
    opened = _all(shop, [says(f"customer {number}", "x" * 200) for number in range(dialogs)])
    if not with_agents:
        return
    agents = [f"agent{number}" for number in range(dialogs // SLOTS + 1)]
    _all(shop, [SetAgent(agent=agent, name=agent, capacity=SLOTS) for agent in agents])
    _all(shop, [SetPresence(agent=agent, to="ready") for agent in agents])
    names = enumerate(outcome.answer["dialog"] for outcome in opened)
    _all(shop, [TakeDialog(dialog=one, agent=agents[at // SLOTS], by="sofia") for at, one in names])


def _all(shop: Store, commands: Sequence[object]) -> list[Outcome]:
    outcomes = []
    for start in range(0, len(commands), STEP):
        requests = [Request(tenant=TENANT, command=command) for command in commands[start : start + STEP]]
        for result in shop.executor.execute_all(requests):
            assert isinstance(result, Outcome), result
            outcomes.append(result)
    return outcomes


def _drain(shop: Store, clock: Shifted, dialogs: int) -> float:
    """Seconds, on an executor that starts cold."""
    executor = Executor(shop.database, shop.vault, handlers=ALL_HANDLERS, clock=clock)
    try:
        with shop.database.connect() as connection:
            connection.execute("SELECT 1")
            ticker = Ticker(shop.database, executor)
            now = shop.rows("SELECT clock_timestamp()")[0][0] + LATER
            began = time.perf_counter()
            assert ticker.tick(connection, now) == dialogs
            return time.perf_counter() - began
    finally:
        executor.close()


def _check(shop: Store, dialogs: int) -> None:
    """Each closed once, in the order of deadlines, and nothing left to look at."""
    closed = shop.rows(
        "SELECT convert_from(data, 'UTF8')::jsonb ->> 'deadline' FROM parley.event"
        " WHERE kind = 'dialog.closed' ORDER BY position"
    )
    deadlines = [datetime.fromisoformat(deadline) for (deadline,) in closed]
    assert len(deadlines) == dialogs
    assert deadlines == sorted(deadlines), "closed out of order"
    assert shop.rows("SELECT count(*) FROM parley.timer WHERE starts_with(stream, 'dialog-')") == [(0,)]
