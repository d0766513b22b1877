"""The feed straight from the log: each consumer reads on from its own position, page by page.

Polling is the truth; a wake-up after a commit only shortens the wait. The position moves in the transaction of the
effect, under a row lock, so two processes with the same consumer take turns and nothing is applied twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from time import monotonic

import psycopg

from adapters.feed import Consumer
from adapters.feed.parking import apply_rows
from adapters.store.database import Connection, Database
from adapters.store.log import fetch
from domain.recorded import Recorded

log = logging.getLogger("parley.feed")

PAGE = 2_000
POLL = 0.2
LONGEST_PAUSE = 30.0


class LogFeed:
    """Runs consumers over one lane, a thread each. `pump` does the same in the caller's thread, to the head."""

    def __init__(self, database: Database, consumers: Sequence[Consumer], *, lane: int = 0, page: int = PAGE) -> None:
        self._database = database
        self._lane = lane
        self._page = page
        self._stop = threading.Event()
        self._followers = [_Follower(self, consumer) for consumer in consumers]

    def start(self) -> None:
        for follower in self._followers:
            follower.thread.start()

    def wake(self, events: Sequence[Recorded] = ()) -> None:
        """Something was committed. Give this to `Executor.on_commit`."""
        for follower in self._followers:
            follower.woken.set()

    def pump(self) -> int:
        """Bring every consumer to the head now. Returns how many events were read."""
        with self._database.pool.connection() as connection:
            return sum(_to_the_head(connection, one.consumer, self._lane, self._page) for one in self._followers)

    def wait(self, position: int, *, consumer: str | None = None, timeout: float = 5.0) -> bool:
        """Has everything up to `position` been applied, within `timeout` seconds (J07)?"""
        end = monotonic() + timeout
        wanted = [one for one in self._followers if consumer in (None, one.consumer.name)]
        with self._database.pool.connection() as connection:
            while any(position_of(connection, one.consumer.name, self._lane) < position for one in wanted):
                if monotonic() > end:
                    return False
                self.wake()
                self._stop.wait(0.002)
        return True

    def stop(self) -> None:
        self._stop.set()
        self.wake()
        for follower in self._followers:
            if follower.thread.is_alive():
                follower.thread.join()


class _Follower:
    def __init__(self, feed: LogFeed, consumer: Consumer) -> None:
        self.feed = feed
        self.consumer = consumer
        self.woken = threading.Event()
        self.thread = threading.Thread(target=self._follow, name=f"feed-{consumer.name}", daemon=True)

    def _follow(self) -> None:
        feed, pause = self.feed, POLL
        while not feed._stop.is_set():
            self.woken.clear()
            try:
                with feed._database.connect() as connection:
                    pause = POLL
                    self._live(connection)
            except psycopg.Error as error:
                log.warning("feed of %s interrupted: %s", self.consumer.name, type(error).__name__)
                feed._stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _live(self, connection: Connection) -> None:
        feed = self.feed
        while not feed._stop.is_set():
            self.woken.clear()
            _to_the_head(connection, self.consumer, feed._lane, feed._page)
            self.woken.wait(POLL)


def _to_the_head(connection: Connection, consumer: Consumer, lane: int, page: int) -> int:
    total = 0
    while read := one_page(connection, consumer, lane, page):
        total += read
        if read < page:
            break
    return total


def one_page(connection: Connection, consumer: Consumer, lane: int, page: int) -> int:
    """Read and apply one page in one transaction. Returns how many events the page had."""
    after = position_of(connection, consumer.name, lane)
    if not _anything(connection, lane, after):
        return 0
    with connection.transaction():
        after = _locked(connection, consumer.name, lane)
        rows = fetch(connection, after, page, lane=lane)
        heard = [row for row in rows if consumer.hears is None or row.kind in consumer.hears]
        if heard:
            apply_rows(consumer, connection, heard, lane)
        if rows:
            move(connection, consumer.name, lane, rows[-1].position)
    return len(rows)


def _anything(connection: Connection, lane: int, after: int) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM parley.event WHERE lane = %s AND position > %s)", (lane, after), prepare=True
    ).fetchone()
    return bool(row and row[0])


def position_of(connection: Connection, consumer: str, lane: int) -> int:
    row = connection.execute(
        "SELECT position FROM parley.tracking WHERE consumer = %s AND lane = %s", (consumer, lane), prepare=True
    ).fetchone()
    return int(row[0]) if row else 0


def _locked(connection: Connection, consumer: str, lane: int) -> int:
    connection.execute(
        "INSERT INTO parley.tracking (consumer, lane, position) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
        (consumer, lane),
        prepare=True,
    )
    row = connection.execute(
        "SELECT position FROM parley.tracking WHERE consumer = %s AND lane = %s FOR UPDATE",
        (consumer, lane),
        prepare=True,
    ).fetchone()
    assert row is not None
    return int(row[0])


def move(connection: Connection, consumer: str, lane: int, position: int) -> None:
    connection.execute(
        "UPDATE parley.tracking SET position = %s WHERE consumer = %s AND lane = %s",
        (position, consumer, lane),
        prepare=True,
    )
