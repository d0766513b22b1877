"""Reading topics outside any group, from their beginning or near their end, up to where they end now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.kafka.topics import Known, describe

WAIT_MS = 500
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Span:
    """What a partition holds: offsets `begin` up to, not including, `end`."""

    begin: int
    end: int


Spans = Mapping[tuple[str, int], Span]


async def spans(consumer: Any, known: Mapping[str, Known]) -> dict[tuple[str, int], Span]:
    places = [TopicPartition(topic, number) for topic, one in known.items() for number in range(one.partitions)]
    if not places:
        return {}
    consumer.assign(places)  # only now it learns who leads them; offsets are asked of the leaders
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {(place.topic, place.partition): Span(begins[place], ends[place]) for place in places}


class Reading:
    """`async with Reading(bootstrap, topics) as reading: async for record in reading.records(last=None)`."""

    def __init__(self, bootstrap: str, topics: Iterable[str]) -> None:
        self._bootstrap = bootstrap
        self._topics = list(topics)
        self._consumer: Any = None
        self.spans: Spans = {}

    async def __aenter__(self) -> Reading:
        known = await asyncio.to_thread(describe, self._bootstrap, self._topics)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await self._consumer.start()
        self.spans = await spans(self._consumer, known)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def records(self, *, last: int | None = None) -> AsyncIterator[Any]:
        """Every record up to the ends seen at the start; with `last`, only so many from each partition's end."""
        ends = self._seek(last)
        while ends:
            for place, page in (await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=PAGE)).items():
                for record in page:
                    if record.offset < ends.get(place, 0):
                        yield record
            reached = [place for place, end in ends.items() if await self._consumer.position(place) >= end]
            for place in reached:
                self._consumer.pause(place)
                del ends[place]

    def _seek(self, last: int | None) -> dict[Any, int]:
        filled = {TopicPartition(*place): span for place, span in self.spans.items() if span.end > span.begin}
        for place, span in filled.items():
            self._consumer.seek(place, span.begin if last is None else max(span.begin, span.end - last))
        return {place: span.end for place, span in filled.items()}
