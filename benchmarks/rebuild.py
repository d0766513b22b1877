"""Rebuild one dialog of 1,000 events from the log.

Ours: read the stream, decode, fold with `evolve`. Peer: `repository.get` of a decorator aggregate, no snapshots.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from psycopg.conninfo import conninfo_to_dict

from adapters.store.requests import Request
from benchmarks.load import interleaved
from benchmarks.peers.aggregates import application
from benchmarks.report import Comparison
from domain.streams import aggregate_of, fresh
from tests.desk import open_shop, says
from tests.store import TENANT, store

EVENTS = 1_000


def run(*, smoke: bool) -> Iterator[Comparison]:
    rounds = 1 if smoke else 5
    events = 100 if smoke else EVENTS
    with store() as shop:
        open_shop(shop)
        messages = [says("vera", "x" * 300, message=str(number)) for number in range(events)]
        answers = shop.executor.execute_all([Request(tenant=TENANT, command=message) for message in messages])
        stream = f"dialog-{answers[0].answer['dialog']}"  # type: ignore[union-attr]
        app = application(conninfo_to_dict(shop.owner_dsn))
        dialog = app.open("vera")
        aggregate = app.repository.get(dialog)
        for number in range(events):
            aggregate.receive(str(number), "x" * 300)  # type: ignore[attr-defined]
        app.save(aggregate)

        def fold() -> None:
            state, evolve = fresh(stream), aggregate_of(stream).evolve
            for recorded in shop.log.stream(TENANT, stream):
                state = evolve(state, recorded.event, recorded.stamp)
            assert state.open

        figures = interleaved([_per_second(fold), _per_second(lambda: app.repository.get(dialog))], rounds)
        app.close()
    yield Comparison("rebuild a dialog of 1,000 events, dialogs/s", *figures, "repository.get, decorators", 5)


def _per_second(do: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        began = time.perf_counter()
        for _ in range(5):
            do()
        return 5 / (time.perf_counter() - began)

    return measure
