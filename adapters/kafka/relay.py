"""The relay: the log, in its order, to the topics. One is active, others stand by; intake never waits for it.

A page is sent, all of it is acknowledged, then the cursor is saved: after a crash a page may be sent twice, but nothing
is missing and nothing changes its place. On any failure the producer is closed and the relay goes on from the stored
cursor. The leader's lock belongs to the session that also saves the cursor, so who has lost it can save nothing.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from logging import ERROR, WARNING
from time import monotonic
from typing import Any, NamedTuple

import psycopg
from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminError

from adapters.kafka import settings
from adapters.kafka.carrying import topics_then_cursor
from adapters.kafka.cursor import cursor_of, epoch_of, head_of, move_cursor
from adapters.kafka.fence import refuse_fork
from adapters.kafka.pages import PageSender, new_producer
from adapters.kafka.records import Record, UnknownStream, Writer
from adapters.kafka.topics import EVENT_TOPICS, Known, survey
from adapters.store.database import Connection, Database
from adapters.store.log import fetch
from domain.errors import Rejected, Unavailable
from domain.recorded import Recorded

log = logging.getLogger("parley.kafka")

LOCK = 7035
PAGE = 2000
POLL = 0.2
STAND_BY = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
TROUBLES = (psycopg.Error, KafkaError, AdminError, Rejected, UnknownStream, OSError, TimeoutError)


class Page(NamedTuple):
    """`last`: the position up to which it brings the topics; None = the log has ended."""

    records: list[Record]
    last: int | None


class Relay:
    """One lane's. `start` returns at once; `trouble` says why nothing moves, None while all is well."""

    def __init__(
        self, database: Database, bootstrap: str, *, prefix: str = "", lane: int = 0, page: int = PAGE
    ) -> None:
        self.position = 0
        self.leading = False
        self.trouble: BaseException | None = None
        self._database = database
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._lane = lane
        self._page = page
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name=f"relay-{lane}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self, events: Sequence[Recorded] = ()) -> None:
        """Something was committed. Give this to `Executor.on_commit`; it never blocks."""
        loop, woken = self._loop, self._woken
        if loop is not None and woken is not None:
            with suppress(RuntimeError):  # the loop has just ended; whoever comes next polls anyway
                loop.call_soon_threadsafe(woken.set)

    def stop(self) -> None:
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()

    def lag(self) -> int:
        """Events in the log that no relay has published yet."""
        with self._database.pool.connection() as connection:
            return head_of(connection, self._lane) - cursor_of(connection, self._lane)

    def wait(self, position: int, timeout: float = 10.0) -> bool:
        """Was everything up to `position` published, within `timeout` seconds?"""
        end = monotonic() + timeout
        with self._database.pool.connection() as connection:
            while cursor_of(connection, self._lane) < position:
                if monotonic() > end:
                    return False
                self.wake()
                self._stopping.wait(0.005)
        return True

    # -- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                asyncio.run(self._session())
            except (
                Exception,
                asyncio.CancelledError,
            ) as trouble:  # begin again from the stored cursor
                self.trouble = trouble
                pause = FIRST_PAUSE if self.leading else pause
                known = isinstance(trouble, TROUBLES)
                sentence = "relay of lane %s stands still for %.1f s: %s: %s"
                name = type(trouble).__name__
                log.log(WARNING if known else ERROR, sentence, self._lane, pause, name, trouble, exc_info=not known)
            self.leading = False
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _session(self) -> None:
        """Until stopped or until something fails: wait for the lead, then relay."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        with self._database.connect() as connection:
            connection.execute("SET synchronous_commit = off")  # a cursor lost in a crash only repeats a page
            while not self._take_lead(connection):
                if await self._pause(STAND_BY):
                    return
            await self._lead(connection)

    def _take_lead(self, connection: Connection) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK, self._lane)).fetchone()
        return bool(row and row[0])

    async def _lead(self, connection: Connection) -> None:
        epoch = epoch_of(connection)
        head = head_of(connection, self._lane)
        known = await asyncio.to_thread(self._survey)
        await refuse_fork(self._bootstrap, known, lane=self._lane, epoch=epoch, head=head)
        producer = new_producer(self._bootstrap)
        try:
            await producer.start()
            sender = PageSender(producer, known, self._prefix)
            self.position = cursor_of(connection, self._lane)
            self.leading, self.trouble = True, None
            await self._relay(connection, sender, Writer(self._lane, epoch))
        finally:
            await _closed(producer)

    def _survey(self) -> dict[str, Known]:
        topics = [self._prefix + topic for topic in (*EVENT_TOPICS, settings.TOPIC)]
        known = survey(self._bootstrap, topics)
        if missing := [topic for topic in topics if topic not in known]:
            sentence = f"These topics are not there and must be made first: {', '.join(missing)}."
            raise Unavailable("kafka_topic_missing", sentence, topics=missing)
        return known

    async def _relay(self, connection: Connection, sender: PageSender, writer: Writer) -> None:
        """Prepares the next page while this one is on its way; sends it only when this one's cursor is saved."""

        def prepare(after: int) -> Awaitable[Page]:
            return asyncio.create_task(asyncio.to_thread(self._prepare, connection, writer, after))

        page = await prepare(self.position)
        while not self._stopping.is_set():
            if page.last is None:
                await self._pause(POLL)
                page = await prepare(self.position)
                continue
            coming = prepare(page.last)
            try:
                await self.carry(connection, sender, page.records, page.last)
            finally:
                page = await coming

    async def carry(self, connection: Connection, sender: PageSender, records: Sequence[Record], last: int) -> None:
        await topics_then_cursor(sender.send, lambda at: self.save(connection, at), records, last)

    def save(self, connection: Connection, position: int) -> None:
        move_cursor(connection, self._lane, position)
        self.position = position

    def _prepare(self, connection: Connection, writer: Writer, after: int) -> Page:
        rows = fetch(connection, after, self._page, lane=self._lane)
        records = [record for row in rows if (record := writer.record(row)) is not None]
        records += settings.latest(connection, writer, rows)
        return Page(records, rows[-1].position if rows else None)

    async def _pause(self, seconds: float) -> bool:
        """Sleep unless woken. True: stop."""
        assert self._woken is not None
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return self._stopping.is_set()
        self._woken.clear()
        return self._stopping.is_set()


async def _closed(producer: Any) -> None:
    """What it still holds will be sent again by the next one, so nobody waits long for it."""
    try:
        await asyncio.wait_for(producer.stop(), 2.0)
    except (KafkaError, TimeoutError) as error:
        log.info("the producer did not close in time: %s", type(error).__name__)
