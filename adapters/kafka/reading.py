"""Reading topics outside any group, from their beginning or near their end, up to where they end now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.kafka.topics import Span, survey

WAIT_MS = 500
PAGE = 2000


class Reading:
    """`async with Reading(bootstrap, topics) as reading: async for record in reading.records(last=None)`."""

    def __init__(self, bootstrap: str, topics: Iterable[str]) -> None:
        self._bootstrap = bootstrap
        self._topics = list(topics)
        self._consumer: Any = None
        self.spans: dict[tuple[str, int], Span] = {}

    async def __aenter__(self) -> Reading:
        known = await asyncio.to_thread(survey, self._bootstrap, self._topics)
        self.spans = {(topic, n): span for topic, one in known.items() for n, span in enumerate(one.spans)}
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
