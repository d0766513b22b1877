"""Lives of the feeds, from the log and from topics, and of the relay between the two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from adapters.kafka.carrying import topics_then_cursor
from adapters.kafka.positions import Place
from adapters.kafka.topics import topics_heard
from adapters.kafka.unpublished import hears_unpublished
from domain.recorded import Recorded
from tests.memory.store import MemoryStore
from tests.memory.topics import Consumer, Delivered, Follower, Positions, Topics, apply_batch
from tests.simulation.lives import IDLE, Cut, Life


class Lead:
    """The relay's lock: it belongs to one session, and the session that lost it saves nothing."""

    def __init__(self) -> None:
        self.holder: object | None = None
        self.cursor = 0

    def take(self, session: object) -> bool:
        self.holder = self.holder or session
        return self.holder is session

    def release(self, session: object) -> None:
        self.holder = None if self.holder is session else self.holder

    def save(self, session: object, position: int) -> None:
        if self.holder is not session:
            raise Cut
        self.cursor = position


def following(store: MemoryStore, consumer: Consumer, page: int, *, unpublished: bool = False) -> Life:
    """On the feed from the log."""
    follower = Follower(store, consumer, unpublished=unpublished)
    while True:
        if follower.position >= len(store.log):
            yield IDLE
            continue
        yield f"{follower.name} sees that there is something new"
        read = follower.page(page)
        yield f"{follower.name} has applied {read} events" if read else IDLE


def reading(store: MemoryStore, topics: Topics, positions: Positions, consumer: Consumer, page: int) -> Life:
    """On the feed from topics: places are read on from memory; only a fence tells that one has lost one's way."""
    at: dict[Place, int] = {}
    while True:
        records = _polled(topics, positions, consumer, at, page)
        if not records:
            yield IDLE
            continue
        n = sum(len(ones) for ones in records.values())
        yield f"{consumer.name} has {n} records in hand"
        tally = apply_batch(store, positions, consumer, records)
        at |= {place: ones[-1].offset + 1 for place, ones in records.items()}
        for place in tally.lost:
            del at[place]
        yield f"{consumer.name} has applied {tally.applied} of {n} records"


def _polled(
    topics: Topics, positions: Positions, consumer: Consumer, at: dict[Place, int], page: int
) -> dict[Place, list[Delivered]]:
    found: dict[Place, list[Delivered]] = {}
    for place in topics.places(consumer.hears):
        sent, first = topics.sent[place], at.get(place, -1)
        if first < 0:
            first = at[place] = positions.stored(consumer.name, [place])[place]
        if first < len(sent):
            found[place] = sent[first : first + page]
    return found


def feeding(
    store: MemoryStore, topics: Topics | None, positions: Positions, consumer: Consumer, page: int
) -> list[Callable[[], Life]]:
    """The lives that bring a consumer everything, on either feed."""
    if topics is None or not topics_heard(consumer.hears):
        return [lambda: following(store, consumer, page)]
    lives = [lambda: reading(store, topics, positions, consumer, page)]
    if hears_unpublished(consumer):  # type: ignore[arg-type]
        lives.append(lambda: following(store, consumer, page, unpublished=True))
    return lives


class _Pause:
    """Awaiting it is a place where the process may die."""

    def __await__(self) -> Generator[str, None, None]:
        yield "a partition has its part of the page"


def relaying(store: MemoryStore, topics: Topics, lead: Lead, page: int) -> Life:
    session = object()
    try:
        while not lead.take(session):
            yield IDLE
        while True:
            events = store.log[lead.cursor : lead.cursor + page]
            if not events:
                yield IDLE
                continue
            carrying = topics_then_cursor(
                _sender(topics), lambda at: lead.save(session, at), events, events[-1].position
            )
            yield from _driven(carrying)
            yield f"the relay has saved position {events[-1].position}"
            if lead.holder is not session:
                raise Cut
    finally:
        lead.release(session)


def _sender(topics: Topics) -> Callable[[Sequence[Recorded]], Awaitable[None]]:
    async def send(events: Sequence[Recorded]) -> None:
        for place, ones in topics.by_place(events).items():
            topics.send(place, ones)
            await _Pause()

    return send


def _driven(carrying: Any) -> Life:
    """A coroutine, step by step, without an event loop."""
    steps = carrying.__await__()
    try:
        yield from steps
    finally:
        carrying.close()
