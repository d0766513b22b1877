"""What a topic does not hold for a newcomer: expired records, those of a topic that was made again, a new projection's
whole past. It is read from the log, partition by partition, under the same lock as a batch; then the topic goes on.

The end offsets are taken first: whatever stands below them was in the log before, so it is among what is read here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from adapters.feed import Consumer
from adapters.kafka.batches import apply_new
from adapters.kafka.following import Tally
from adapters.kafka.pages import partition_of
from adapters.kafka.positions import (
    CATCHING_UP,
    Place,
    advance,
    begin,
    begin_again,
    floor_of,
    held,
    lock,
    reader_of,
)
from adapters.kafka.topics import Span
from adapters.store.database import Connection
from adapters.store.log import Row, fetch
from domain.streams import AGGREGATES, prefix_of

log = logging.getLogger("parley.kafka")

PAGE = 500


def take_places(
    connection: Connection,
    consumer: Consumer,
    spans: Mapping[Place, Span],
    partitions: Mapping[str, int],
    *,
    prefix: str = "",
    lane: int = 0,
    stopping: Callable[[], bool] = lambda: False,
) -> dict[Place, int]:
    """The offsets to go on from, after reading from the log what lies before them and was not had yet.

    A place is new, or stands where its topic holds nothing: before the first record (it expired) or behind the last.
    `partitions`: how many each topic (with its prefix) has.
    """
    reader = reader_of(consumer.name, lane)
    begin(connection, reader, spans)
    stored = held(connection, reader, spans)
    begin_again(connection, reader, {one: at for one, at in stored.items() if _astray(at, spans[one])})
    stored = held(connection, reader, spans)
    ends = {place: spans[place].end for place, at in stored.items() if at == CATCHING_UP}
    if ends:
        log.info("consumer %s reads the past of %s partitions from the log", consumer.name, len(ends))
        catch_up(connection, consumer, ends, partitions, prefix=prefix, lane=lane, stopping=stopping)
        stored = held(connection, reader, spans)
    return {place: at for place, at in stored.items() if at != CATCHING_UP}


def _astray(offset: int, span: Span) -> bool:
    return offset != CATCHING_UP and not span.begin <= offset <= span.end


def catch_up(
    connection: Connection,
    consumer: Consumer,
    ends: Mapping[Place, int],
    partitions: Mapping[str, int],
    *,
    prefix: str = "",
    lane: int = 0,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Read the log for `ends`, places that were begun; then set them to these offsets. False: it did not come to that.

    Repeating it changes nothing.
    """
    choose = _Chooser({(place.topic, place.partition) for place in ends}, partitions, prefix)
    after = 0
    while not stopping():
        with connection.transaction():
            floor = floor_of(connection, consumer.name, lane)
            stored = lock(connection, reader_of(consumer.name, lane), ends)
            waiting = {place for place, offset in stored.items() if offset == CATCHING_UP}
            if floor is None or not waiting:
                return floor is not None
            rows = fetch(connection, max(after, floor), PAGE, lane=lane)
            ours = [row for row in rows if choose(row)]
            apply_new(connection, consumer, ours, lane=lane, floor=floor, tally=Tally())
            if not rows:
                advance(connection, reader_of(consumer.name, lane), {place: ends[place] for place in waiting})
                return True
            after = rows[-1].position
    return False


class _Chooser:
    """Is a row in one of these partitions?"""

    def __init__(self, wanted: set[tuple[str, int]], partitions: Mapping[str, int], prefix: str) -> None:
        self._wanted = wanted
        self._partitions = partitions
        self._prefix = prefix
        self._known: dict[tuple[str, str], bool] = {}

    def __call__(self, row: Row) -> bool:
        stream = (row.tenant, row.stream)
        answer = self._known.get(stream)
        if answer is None:
            answer = self._known[stream] = self._look(row)
        return answer

    def _look(self, row: Row) -> bool:
        aggregate = AGGREGATES.get(prefix_of(row.stream))
        name = self._prefix + (aggregate.topic or "") if aggregate else ""
        if name not in self._partitions:
            return False
        partition = partition_of(f"{row.tenant}:{row.stream}".encode(), self._partitions[name])
        return (name, partition) in self._wanted
