"""Sending a page: one batch a partition, all acknowledged before anybody moves on, so a failure can leave no gap.

Batches are built here and not by the producer's linger: a page is complete when it is sent, so nothing is gained by
waiting. A partition never has two batches of ours in flight: what does not fit goes in the next wave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from adapters.kafka.records import Record
from adapters.kafka.topics import Known

REQUEST_MS = 10_000
BATCH_BYTES = 512 * 1024
_REMEMBERED = 100_000
Place = tuple[str, int]


def new_producer(bootstrap: str) -> Any:
    """acks=all and idempotent: a retry inside one producer neither repeats nor reorders."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=BATCH_BYTES,
        max_request_size=1024 * 1024,
        request_timeout_ms=REQUEST_MS,
    )


class PageSender:
    """Puts `prefix` before topics' names; `known` has these whole names. Keys go where Java's and aiokafka's default
    puts them."""

    def __init__(self, producer: Any, known: Mapping[str, Known], prefix: str = "") -> None:
        self._producer = producer
        self._prefix = prefix
        self._counts = {topic: one.partitions for topic, one in known.items()}
        self._places: dict[bytes, Place] = {}

    async def send(self, records: Iterable[Record]) -> None:
        """Returns when all are acknowledged. Raises KafkaError; then nothing is known but that the page must be sent
        again by another producer."""
        waiting = list(records)
        while waiting:
            waiting = await self._wave(waiting)

    async def _wave(self, records: Sequence[Record]) -> list[Record]:
        """One batch a partition. Returns what did not fit, in order."""
        batches: dict[Place, Any] = {}
        full: set[Place] = set()
        later = []
        for record in records:
            place = self._place(record)
            batch = batches.get(place)
            if batch is None:
                batch = batches[place] = self._producer.create_batch()
            fits = place not in full and batch.append(
                timestamp=None, key=record.key, value=record.value, headers=record.headers
            )
            if not fits:
                full.add(place)
                later.append(record)
        await self._acknowledged(batches)
        return later

    async def _acknowledged(self, batches: dict[Place, Any]) -> None:
        sent = []
        for (topic, partition), batch in batches.items():
            batch.close()  # complete: the producer need not linger
            sent.append(await self._producer.send_batch(batch, self._prefix + topic, partition=partition))
        for outcome in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def _place(self, record: Record) -> Place:
        place = self._places.get(record.key)
        if place is None or place[0] != record.topic:
            place = (record.topic, partition_of(record.key, self._counts[self._prefix + record.topic]))
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            self._places[record.key] = place
        return place


def partition_of(key: bytes, partitions: int) -> int:
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
