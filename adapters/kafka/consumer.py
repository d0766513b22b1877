"""The feed from Kafka, with the interface of the feed from the log: a consumer cannot tell which one it is on.

Each consumer is a group of its own, so processes with the same consumer share its partitions. What has no topic
(customers, quarantine, …) reaches it straight from the log. A slow round now and then notes in `parley.tracking` how
far a consumer has applied everything, as the other feed does, for freshness, for rebuilds and for changing feeds.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from logging import ERROR, WARNING
from time import monotonic

from adapters.feed import Consumer
from adapters.feed.log_feed import LogFeed
from adapters.kafka.cursor import cursor_of
from adapters.kafka.following import Tally
from adapters.kafka.positions import register
from adapters.kafka.progress import Mark, Progress
from adapters.kafka.reader import FAULTS, FIRST_PAUSE, LONGEST_PAUSE, Reader, rest
from adapters.kafka.subscriber import new_broker
from adapters.kafka.topics import topics_heard
from adapters.kafka.unpublished import Unpublished, hears_unpublished
from adapters.store.database import Connection, Database
from domain.recorded import Recorded

log = logging.getLogger("parley.kafka")

TEND_SECONDS = 1.0
TOPICS_EVERY = 10
"""Quiet rounds of tending before the topics' incarnations are looked at again."""


class KafkaFeed:
    """`start` returns at once; while Kafka or PostgreSQL is away the feed waits for it."""

    def __init__(
        self,
        database: Database,
        bootstrap: str,
        consumers: Sequence[Consumer],
        *,
        prefix: str = "",
        group: str = "parley",
        lane: int = 0,
    ) -> None:
        self._database = database
        self._bootstrap = bootstrap
        self._consumers = list(consumers)
        self._prefix = prefix
        self._group = group if lane == 0 else f"{group}.{lane}"
        self._lane = lane
        self._log_feed = LogFeed(
            database, [_from_the_log(one, lane) for one in consumers if hears_unpublished(one)], lane=lane
        )
        self._progress = Progress(database, bootstrap, lane)
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._readers: list[Reader] = []
        self._thread = threading.Thread(target=self._run, name="kafka-feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self, events: Sequence[Recorded] = ()) -> None:
        """Something was committed. Topics wake us by themselves; this is for what has none."""
        self._log_feed.wake(events)

    def stop(self) -> None:
        self._stop.set()
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            with suppress(RuntimeError):  # the loop has just ended by itself
                loop.call_soon_threadsafe(stopping.set)
        if self._thread.is_alive():
            self._thread.join()
        self._log_feed.stop()

    def tallies(self) -> dict[str, Tally]:
        """By consumer: what became of the records since the connection to Kafka was made."""
        return {reader.consumer.name: reader.tally for reader in self._readers}

    def wait(self, position: int, *, consumer: str | None = None, timeout: float = 5.0) -> bool:
        """Has everything up to `position` been published and applied, within `timeout` seconds (J07)?"""
        end = monotonic() + timeout
        wanted = [one for one in self._consumers if consumer in (None, one.name)]
        for one in wanted:
            if hears_unpublished(one) and not self._log_feed.wait(
                position, consumer=_from_the_log(one, self._lane).name, timeout=max(0.0, end - monotonic())
            ):
                return False
        with self._database.pool.connection() as connection:
            while not self._all_applied(connection, wanted, position, end):
                if monotonic() > end:
                    return False
                self._stop.wait(0.01)
        return True

    def _all_applied(self, connection: Connection, wanted: Sequence[Consumer], position: int, end: float) -> bool:
        readers = [one for one in self._readers if one.consumer in wanted]
        if len(readers) < sum(bool(topics_heard(one.hears)) for one in wanted):
            return False  # not connected yet
        if cursor_of(connection, self._lane) < position:
            return False
        marks = self._marks(readers, end)
        for reader, mark in marks.items():
            while not self._progress.reached(connection, reader, mark):
                if monotonic() > end or self._stop.wait(0.003):
                    return False
        return len(marks) == len(readers)

    def _marks(self, readers: Sequence[Reader], end: float) -> dict[Reader, Mark]:
        loop = self._loop
        if loop is None or loop.is_closed():
            return {}
        asking = asyncio.run_coroutine_threadsafe(self._progress.marks(readers), loop)
        try:
            return asking.result(max(0.01, end - monotonic()))
        except (*FAULTS, CancelledError):
            asking.cancel()
            return {}

    # -- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause, registered = FIRST_PAUSE, False
        while not self._stop.is_set():
            began = monotonic()
            try:
                if not registered:
                    self._register()
                    self._log_feed.start()
                    registered = True
                asyncio.run(self._session())
            except (
                Exception,
                asyncio.CancelledError,
            ) as error:  # a feed that ended for ever would be worse
                known = isinstance(error, FAULTS)
                log.log(WARNING if known else ERROR, "the feed from Kafka begins again: %s", error, exc_info=not known)
            pause = FIRST_PAUSE if monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self._stop.wait(pause)

    def _register(self) -> None:
        with self._database.connect() as connection:
            for one in self._consumers:
                if topics_heard(one.hears):
                    register(connection, one.name, self._lane, unpublished=hears_unpublished(one))

    async def _session(self) -> None:
        """From connecting to a stop; Kafka's own clients live through its outages."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        if self._stop.is_set():
            return
        heard = [one for one in self._consumers if topics_heard(one.hears)]
        self._loop.set_default_executor(ThreadPoolExecutor(2 * len(heard) + 2, "kafka-feed"))
        broker = new_broker(self._bootstrap)
        readers = [
            Reader(self._database, self._bootstrap, one, self._prefix, self._lane, self._stopping) for one in heard
        ]
        for reader in readers:
            reader.subscribe(broker, self._group)
        try:
            await broker.start()
            self._readers = readers
            await self._tend(readers, self._stopping)
        finally:
            self._readers = []
            self._stopping.set()
            await broker.stop()
            for reader in readers:
                await reader.close()

    async def _tend(self, readers: Sequence[Reader], stopping: asyncio.Event) -> None:
        """Until stopped: note how far the consumers have come, and look whether the topics are still the same."""
        marks: dict[Reader, Mark] = {}
        noted, quiet = 0, 0
        while not stopping.is_set():
            try:
                published = await asyncio.to_thread(self._progress.published)
                quiet += 1
                if published > noted or quiet >= TOPICS_EVERY:
                    marks = await self._progress.marks(readers) | marks
                    noted, quiet = published, 0
                for reader in await asyncio.to_thread(self._progress.all_reached, marks):
                    noted = min(noted, marks.pop(reader).position)
            except FAULTS as error:
                log.warning("the feed from Kafka cannot be tended: %s: %s", type(error).__name__, error)
            await rest(stopping, TEND_SECONDS)


def _from_the_log(consumer: Consumer, lane: int) -> Consumer:
    """Who hears nothing of the topics stays as it is on the other feed."""
    return Unpublished(consumer, lane) if topics_heard(consumer.hears) else consumer


__all__ = ["KafkaFeed"]
