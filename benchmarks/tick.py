"""A tick that finds nothing due, in a table of a million timers; also while an analyst's snapshot is open.

Timers are consumed at the front of their index, so that is where dead entries gather while a snapshot keeps them from
being cleaned up. Here 150,000 timers at the front are re-armed, 500 a (virtual) second, and after each 500 a tick looks
again. Ours begins to look at its floor; the control is the same ticker in the same run without one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import psycopg

from adapters.feed.timers import BEGINNING, Floor, Ticker
from adapters.store.database import Connection
from benchmarks.report import Comparison
from tests.store import TENANT, Store, store

TIMERS, FRONT, PAGE, LOOKS = 1_000_000, 150_000, 500, 2_000
GOAL = 2.0
FILL = """
INSERT INTO parley.timer (lane, tenant, stream, check_at)
SELECT 0, %s, 'dialog-' || md5(number::text),
       CASE WHEN number <= %s THEN %s::timestamptz + make_interval(secs => ceil(number / %s::float8))
            ELSE %s::timestamptz + interval '1 day' + make_interval(secs => number / 100.0) END
FROM generate_series(1, %s) AS number
"""
REARM = """
UPDATE parley.timer SET check_at = check_at + interval '30 minutes'
WHERE lane = 0 AND check_at > %s AND check_at <= %s
"""


class NoFloor(Floor):
    """The control: every tick begins at the beginning."""

    def next(self, seconds: float) -> datetime:
        return BEGINNING


def run(*, smoke: bool) -> Iterator[Comparison]:
    timers, front, looks = (5_000, 2_000, 50) if smoke else (TIMERS, FRONT, LOOKS)
    with store() as shop:
        begin = shop.rows("SELECT clock_timestamp()")[0][0] + timedelta(hours=1)
        _fill(shop, timers, front, begin)
        with shop.database.connect() as connection:
            ticker = Ticker(shop.database, shop.executor)
            times = sorted(_timed(partial(ticker.tick, connection)) for _ in range(looks))
            yield from _lines(f"an empty tick, {timers:,} timers", times, goal=GOAL)
            yield from _with_a_snapshot(shop, connection, front, begin)


def _fill(shop: Store, timers: int, front: int, begin: datetime) -> None:
    with psycopg.connect(shop.owner_dsn, autocommit=True) as owner:
        owner.execute(FILL, (TENANT, front, begin, PAGE, begin, timers))
        owner.execute("VACUUM ANALYZE parley.timer")


def _with_a_snapshot(shop: Store, connection: Connection, front: int, begin: datetime) -> Iterator[Comparison]:
    ours, control = Ticker(shop.database, shop.executor), Ticker(shop.database, shop.executor)
    control._floor = NoFloor()
    times: list[float] = []
    without: list[float] = []
    with psycopg.connect(shop.dsn) as analyst:
        analyst.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        analyst.execute("SELECT count(*) FROM parley.tenant")
        for second in range(1, front // PAGE + 1):
            now = begin + timedelta(seconds=second)
            moved = connection.execute(REARM, (now - timedelta(seconds=1), now), prepare=True).rowcount
            assert moved == PAGE, f"{moved} re-armed"
            times.append(_timed(partial(ours.tick, connection, now)))
            without.append(_timed(partial(control.tick, connection, now)))
        analyst.rollback()
    last = len(times) // 10 or 1
    what = f"the same after {front:,} re-arms, snapshot open"
    yield from _lines(what, sorted(times[-last:]), sorted(without[-last:]))
    yield Comparison("the slowest of all these ticks, ms", max(times), max(without), "without the floor")


def _lines(
    what: str, ours: list[float], peer: list[float] | None = None, goal: float | None = None
) -> Iterator[Comparison]:
    for name, share in (("median", 0.5), ("p99", 0.99)):
        at = int(len(ours) * share)
        theirs = peer[at] if peer else None
        yield Comparison(
            f"{what}, {name} ms",
            ours[at],
            theirs,
            "without the floor" if peer else "",
            at_most=goal if name == "median" else None,
        )


def _timed(do: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    assert do() == 0, "something was due"
    return (time.perf_counter() - began) * 1000
