"""Batch intake: 500 messages over 200 open dialogs of about twenty events each.

Ours: one `execute_all` through the whole path (keys looked up, decided, sealed, heads and results written, committed).
Peer: the library's get + save for every message, on its default recorder, without encryption or idempotency.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from psycopg.conninfo import conninfo_to_dict

from adapters.store.requests import Outcome, Request
from benchmarks.load import interleaved
from benchmarks.peers.aggregates import application
from benchmarks.report import Comparison
from domain.desk.intake import ReceiveMessage
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

MESSAGES, DIALOGS, HISTORY = 500, 200, 20


def run(*, smoke: bool) -> Iterator[Comparison]:
    rounds = 1 if smoke else 5
    peer_messages = 50 if smoke else MESSAGES
    with store() as shop:
        open_shop(shop)
        numbers = count()
        for _ in range(1 if smoke else HISTORY):
            _batch(shop, next(numbers))
        app = application(conninfo_to_dict(shop.owner_dsn))
        dialogs = [app.open(f"customer {number}") for number in range(DIALOGS)]
        for round_ in range(1 if smoke else HISTORY):
            for dialog in dialogs:
                app.receive(dialog, f"{round_}", "x" * 300) if not smoke or round_ == 0 else None

        def ours() -> float:
            return MESSAGES / _batch(shop, next(numbers))

        def peer() -> float:
            began = time.perf_counter()
            for number in range(peer_messages):
                app.receive(dialogs[number % DIALOGS], str(number), "x" * 300)
            return peer_messages / (time.perf_counter() - began)

        figures = interleaved([ours, peer], rounds)
        app.close()
    yield Comparison("intake, 500 messages over 200 dialogs, msg/s", *figures, "library's get + save", 40)


def _message(number: int, round_: int) -> ReceiveMessage:
    message = says(f"customer {number % DIALOGS}", "x" * 300, message=f"{round_}-{number}")
    return replace(message, provider_id=str(number))


def _batch(shop: Store, round_: int) -> float:
    """Seconds for one batch."""
    requests = [
        Request(
            tenant=TENANT,
            command=_message(number, round_),
            key=f"telegram:{round_}-{number}",
        )
        for number in range(MESSAGES)
    ]
    began = time.perf_counter()
    results = shop.executor.execute_all(requests)
    assert all(isinstance(result, Outcome) and not result.repeated for result in results)
    return time.perf_counter() - began
