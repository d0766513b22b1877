"""Sending to and reading from a broker with the client of the data plane."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaAdminClient

SECONDS = 30


def send_all(address: str, topic: str, letters: Sequence[bytes], key: bytes = b"one") -> None:
    """Make the topic with one partition unless it is there; return when each letter is acknowledged."""
    with KafkaAdminClient(bootstrap_servers=address) as admin:
        if topic not in admin.list_topics():
            admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    asyncio.run(asyncio.wait_for(_send(address, topic, letters, key), SECONDS))


def read_all(address: str, topic: str, count: int) -> list[bytes]:
    """The first `count` values of the topic; raises TimeoutError when there are fewer."""
    return asyncio.run(asyncio.wait_for(_read(address, topic, count), SECONDS))


async def _send(address: str, topic: str, letters: Sequence[bytes], key: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True) as producer:
        sent = [await producer.send(topic, letter, key=key) for letter in letters]
        await asyncio.gather(*sent)


async def _read(address: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest")
    async with consumer:
        return [(await consumer.getone()).value for _ in range(count)]
