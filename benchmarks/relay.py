"""The relay: log rows into Kafka topics, in order, cursor saved after the acknowledgement.

Ours: `Relay` from the committed log. Peer: a bare producer loop (the same client, idempotent, acks=all, linger 5 ms)
that sends as many records of the same size from memory, awaits a page at a time and saves nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer

from adapters.kafka.relay import Relay
from adapters.store.requests import Request
from benchmarks.report import Comparison
from infra.kafka.topics import ensure_topics
from tests.broker import broker_address, topic_prefix
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

EVENTS, PAGE = 20_000, 1_000


def run(*, smoke: bool) -> Iterator[Comparison]:
    events = 1_000 if smoke else EVENTS
    address = broker_address()
    with store() as shop:
        open_shop(shop)
        _fill(shop, events)
        ours, peer = 0.0, 0.0
        for _ in range(1 if smoke else 2):
            prefix = topic_prefix()
            ensure_topics(address, partitions=3, prefix=prefix)
            ours = max(ours, _relay(shop, address, prefix))
            peer = max(peer, asyncio.run(_bare(shop, address, f"{prefix}dialogs.v1", events)))
    yield Comparison("relay into Kafka, events/s", ours, peer, "bare producer loop", 0.8)


def _fill(shop: Store, events: int) -> None:
    for first in range(0, events, 500):
        messages = [says(f"customer {n % 200}", "x" * 300, message=str(n)) for n in range(first, first + 500)]
        shop.executor.execute_all([Request(tenant=TENANT, command=message) for message in messages])


def _relay(shop: Store, address: str, prefix: str) -> float:
    with shop.database.pool.connection() as connection:
        connection.execute("DELETE FROM parley.tracking WHERE consumer LIKE 'relay%'")
    head = shop.log.head()
    relay = Relay(shop.database, address, prefix=prefix)
    began = time.perf_counter()
    relay.start()
    try:
        while relay.position < head:
            if relay.trouble is not None:
                raise relay.trouble
            time.sleep(0.005)
        return head / (time.perf_counter() - began)
    finally:
        relay.stop()


async def _bare(shop: Store, address: str, topic: str, events: int) -> float:
    rows = [row for row in shop.log.rows(0, events * 2) if row.stream.startswith("dialog-")][:events]
    records = [(f"{row.tenant}:{row.stream}".encode(), row.data, _headers(row.event_id.hex)) for row in rows]
    producer = AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True, acks="all", linger_ms=5)
    await producer.start()
    try:
        began = time.perf_counter()
        for first in range(0, len(records), PAGE):
            page = records[first : first + PAGE]
            sent = [await producer.send(topic, data, key=key, headers=headers) for key, data, headers in page]
            await asyncio.gather(*sent)
        return len(records) / (time.perf_counter() - began)
    finally:
        await producer.stop()


def _headers(event_id: str) -> list[tuple[str, bytes]]:
    """As many headers as a CloudEvent has."""
    return [(f"ce_header_{number}", event_id.encode()) for number in range(14)]
