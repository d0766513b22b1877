"""Timers on a real store: nothing is lost behind the floor, an index finds what is due, races have one outcome (§7)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adapters.feed.timers import FULL_SWEEP, MARGIN, PAGE, Floor, Ticker, due
from domain.desk.administration import SetSchedule
from domain.desk.waking import WakeDialog
from domain.dialog.events import Closed
from domain.working_time import Interval
from processors.distribution import PAGE as LOOK
from tests.desk import open_shop, says
from tests.loop import quiet
from tests.store import Store, store

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self, _: datetime) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[Store]:
    with store(clock=clock) as made:
        open_shop(made)
        yield made


def execute(dsn: str, statement: str, *values: Any) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement, values)  # type: ignore[call-overload]


def closed(shop: Store) -> list[str]:
    return [one.entity for one in shop.log.read(0, 10_000) if isinstance(one.event, Closed)]


@pytest.mark.requirement("G02", "G09")
def test_a_timer_set_below_the_floor_is_found_by_the_sweep(shop: Store, clock: Clock) -> None:
    """A long transaction may commit a timer that was due before the last tick."""
    dialog = shop.do(says("vera")).answer["dialog"]
    quiet(shop)
    ticker = Ticker(shop.database, shop.executor)
    with shop.database.connect() as connection:
        execute(shop.dsn, "UPDATE parley.timer SET check_at = '9999-01-01Z'")
        clock.now += timedelta(hours=3)
        ticker.tick(connection, clock.now)
        execute(shop.dsn, "UPDATE parley.timer SET check_at = %s", clock.now - MARGIN - HOUR)
        assert ticker.tick(connection, clock.now) == 0, "behind the floor nothing is walked"
        ticker._floor._swept -= FULL_SWEEP + 1
        assert ticker.tick(connection, clock.now) == 1
    assert closed(shop) == [dialog]


@pytest.mark.requirement("G02")
def test_the_floor_leaves_a_margin_and_a_sweep_comes_once_a_minute() -> None:
    floor = Floor()
    first = floor.next(0.0)
    floor.drained(NOON)
    assert first < floor.next(1.0) == NOON - MARGIN
    assert floor.next(FULL_SWEEP) == NOON - MARGIN
    assert floor.next(FULL_SWEEP + 1.0) == first


@pytest.mark.requirement("G10")
@pytest.mark.parametrize("analysed", [False, True])
def test_what_is_due_is_found_by_the_index_also_when_everything_is(shop: Store, analysed: bool) -> None:
    with shop.database.connect() as connection:
        connection.execute(
            "INSERT INTO parley.timer SELECT 0, 'acme', 'dialog-' || n, %s + n * interval '1 ms'"
            " FROM generate_series(1, 10000) AS n",
            (NOON - HOUR,),
        )
    if analysed:
        execute(shop.owner_dsn, "ANALYZE parley.timer")
    with shop.database.connect() as connection:
        found = due(connection, 0, datetime.min.replace(tzinfo=UTC), NOON)
        assert [stream for _, stream in found] == [f"dialog-{n}" for n in range(1, PAGE + 1)]
        plan = connection.execute(
            "EXPLAIN SELECT tenant, stream FROM parley.timer WHERE lane = 0 AND check_at > '-infinity'"
            " AND check_at <= %s ORDER BY check_at LIMIT 500",
            (NOON,),
        ).fetchall()
    told = "\n".join(line for (line,) in plan)
    assert "Index Scan using timer_due" in told, told
    assert "Sort" not in told


@pytest.mark.requirement("G09", "G10")
def test_more_than_a_page_is_closed_in_the_order_of_the_deadlines(shop: Store, clock: Clock) -> None:
    count = PAGE + 40
    opened = []
    for number in range(count):
        clock.now += timedelta(seconds=1)
        opened.append(shop.do(says(f"customer {number}")).answer["dialog"])
    clock.now += timedelta(days=3)
    quiet(shop, timers=clock.now)
    events = [one.event for one in shop.log.read(0, 100_000) if isinstance(one.event, Closed)]
    assert len(closed(shop)) == count
    assert sorted(closed(shop)) == sorted(opened)
    deadlines = [event.deadline for event in events if event.deadline]
    assert deadlines[:PAGE] == sorted(deadlines[:PAGE])
    assert deadlines[PAGE:] == sorted(deadlines[PAGE:])
    assert {event.late_by > 0 for event in events if event.late_by is not None} == {True}


@pytest.mark.requirement("G05")
def test_a_message_and_the_timer_at_once_have_one_of_two_outcomes(shop: Store, clock: Clock) -> None:
    """Twelve races through one barrier; in each either the message came first or the close did."""
    seen = set()
    for number in range(12):
        customer = f"racer {number}"
        dialog = shop.do(says(customer)).answer["dialog"]
        clock.now += HOUR
        barrier = threading.Barrier(2)
        answers: dict[str, Any] = {}

        def run(name: str, command: Any, gate: threading.Barrier = barrier, told: Any = answers) -> None:
            gate.wait()
            told[name] = shop.do(command)

        jobs = (("close", WakeDialog(dialog=dialog)), ("message", says(customer, "Me again")))
        threads = [threading.Thread(target=run, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kinds = [one.event.kind for one in shop.log.stream("acme", f"dialog-{dialog}")]
        first = answers["message"].answer["dialog"] == dialog
        assert ("dialog.closed" in kinds) is not first
        assert kinds.count("dialog.message_received") == (2 if first else 1)
        seen.add(first)
    assert seen


WEEK = tuple((Interval(start=9 * 60, end=18 * 60),) for _ in range(7))


@pytest.mark.requirement("H07")
def test_at_opening_a_crowd_is_one_timer_and_one_look(clock: Clock) -> None:
    crowd = 300
    with store(clock=clock) as made:
        made.do(SetSchedule(schedule="hours", name="Hours", zone="UTC", week=WEEK))
        open_shop(made, schedule="hours", auto_close={"value": 7, "unit": "days"})
        clock.now = NOON.replace(hour=20)
        dialogs = [made.do(says(f"customer {number}")).answer["dialog"] for number in range(crowd)]
        quiet(made, timers=clock.now)
        opening = NOON.replace(hour=9) + timedelta(days=1)
        assert made.rows("SELECT stream FROM parley.timer WHERE check_at = %s", opening) == [("schedule-hours",)]
        before, clock.now = made.log.head(), opening
        with made.database.connect() as connection:
            assert Ticker(made.database, made.executor).tick(connection, opening) == 1
        quiet(made)
        new = made.log.read(before, 100_000)
        offered = [one.entity for one in new if one.event.kind == "dialog.offers_made"]
        assert offered == dialogs[: len(offered)]
        assert offered
        assert len(new) <= 3 * len(offered) + LOOK, "only one page of those who must wait on is written about"
