"""Real topics for a test, relays on them, and what stands in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from adapters.kafka.reading import Reading
from adapters.kafka.relay import Relay
from adapters.kafka.topics import survey
from adapters.kafka.verify import Report, verify
from tests.store import Store

SECONDS = 20.0


@dataclass
class Wire:
    """A store and the topics of its log."""

    store: Store
    address: str
    prefix: str

    def relay(self, kind: type[Relay] = Relay, **options: Any) -> Relay:
        return kind(self.store.database, self.address, prefix=self.prefix, **options)

    @contextmanager
    def relaying(self, relay: Relay | None = None) -> Iterator[Relay]:
        running = relay or self.relay()
        running.start()
        try:
            yield running
        finally:
            running.stop()

    def publish_all(self) -> None:
        with self.relaying() as relay:
            assert relay.wait(self.store.log.head(), SECONDS)

    def verify(self) -> Report:
        return verify(self.store.database, self.address, prefix=self.prefix)

    def records(self, topic: str) -> list[Any]:
        return asyncio.run(self._read(topic))

    async def _read(self, topic: str) -> list[Any]:
        async with Reading(self.address, survey(self.address, [self.prefix + topic])) as reading:
            return [record async for record in reading.records()]

    def put(self, topic: str, records: Sequence[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]]) -> None:
        """Records of somebody else, into the partition of their key."""
        asyncio.run(self._put(topic, records))

    async def _put(self, topic: str, records: Sequence[Any]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.address) as producer:
            for key, value, headers in records:
                await producer.send_and_wait(self.prefix + topic, value, key=key, headers=headers)


def value(record: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(record.value)
    return told
