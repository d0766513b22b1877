"""Reading topics outside any group, from their beginning or near their end, up to where they ended when surveyed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.kafka.topics import Known

WAIT_MS = 500
PAGE = 2000


class Reading:
    """`async with Reading(bootstrap, survey(bootstrap, topics)) as reading: async for record in reading.records()`."""

    def __init__(self, bootstrap: str, known: Mapping[str, Known]) -> None:
        self.spans = {(topic, n): span for topic, one in known.items() for n, span in enumerate(one.spans)}
        self._bootstrap = bootstrap
        self._consumer: Any = None

    async def __aenter__(self) -> Reading:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    async def records(self, *, last: int | None = None) -> AsyncIterator[Any]:
        """Every record up to the ends seen at the start; with `last`, only so many from each partition's end."""
        filled = {TopicPartition(*place): span for place, span in self.spans.items() if span.end > span.begin}
        if not filled:
            return
        consumer = self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        consumer.assign(list(filled))
        for place, span in filled.items():
            consumer.seek(place, span.begin if last is None else max(span.begin, span.end - last))
        ends = {place: span.end for place, span in filled.items()}
        while ends:
            for place, page in (await consumer.getmany(timeout_ms=WAIT_MS, max_records=PAGE)).items():
                for record in page:
                    if record.offset < ends.get(place, 0):
                        yield record
            for place in [place for place, end in ends.items() if await consumer.position(place) >= end]:
                consumer.pause(place)
                del ends[place]
