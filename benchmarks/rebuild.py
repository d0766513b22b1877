"""Rebuild one dialog of 1,000 events from the log.

Ours: the store's own fold, customer and agent in turn. Peer: `repository.get` of a decorator aggregate, no snapshots.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from psycopg.conninfo import conninfo_to_dict

from adapters.store.heads import fold
from adapters.store.requests import Request
from benchmarks.load import interleaved
from benchmarks.peers.aggregates import application
from benchmarks.report import Comparison
from domain.desk.answering import SendMessage
from domain.desk.intake import ReceiveMessage
from domain.dialog.events import Author
from tests.desk import open_shop, says
from tests.store import TENANT, store

EVENTS = 1_000


def run(*, smoke: bool) -> Iterator[Comparison]:
    rounds = 1 if smoke else 5
    events = 100 if smoke else EVENTS
    with store() as shop:
        open_shop(shop)
        dialog_id = shop.do(says("vera")).answer["dialog"]
        stream = f"dialog-{dialog_id}"
        talk = [_line(dialog_id, number) for number in range(events)]
        shop.executor.execute_all([Request(tenant=TENANT, command=command) for command in talk])
        app = application(conninfo_to_dict(shop.owner_dsn))
        dialog = app.open("vera")
        aggregate = app.repository.get(dialog)
        for number in range(events):
            aggregate.receive(str(number), "x" * 300)  # type: ignore[attr-defined]
        app.save(aggregate)

        def ours() -> None:
            with shop.database.pool.connection() as connection:
                head = fold(connection, TENANT, [stream])[stream]
            assert head.state.open and head.version >= events

        figures = interleaved([_per_second(ours), _per_second(lambda: app.repository.get(dialog))], rounds)
        app.close()
    yield Comparison("rebuild a dialog of 1,000 events, dialogs/s", *figures, "repository.get, decorators", 5)


def _line(dialog: str, number: int) -> ReceiveMessage | SendMessage:
    """Customer and agent in turn."""
    if number % 2 == 0:
        return replace(says("vera", "x" * 300, message=str(number)), provider_id=str(number))
    return SendMessage(dialog=dialog, client_key=str(number), author=Author(kind="agent", id="anna"), body="x" * 300)


def _per_second(do: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        began = time.perf_counter()
        for _ in range(5):
            do()
        return 5 / (time.perf_counter() - began)

    return measure
