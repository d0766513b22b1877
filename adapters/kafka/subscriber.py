"""The FastStream shell of one consumer: a batch subscriber that hands raw records on, and nothing more.

FastStream's own decoding would let one bad record spoil a batch, and its acknowledgements lose records (they commit
whatever was fetched); so records stay raw, and commits are only a hint of the lag for tools that look at groups.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from faststream._internal.context import Context
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage, KafkaMessage
from faststream.middlewares import AckPolicy

log = logging.getLogger("parley.kafka.faststream")
log.setLevel(logging.ERROR)  # it tells of every start and warns of what we want

MAX_RECORDS = 500
BATCH_TIMEOUT_MS = 5
SESSION_TIMEOUT_MS = 45_000
METADATA_MS = 30_000
Take = Callable[[KafkaMessage], Awaitable[None]]


class AsyncContext(Context):
    """`Context` whose `use` is a coroutine: FastStream sends sync ones through a worker thread, 115 µs a message."""

    async def use(self, /, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        return super().use(**kwargs)


Message = Annotated[KafkaMessage, AsyncContext("message")]


def new_broker(bootstrap: str) -> KafkaBroker:
    """Reads only, makes no topics, and says what it does in our log."""
    return KafkaBroker(
        bootstrap,
        consumer_only=True,
        allow_auto_create_topics=False,
        metadata_max_age_ms=METADATA_MS,
        graceful_timeout=10.0,
        logger=log,
        log_level=logging.DEBUG,
    )


def subscribe(broker: KafkaBroker, topics: Sequence[str], group: str, listener: Any, take: Take) -> Any:
    """Returns FastStream's subscriber; `take` gets every batch, as a message whose `raw_message` is the records."""
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=group,
        max_records=MAX_RECORDS,
        batch_timeout_ms=BATCH_TIMEOUT_MS,
        auto_offset_reset="earliest",
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=3_000,
        ack_policy=AckPolicy.MANUAL,
        listener=listener,
        include_in_schema=False,
    )

    async def parse(records: tuple[Any, ...]) -> KafkaAckableMessage:
        return KafkaAckableMessage(body=b"", raw_message=records, headers={}, consumer=subscriber.consumer)

    async def decode(message: KafkaMessage) -> bytes:
        return b""

    @subscriber(parser=parse, decoder=decode)
    async def handle(message: Message) -> None:
        await take(message)

    return subscriber
