"""The engine's loops as lives of small steps. Whatever stands between two `yield`s happens whole or not at all.

A step says in words what was done; an empty word: there was nothing to do. A life may end between any two steps, and
another of the same kind begins from what the store holds. What is decided in a step is decided by the engine's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from adapters.feed.timers import TICK, Floor, wake_up
from adapters.feed.worker import MOST_MARKS, SWEEP, requests
from adapters.store.requests import Request
from domain.errors import Rejected
from processors import Processor
from tests.memory.store import MemoryExecutor, MemoryStore, Result
from tests.office import TENANT

Life = Iterator[str]
IDLE = ""
SWEEPING, TICKING = timedelta(seconds=SWEEP), timedelta(seconds=TICK)


class Cut(Exception):
    """The session with the database is gone; the loop begins again, as its thread does."""


class Refused(AssertionError):
    """What a processor or a timer asks for is never refused."""


def _accepted(results: Sequence[Result]) -> None:
    for result in results:
        if isinstance(result, Rejected):
            raise Refused(f"{result.code}: {result.sentence}")


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
