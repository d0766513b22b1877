"""A topic in memory: the records that a relay would have written, to be delivered as a test wishes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.feed import Consumer
from adapters.kafka.batches import Delivered, Tally, apply_batch
from adapters.kafka.positions import Place, advance, begin, reader_of, register
from adapters.kafka.records import Bad, Frame
from adapters.store.log import Row
from tests.store import Store

PLACE = Place("dialogs.v1", "first", 0)


def frames(store: Store, rows: Iterable[Row] | None = None) -> list[Frame | Bad]:
    """The log's dialogs as they stand in a topic."""
    epoch = store.log.epoch()
    known = store.log.rows(0, 100_000) if rows is None else rows
    return [Frame(row, 0, epoch) for row in known if row.stream.startswith("dialog-")]


def stand_at(store: Store, consumer: Consumer, offset: int = 0, place: Place = PLACE) -> None:
    """Register the consumer, with this as its next offset."""
    with store.database.pool.connection() as connection:
        register(connection, consumer.name, 0, unpublished=False)
        begin(connection, reader_of(consumer.name, 0), [place])
        advance(connection, reader_of(consumer.name, 0), {place: offset})


def deliver(
    store: Store, consumer: Consumer, topic: Sequence[Frame | Bad], begin: int = 0, end: int | None = None
) -> Tally:
    """A batch: the topic's offsets from `begin` up to `end`."""
    records = [Delivered(begin + n, frame) for n, frame in enumerate(topic[begin:end])]
    with store.database.pool.connection() as connection:
        return apply_batch(connection, consumer, {PLACE: records} if records else {})


def next_offset(store: Store, consumer: Consumer, place: Place = PLACE) -> int:
    query = "SELECT next_offset FROM parley.topic_position WHERE consumer = %s AND incarnation = %s AND partition = %s"
    return int(store.rows(query, consumer.name, place.incarnation, place.partition)[0][0])
