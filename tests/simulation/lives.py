"""The engine's loops as lives of small steps. Whatever stands between two `yield`s happens whole or not at all.

A step says in words what was done; an empty word: there was nothing to do. A life may end between any two steps, and
another of the same kind begins from what the store holds. What is decided in a step is decided by the engine's code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.feed.timers import TICK, Floor, wake_up
from adapters.feed.worker import MOST_MARKS, SWEEP, requests
from adapters.kafka.carrying import topics_then_cursor
from adapters.kafka.positions import Place
from adapters.kafka.topics import topics_heard
from adapters.kafka.unpublished import hears_unpublished
from adapters.store.requests import Request
from domain.desk.answering import TellDialog
from domain.dialog.commands import Report
from domain.errors import Rejected
from domain.recorded import Actor, Recorded
from processors import Processor
from processors.delivery import REPORTS, verdict
from tests.memory.outbox import Outbox, Parcel
from tests.memory.store import MemoryExecutor, MemoryStore, Result
from tests.memory.topics import Consumer, Delivered, Follower, Positions, Topics, apply_batch
from tests.office import TENANT

Life = Iterator[str]
IDLE = ""
PROVIDER = Actor(kind="provider", id="delivery")
SWEEPING, TICKING = timedelta(seconds=SWEEP), timedelta(seconds=TICK)


class Cut(Exception):
    """The session with the database is gone; the loop begins again, as its thread does."""


class Refused(AssertionError):
    """What a processor or a timer asks for is never refused."""


def _accepted(results: Sequence[Result]) -> None:
    for result in results:
        if isinstance(result, Rejected):
            raise Refused(f"{result.code}: {result.sentence}")


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


def working(store: MemoryStore, executor: MemoryExecutor, processor: Processor) -> Life:
    swept = store.clock()
    while True:
        now = store.clock()
        if now - swept >= SWEEPING:
            store.sweep(processor)
            swept = now
        if not store.dirty[processor.name]:
            yield IDLE
            continue
        rows = store.marked(processor.name, MOST_MARKS)
        yield f"{processor.name} takes up {len(rows)} marks"
        _accepted(executor.execute_all(requests(processor, rows)))
        yield f"{processor.name} has looked at {', '.join(key for _, key, _ in rows)}"


def ticking(store: MemoryStore, executor: MemoryExecutor, page: int) -> Life:
    floor, begun = Floor(), store.clock()
    ticked: datetime | None = None
    while True:
        now = store.clock()
        if ticked is not None and now - ticked < TICKING:
            yield IDLE
            continue
        since, looked = floor.next((now - begun).total_seconds()), 0
        while due := store.heads.due(since, now, page):
            yield f"the ticker finds {len(due)} timers"
            wakes = [Request(tenant=TENANT, command=wake_up(stream), remember=False) for stream in due]
            _accepted(executor.execute_all(wakes))
            looked += len(due)
            if len(due) < page:
                break
            yield "the ticker looks at the next page"
        floor.drained(now)
        ticked = now
        yield f"the ticker has looked at {looked} timers" if looked else IDLE


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


def delivering(store: MemoryStore, executor: MemoryExecutor, outbox: Outbox, provider: Provider) -> Life:
    while True:
        lost = outbox.lose(store.now)
        for parcel in outbox.unreported():
            executor.execute_all([_report(parcel)])
            yield f"the courier reports {parcel.out.message} {parcel.out.state}"
            outbox.reported(parcel)
        due = outbox.due(store.now)
        if not due:
            yield "the courier gives up calls for lost" if lost else IDLE
            continue
        parcel = due[0]
        attempt = outbox.take(parcel, store.now)
        if attempt is None:
            continue
        yield f"the courier calls the provider with {parcel.out.message}"
        outcome = provider.call(parcel, attempt)
        yield f"the provider answers {outcome}"
        follows = verdict(outcome, "", None, attempts=attempt, waiting_since=parcel.since, now=store.now)
        outbox.settle(parcel, attempt, follows)


def _report(parcel: Parcel) -> Request:
    said = REPORTS[parcel.out.state]
    command = TellDialog(dialog=parcel.out.dialog, command=Report(message=parcel.out.message, result=said))
    return Request(tenant=TENANT, command=command, actor=PROVIDER, key=f"delivery:{parcel.out.message}:{said}")


class Provider:
    """Takes most messages; of some the first try fails, of some the answer is lost. By the message's own name."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []

    def call(self, parcel: Parcel, attempt: int) -> str:
        mood = int(parcel.out.message[-2:], 16) % 8
        if mood == 0 and attempt == 1:
            return "retry"
        self.received.append((parcel.out.dialog, parcel.out.message))
        return "unknown" if mood == 1 else "sent"
