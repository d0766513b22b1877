"""Catching up a projection from position 0.

Ours: the real inbox (some thirty columns, counters, personal fields kept sealed) through the embedded feed, in pages.
Peer: the library's `ProjectionRunner` with one small upsert an event.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from psycopg.conninfo import conninfo_to_dict

from adapters.feed.log_feed import LogFeed
from adapters.store.requests import Request
from adapters.views.apply import consumers
from benchmarks.peers.aggregates import application, environment
from benchmarks.peers.projection import runner
from benchmarks.report import Comparison
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

EVENTS, PEER_EVENTS, DIALOGS = 20_000, 2_000, 400


def run(*, smoke: bool) -> Iterator[Comparison]:
    events, peer_events = (2_000, 100) if smoke else (EVENTS, PEER_EVENTS)
    with store() as shop:
        open_shop(shop)
        _fill(shop, events)
        ours = max(_catch_up(shop) for _ in range(1 if smoke else 3))
        peer = _peer(shop, peer_events)
    yield Comparison("projection catch-up (inbox), events/s", ours, peer, "library's ProjectionRunner", 20)


def _fill(shop: Store, events: int) -> None:
    for first in range(0, events, 500):
        messages = [says(f"customer {n % DIALOGS}", "x" * 300, message=str(n)) for n in range(first, first + 500)]
        shop.executor.execute_all([Request(tenant=TENANT, command=message) for message in messages])


def _catch_up(shop: Store) -> float:
    with shop.database.pool.connection() as connection:
        connection.execute("DELETE FROM parley.tracking WHERE consumer = 'inbox'")
        connection.execute("TRUNCATE view.inbox, view.counter")
    feed = LogFeed(shop.database, consumers(["inbox"]))
    began = time.perf_counter()
    return feed.pump() / (time.perf_counter() - began)


def _peer(shop: Store, events: int) -> float:
    where = conninfo_to_dict(shop.owner_dsn)
    app = application(where)
    dialog = app.repository.get(app.open("vera"))
    for number in range(events):
        dialog.receive(str(number), "x" * 300)  # type: ignore[attr-defined]
        if number % 100 == 99:  # its recorder hangs on a save of a thousand such events
            app.save(dialog)
    app.save(dialog)
    last = app.recorder.max_notification_id()
    app.close()
    began = time.perf_counter()
    with runner(environment(where)) as running:
        running.wait(last, timeout=120)
    return events / (time.perf_counter() - began)
