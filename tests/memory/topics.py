"""Topics in memory, and the two kinds of feed over them: from the log, and from topics with fences and versions.

Nothing here waits or is killed: those who call it decide where a process may die. What is new in a batch is decided
by the functions of the feed from Kafka itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from adapters.kafka.following import Tally, follow_on, fresh_records
from adapters.kafka.pages import partition_of
from adapters.kafka.positions import Place
from adapters.kafka.records import topic_of
from adapters.kafka.topics import UNPUBLISHED, topics_heard
from domain.recorded import Recorded
from processors import Processor
from projections.base import Key, Projection, apply
from tests.memory.store import MemoryStore

INCARNATION = "first"
HELD_BACK = ":unpublished"


class Consumer(Protocol):
    """As `adapters.feed.Consumer`, without a connection."""

    name: str
    hears: frozenset[str] | None

    def apply(self, events: Sequence[Recorded]) -> None: ...


class Delivered(NamedTuple):
    offset: int
    event: Recorded


class Topics:
    """What was ever sent, by place. Nobody forgets, nobody sorts."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.sent: dict[Place, list[Delivered]] = {}
        self._heard: dict[frozenset[str] | None, tuple[int, list[Place]]] = {}

    def send(self, place: Place, events: Sequence[Recorded]) -> None:
        records = self.sent.setdefault(place, [])
        records += [Delivered(len(records) + n, one) for n, one in enumerate(events)]

    def by_place(self, events: Sequence[Recorded]) -> dict[Place, list[Recorded]]:
        """Published events by where they belong, in the order of the log."""
        found: dict[Place, list[Recorded]] = {}
        for one in events:
            topic = topic_of(one.stream)
            if topic is not None:
                place = Place(topic, INCARNATION, place_of(one, self.partitions))
                found.setdefault(place, []).append(one)
        return found

    def places(self, hears: frozenset[str] | None) -> list[Place]:
        """Those that hold something which this consumer may hear."""
        known, found = self._heard.get(hears, (0, []))
        if known != len(self.sent):
            topics = topics_heard(hears)
            found = [place for place in self.sent if place.topic in topics]
            self._heard[hears] = (len(self.sent), found)
        return found


def place_of(event: Recorded, partitions: int) -> int:
    return _partition(f"{event.tenant}:{event.stream}", partitions)


@lru_cache(100_000)
def _partition(key: str, partitions: int) -> int:
    return partition_of(key.encode(), partitions)


class Follower:
    """One consumer on the log: its position moves with the effect."""

    def __init__(self, store: MemoryStore, consumer: Consumer, *, unpublished: bool = False) -> None:
        self.store = store
        self.consumer = consumer
        self.hears = consumer.hears
        self.name = consumer.name
        if unpublished:
            self.name += HELD_BACK
            self.hears = UNPUBLISHED if consumer.hears is None else consumer.hears & UNPUBLISHED

    @property
    def position(self) -> int:
        return self.store.tracking.get(self.name, 0)

    def page(self, limit: int) -> int:
        """Read from the stored position, apply, move: one transaction. Returns how many events the page had."""
        after = self.position
        page = self.store.log[after : after + limit]
        heard = [one for one in page if self.hears is None or one.event.kind in self.hears]
        if heard:
            self.consumer.apply(heard)
        if page:
            self.store.tracking[self.name] = page[-1].position
        return len(page)


class Positions:
    """Where each reader of topics stands, as `parley.topic_position` and `parley.applied` have it."""

    def __init__(self) -> None:
        self.next_offset: dict[tuple[str, Place], int] = {}
        self.versions: dict[str, dict[tuple[str, str], int]] = {}

    def stored(self, consumer: str, places: Sequence[Place]) -> dict[Place, int]:
        return {place: self.next_offset.get((consumer, place), 0) for place in places}


def apply_batch(
    store: MemoryStore, positions: Positions, consumer: Consumer, records: Mapping[Place, Sequence[Delivered]]
) -> Tally:
    """One transaction: what the consumer has not had is applied, what is missing comes from the log, places move."""
    tally = Tally()
    fresh = fresh_records(records, positions.stored(consumer.name, list(records)), tally)
    events = sorted((one.event for ones in fresh.values() for one in ones), key=lambda one: one.position)
    versions = positions.versions.setdefault(consumer.name, {})
    new, gaps = follow_on(events, dict(versions), tally)
    for _, stream, first, last in gaps:
        new += store.streams[stream][first - 1 : last]
    new.sort(key=lambda one: one.position)
    heard = [one for one in new if consumer.hears is None or one.event.kind in consumer.hears]
    if heard:
        consumer.apply(heard)
    for one in new:
        versions[one.tenant, one.stream] = max(versions.get((one.tenant, one.stream), 0), one.version)
    for place, ones in fresh.items():
        positions.next_offset[consumer.name, place] = ones[-1].offset + 1
    return tally


class Ear:
    """A processor's: events become marks. It decides nothing."""

    def __init__(self, store: MemoryStore, processor: Processor) -> None:
        self._store = store
        self._processor = processor
        self.name = f"processor:{processor.name}"
        self.hears: frozenset[str] | None = processor.hears

    def apply(self, events: Sequence[Recorded]) -> None:
        marks: dict[str, int] = {}
        for event in events:
            for key in self._processor.marks(event):
                marks[key] = event.position
        self._store.mark(self._processor.name, marks)


class MemoryView:
    """A projection's rows."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self.name = projection.name
        self.hears: frozenset[str] | None = projection.hears
        self.rows: dict[Key, object] = {}

    def apply(self, events: Sequence[Recorded]) -> None:
        apply(self._projection, self.rows, events)

    def rebuilt(self, log: Sequence[Recorded]) -> dict[Key, object]:
        rows: dict[Key, object] = {}
        apply(self._projection, rows, [one for one in log if one.event.kind in self._projection.hears])
        return {key: row for key, row in rows.items() if row is not None}


class Notebook:
    """Writes down what it is given: whoever skips, repeats or turns round is found out."""

    name = "notebook"
    hears: frozenset[str] | None = None

    def __init__(self) -> None:
        self.noted: list[tuple[str, int]] = []

    def apply(self, events: Sequence[Recorded]) -> None:
        self.noted += [(one.stream, one.version) for one in events]
