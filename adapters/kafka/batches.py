"""What consumers do with records: one transaction a batch, in which the effect happens and the positions move.

The position row is locked; offsets below it were handled before and are dropped. So are versions that the stream has
had already (a relay that was killed sends a page twice). A version too far ahead means that the topic lacks something:
it is read from the log, which is the truth. Offsets too far ahead mean that we lost our place: nothing of that
partition is applied, and the caller must seek.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from adapters.feed import Consumer
from adapters.feed.parking import apply_rows, park_raw
from adapters.kafka.cursor import epoch_of
from adapters.kafka.following import Gap, Stream, Tally, follow_on, fresh_records
from adapters.kafka.positions import (
    Place,
    advance,
    floor_of,
    last_versions,
    lock,
    note_versions,
    reader_of,
)
from adapters.kafka.records import LARGEST, Bad, Frame
from adapters.store.database import Connection
from adapters.store.log import COLUMNS, Row
from domain.errors import Conflict
from domain.streams import EVENTS


class Delivered(NamedTuple):
    offset: int
    frame: Frame | Bad


def apply_batch(
    connection: Connection, consumer: Consumer, records: Mapping[Place, Sequence[Delivered]], lane: int = 0
) -> Tally:
    """Raises psycopg's errors, and Conflict (kafka_ahead_of_store) for versions that the log does not know."""
    tally = Tally()
    reader = reader_of(consumer.name, lane)
    with connection.transaction():
        floor = floor_of(connection, consumer.name, lane)
        stored = lock(connection, reader, records) if floor is not None else {}
        fresh = fresh_records(records, stored, tally)
        frames = [one.frame for place in fresh for one in fresh[place] if isinstance(one.frame, Frame)]
        ours = _ours(connection, frames, lane, tally)
        hints = _set_aside(connection, consumer, fresh, lane, tally)
        if floor is not None:
            apply_new(connection, consumer, ours, lane=lane, floor=floor, tally=tally, hints=hints)
        advance(connection, reader, {place: ones[-1].offset + 1 for place, ones in fresh.items()})
    return tally


def _ours(connection: Connection, frames: Sequence[Frame], lane: int, tally: Tally) -> list[Row]:
    """Rows of this lane and of this history of the store, in the order of their positions."""
    epoch = epoch_of(connection) if frames else ""
    tally.foreign += sum(frame.epoch != epoch for frame in frames)
    return sorted(frame.row for frame in frames if frame.epoch == epoch and frame.lane == lane)


def _set_aside(
    connection: Connection, consumer: Consumer, fresh: Mapping[Place, Sequence[Delivered]], lane: int, tally: Tally
) -> set[Stream]:
    """Frames without sense are parked by their place. Returns the streams of their keys: worth a look into the log."""
    hints: set[Stream] = set()
    for place, ones in fresh.items():
        for offset, frame in ones:
            if isinstance(frame, Bad):
                tally.bad += 1
                park_raw(consumer, connection, f"{place.topic}-{place.partition}", offset, lane, frame.why)
                if frame.tenant is not None and frame.stream is not None:
                    hints.add((frame.tenant, frame.stream))
    return hints


def apply_new(
    connection: Connection,
    consumer: Consumer,
    rows: Sequence[Row],
    *,
    lane: int,
    floor: int,
    tally: Tally,
    hints: Iterable[Stream] = (),
) -> None:
    """Apply what the consumer has not had yet, with whatever lies between; inside a transaction that holds the floor.

    `rows` in the order of their positions. `hints`: streams to look up in the log up to their end.
    """
    above = [row for row in rows if row.position > floor]
    tally.repeated += len(rows) - len(above)
    known = last_versions(connection, consumer.name, {(row.tenant, row.stream) for row in above} | set(hints))
    new, gaps = follow_on(above, known, tally)
    gaps += [(*stream, known.get(stream, 0) + 1, LARGEST) for stream in hints]
    if gaps:
        new = sorted([*new, *_from_the_log(connection, gaps, floor, tally)])
    if not new:
        return
    heard = [row for row in new if consumer.hears is None or row.kind in consumer.hears]
    apply_rows(consumer, connection, heard, lane)
    tally.applied += len(new)
    tally.unknown += sum(not _of_this_release(row) for row in new)
    note_versions(connection, consumer.name, {(row.tenant, row.stream): row.version for row in new})


def _from_the_log(connection: Connection, gaps: Sequence[Gap], floor: int, tally: Tally) -> list[Row]:
    with connection.cursor(binary=True) as cursor:
        cursor.execute(MISSING, [*(list(column) for column in zip(*gaps, strict=True)), floor], prepare=True)
        found = [Row(*one) for one in cursor]
    there = {(row.tenant, row.stream, row.version) for row in found}
    for tenant, stream, _, last in gaps:
        if last < LARGEST and (tenant, stream, last) not in there:
            raise Conflict(
                "kafka_ahead_of_store",
                f"A topic holds version {last} of {stream}, which the log does not know: "
                "the store was restored from before that.",
            )
    tally.filled += len(found) - sum(last < LARGEST for *_, last in gaps)
    return found


MISSING = f"""
SELECT {", ".join(f"event.{name}" for name in COLUMNS.split(", "))}
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS asked(tenant, stream, first, last)
JOIN parley.event AS event
  ON event.tenant = asked.tenant AND event.stream = asked.stream AND event.version BETWEEN asked.first AND asked.last
WHERE event.position > %s
"""  # noqa: S608 - our own column names


def _of_this_release(row: Row) -> bool:
    event = EVENTS.get(row.kind)
    return event is not None and row.schema <= event.version_of_shape
