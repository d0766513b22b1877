"""The whole loop on a test's store: ears, workers, timers, projections, straight from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from adapters.feed import Consumer
from adapters.feed.ears import Ear
from adapters.feed.log_feed import LogFeed
from adapters.feed.timers import Ticker
from adapters.feed.worker import Worker
from processors import REGISTRY
from tests.store import Store


@contextmanager
def running(store: Store, consumers: Sequence[Consumer] = (), *, timers: bool = True) -> Iterator[LogFeed]:
    """Everything in threads, as `parley up` runs it."""
    workers = {name: Worker(processor, store.database, store.executor) for name, processor in REGISTRY.items()}
    ears = [Ear(processor, wake=workers[name].wake) for name, processor in REGISTRY.items()]
    feed = LogFeed(store.database, [*ears, *consumers])
    ticker = Ticker(store.database, store.executor, wake=lambda: [worker.wake() for worker in workers.values()])
    store.executor.on_commit.append(feed.wake)
    feed.start()
    for worker in workers.values():
        worker.start()
    if timers:
        ticker.start()
    try:
        yield feed
    finally:
        store.executor.on_commit.remove(feed.wake)
        ticker.stop()
        feed.stop()
        for worker in workers.values():
            worker.stop()


def quiet(store: Store, *, timers: Any = None) -> None:
    """Pump ears and workers in this thread until nothing is left to do; `timers` = the moment to tick at."""
    ears = LogFeed(store.database, [Ear(processor) for processor in REGISTRY.values()])
    workers = [Worker(processor, store.database, store.executor) for processor in REGISTRY.values()]
    with store.database.connect() as connection:
        if timers is not None:
            Ticker(store.database, store.executor).tick(connection, timers)
        while ears.pump() + sum(worker.look(connection) for worker in workers):
            pass


def eventually(true: Callable[[], bool], *, within: float = 5.0) -> bool:
    end = monotonic() + within
    while monotonic() < end:
        if true():
            return True
        sleep(0.01)
    return False
