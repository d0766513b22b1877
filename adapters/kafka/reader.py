"""One consumer's reading of its topics: taking its place when partitions come, applying batches, healing a lost place.

Whatever goes wrong with the database, a batch is tried again until it succeeds or we stop: it is never passed by.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from time import monotonic
from typing import Any

import psycopg
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from kafka.errors import KafkaError as AdminError

from adapters.feed import Consumer
from adapters.kafka.batches import Delivered, apply_batch
from adapters.kafka.catch_up import take_places
from adapters.kafka.following import Tally
from adapters.kafka.positions import Place
from adapters.kafka.records import read
from adapters.kafka.subscriber import subscribe
from adapters.kafka.topics import Known, Span, survey, topics_heard
from adapters.store.database import Connection, Database

log = logging.getLogger("parley.kafka")

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
HINT_SECONDS = 1.0
FAULTS = (psycopg.Error, KafkaError, AdminError, OSError, TimeoutError)


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]
    """`consumer` over the topics that it hears. `tally` counts since the start."""

    def __init__(
        self, database: Database, bootstrap: str, consumer: Consumer, prefix: str, lane: int, stopping: asyncio.Event
    ) -> None:
        self.consumer = consumer
        self.topics = [prefix + topic for topic in topics_heard(consumer.hears)]
        self.tally = Tally()
        self._database = database
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._lane = lane
        self._stopping = stopping
        self._subscriber: Any = None
        self._known: dict[str, Known] = {}
        self._moving: set[TopicPartition] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection: Connection | None = None
        self._hinted = 0.0

    def subscribe(self, broker: KafkaBroker, group: str) -> None:
        self._subscriber = subscribe(broker, self.topics, f"{group}.{self.consumer.name}", self, self.take)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def know(self, known: Mapping[str, Known]) -> None:
        """A topic that was deleted and made again has another incarnation: take our places in it."""
        before, self._known = self._known, {topic: known[topic] for topic in self.topics if topic in known}
        other = {t for t, one in self._known.items() if t in before and before[t].incarnation != one.incarnation}
        self._take(part for part in self._subscriber.consumer.assignment() if part.topic in other)

    def ends(self) -> dict[Place, int]:
        """Where the topics ended when they were looked at last."""
        return {
            Place(topic, one.incarnation, n): span.end
            for topic, one in self._known.items()
            for n, span in enumerate(one.spans)
        }

    def place(self, part: Any) -> Place:
        """`part`: anything with a topic and a partition. A topic that we do not know yet has no place of ours."""
        known = self._known.get(part.topic)
        return Place(part.topic, known.incarnation if known else "", part.partition)

    # -- partitions come --------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Nothing to do: who comes after us finds the positions, and the row lock holds us off."""

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """The group waits for this, so the past is read beside it."""
        self._take(assigned)

    def _take(self, parts: Iterable[TopicPartition]) -> None:
        mine = {part for part in parts if part not in self._moving} & self._subscriber.consumer.assignment()
        if not mine:
            return
        self._subscriber.consumer.pause(*mine)
        self._moving |= mine
        task = asyncio.create_task(self._take_places(mine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_places(self, parts: set[TopicPartition]) -> None:
        """Seek each partition to its stored position; where there is none, the log is read first."""
        found = await self._persistently(lambda: self._find(parts), "take its place")
        self._moving -= parts
        mine = parts & self._subscriber.consumer.assignment() if self._subscriber.consumer else set()
        for part in mine:
            if found and part in found:
                self._subscriber.consumer.seek(part, found[part])
        if mine:
            self._subscriber.consumer.resume(*mine)

    async def _find(self, parts: set[TopicPartition]) -> dict[TopicPartition, int]:
        known = await asyncio.to_thread(survey, self._bootstrap, self.topics)
        self.know(known)
        spans = {self.place(part): known[part.topic].spans[part.partition] for part in parts if part.topic in known}
        found = await asyncio.to_thread(self._take_from, spans)
        return {TopicPartition(place.topic, place.partition): offset for place, offset in found.items()}

    def _take_from(self, spans: Mapping[Place, Span]) -> dict[Place, int]:
        counts = {topic: one.partitions for topic, one in self._known.items()}
        with self._database.connect() as connection:
            return take_places(
                connection,
                self.consumer,
                spans,
                counts,
                prefix=self._prefix,
                lane=self._lane,
                stopping=self._stopping.is_set,
            )

    # -- batches come -----------------------------------------------------------------------------------------------

    async def take(self, message: KafkaMessage) -> None:
        tally = await self._persistently(lambda: asyncio.to_thread(self._apply, message.raw_message), "apply a batch")
        if tally is None:
            return
        self.tally.add(tally)
        self._take(TopicPartition(place.topic, place.partition) for place in tally.lost)
        if monotonic() - self._hinted > HINT_SECONDS:
            self._hinted = monotonic()
            await message.ack()

    def _apply(self, records: Any) -> Tally:
        batch: dict[Place, list[Delivered]] = defaultdict(list)
        for one in records:
            batch[self.place(one)].append(Delivered(one.offset, read(one.key, one.value, one.headers)))
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = self._database.connect()
        return apply_batch(self._connection, self.consumer, batch, self._lane)

    async def _persistently(self, work: Callable[[], Any], what: str) -> Any:
        """Until it succeeds. None: we are stopping."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                return await work()
            except Exception as error:  # passing a batch by would lose it, whatever the reason
                level = logging.WARNING if isinstance(error, FAULTS) else logging.ERROR
                log.log(level, "%s cannot %s: %s: %s", self.consumer.name, what, type(error).__name__, error)
            await rest(self._stopping, pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, LONGEST_PAUSE)
        return None


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep, but not beyond a stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
