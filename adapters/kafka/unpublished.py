"""The part of a consumer that no topic carries: it comes straight from the log, into the same consumer."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.feed import Consumer
from adapters.feed.parking import apply_or_park
from adapters.kafka import topics
from adapters.kafka.positions import UNPUBLISHED, floor_of
from adapters.store.database import Connection
from domain.recorded import Recorded


def hears_unpublished(consumer: Consumer) -> bool:
    return consumer.hears is None or bool(consumer.hears & topics.UNPUBLISHED)


class Unpublished:
    """A `Consumer` for the feed from the log, with a position of its own. What is parked is parked under `inner`."""

    def __init__(self, inner: Consumer, lane: int) -> None:
        self._inner = inner
        self._lane = lane

    @property
    def name(self) -> str:
        return self._inner.name + UNPUBLISHED

    @property
    def hears(self) -> frozenset[str]:
        return topics.UNPUBLISHED if self._inner.hears is None else self._inner.hears & topics.UNPUBLISHED

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        floor = floor_of(connection, self._inner.name, self._lane) or 0
        apply_or_park(self._inner, connection, [one for one in events if one.position > floor], self._lane)
