"""One event per command at 1, 4, 16 and 64 concurrent writers.

Three ways to the same log: `command` is the whole path (decide, seal personal fields, heads, command result, event);
`recorder` is our recorder of the library's interface, which stores the same bare event as the peers do.
Peers: the library's default PostgreSQL recorder, and one bare INSERT a transaction, which keeps no order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from adapters.store.recorder import ParleyRecorder
from adapters.store.requests import Request
from benchmarks.load import Job, interleaved, rate
from benchmarks.report import Comparison
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

PAYLOAD = b"x" * 404
WRITERS = (1, 4, 16, 64)


def run(*, smoke: bool) -> Iterator[Comparison]:
    seconds, rounds = (0.2, 1) if smoke else (1.5, 3)
    with store() as shop:
        open_shop(shop)
        _bare_table(shop)
        ours, theirs = _datastore(shop.dsn), _datastore(shop.owner_dsn)
        library = PostgresApplicationRecorder(theirs, events_table_name="library_events")
        library.create_table()
        recorder = ParleyRecorder(ours)
        for writers in WRITERS:
            figures = interleaved(
                [
                    lambda n=writers: rate(lambda number: _command(shop, n, number), n, seconds),
                    lambda n=writers: rate(lambda number: _save(recorder, number), n, seconds),
                    lambda n=writers: rate(lambda number: _save(library, number), n, seconds),
                    lambda n=writers: rate(lambda number: _insert(shop.owner_dsn), n, seconds),
                ],
                rounds,
            )
            yield from _lines(writers, *figures)
        ours.close()
        theirs.close()


def _lines(writers: int, command: float, recorder: float, library: float, bare: float) -> Iterator[Comparison]:
    at16 = writers == 16
    name = f"append, {writers} writers"
    yield Comparison(f"{name}: recorder, events/s", recorder, library, "library's recorder", 5 if at16 else None)
    yield Comparison(f"{name}: recorder, events/s", recorder, bare, "bare INSERT, no order", 1 if at16 else None)
    yield Comparison(f"{name}: whole command, commands/s", command, library, "library's recorder")
    yield Comparison(f"{name}: whole command, commands/s", command, bare, "bare INSERT, no order")


def _command(shop: Store, writers: int, number: int) -> Job:
    """One message into the writer's own open dialog."""
    numbers = _fresh()

    def job() -> None:
        command = says(f"customer {writers}-{number}", "x" * 300, message=f"{writers}-{number}-{next(numbers)}")
        shop.executor.execute(Request(tenant=TENANT, command=command))

    return job


def _save(recorder: PostgresApplicationRecorder, number: int) -> Job:
    numbers = _fresh()

    def job() -> None:
        stream = f"thing-{number}-{next(numbers)}"
        recorder.insert_events(
            [StoredEvent(originator_id=stream, originator_version=1, topic="dialog.opened.v1", state=PAYLOAD)]
        )

    return job


def _insert(dsn: str) -> Job:
    connection = psycopg.connect(dsn, autocommit=True)

    def job() -> None:
        connection.execute("INSERT INTO public.bare (body) VALUES (%b)", (PAYLOAD,), prepare=True)

    return job


_all = count(1)


def _fresh() -> Iterator[int]:
    """Numbers that no other job of this process has."""
    return count(next(_all) * 10_000_000)


def _bare_table(shop: Store) -> None:
    with psycopg.connect(shop.owner_dsn, autocommit=True) as owner:
        owner.execute("CREATE TABLE public.bare (id bigserial PRIMARY KEY, body bytea)")


def _datastore(dsn: str) -> PostgresDatastore:
    where = conninfo_to_dict(dsn)
    return PostgresDatastore(
        dbname=str(where["dbname"]),
        host=str(where["host"]),
        port=str(where.get("port", "")),
        user=str(where["user"]),
        password="",
        originator_id_type="text",
        schema="public",
        pool_size=16,
        max_overflow=64,
    )
