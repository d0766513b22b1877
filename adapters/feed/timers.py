"""The ticker: looks at dialogs whose moment has come, page by page in the order of their moments (reliability §4.3).

A row only says "look at it now". What is due is computed under the lane lock; the same transaction moves or removes
the row. Several tickers may run: the worst they do is to look twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic

import psycopg

from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain.desk.presence import LeaseOver
from domain.desk.waking import WakeDialog, WakeSchedule
from domain.errors import Rejected

log = logging.getLogger("parley.timers")

PAGE = 500
TICK = 1.0
FULL_SWEEP = 60.0
MARGIN = timedelta(seconds=60)
BEGINNING = datetime.min.replace(tzinfo=UTC)


class Floor:
    """The end of the last fully drained tick minus a margin: dead index entries before it are not walked.

    The first tick and then one a minute go without it, so that the floor can never lose a timer.
    """

    def __init__(self) -> None:
        self._end = BEGINNING
        self._swept = -inf

    def next(self, seconds: float) -> datetime:
        """Where this tick begins to look. `seconds`: of any clock that does not go back."""
        if seconds - self._swept > FULL_SWEEP:
            self._swept = seconds
            return BEGINNING
        return self._end

    def drained(self, now: datetime) -> None:
        """Everything due at `now` has been looked at."""
        self._end = now - MARGIN


class Ticker:
    """One lane's. `tick` looks at what is due now; `start` does so every second."""

    def __init__(
        self, database: Database, executor: Executor, *, lane: int = 0, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._executor = executor
        self._lane = lane
        self._wake = wake
        self._floor = Floor()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"ticker-{lane}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def tick(self, connection: Connection, now: datetime | None = None) -> int:
        """Look at everything due at `now` (None = the database's clock). Returns how many dialogs."""
        now = now or _database_clock(connection)
        floor = self._floor.next(monotonic())
        looked = 0
        while page := due(connection, self._lane, floor, now):
            self._look(page)
            looked += len(page)
            if len(page) < PAGE:
                break
        self._floor.drained(now)
        if looked:
            self._wake()
        return looked

    def _look(self, page: Sequence[tuple[str, str]]) -> None:
        requests = [Request(tenant=tenant, command=wake_up(stream), remember=False) for tenant, stream in page]
        for (_, stream), result in zip(page, self._executor.execute_all(requests), strict=True):
            if isinstance(result, Rejected):
                log.error("the timer of %s was refused: %s", stream, result.code)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.connect() as connection:
                    while not self._stop.wait(TICK):
                        self.tick(connection)
            except (psycopg.Error, Rejected) as error:
                log.warning("ticker interrupted: %s", type(error).__name__)
                self._stop.wait(TICK)


def wake_up(stream: str) -> WakeDialog | WakeSchedule | LeaseOver:
    """What to do when the timer of a stream rings."""
    prefix, _, ident = stream.partition("-")
    match prefix:
        case "agent":
            return LeaseOver(agent=ident)
        case "schedule":
            return WakeSchedule(schedule=ident)
        case _:
            return WakeDialog(dialog=ident)


def due(connection: Connection, lane: int, floor: datetime, now: datetime) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT tenant, stream FROM parley.timer WHERE lane = %s AND check_at > %s AND check_at <= %s"
        " ORDER BY check_at LIMIT %s",
        (lane, floor, now, PAGE),
        prepare=True,
    ).fetchall()


def next_due(connection: Connection, lane: int) -> datetime | None:
    """The moment of the earliest timer: where virtual time may jump to."""
    row = connection.execute(
        "SELECT check_at FROM parley.timer WHERE lane = %s ORDER BY check_at LIMIT 1", (lane,), prepare=True
    ).fetchone()
    return row[0] if row else None


def _database_clock(connection: Connection) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
