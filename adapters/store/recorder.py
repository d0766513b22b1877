"""Our recorder for the `eventsourcing` library: the same table and the same append function as the executor.

It lets the library's `Application`, mappers and tools work on Parley's log, and passes the recorder test cases that
the library ships. Saves of concurrent threads share a transaction: whoever comes first writes for all who wait. A save
that conflicts fails alone. A lost connection is not answered with a guess: the events are looked for before they are
inserted again (storage.md D6).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from adapters.store.arrays import Bigints, Blobs, Texts, register
from adapters.store.writing import event_id_of

APPEND = """
SELECT parley.append(%s::smallint, NULL, NULL, '{}'::text[], %s, %b::text[], %b::bigint[], %b::text[],
                     %b::bigint[]::integer[], %b::text[]::uuid[], %b::text[], %b::bytea[], %b::bytea[])
"""
COLUMNS = "position, stream, version, kind, schema, data"
VERSIONED = re.compile(r"(.+)\.v([1-9]\d*)$")
MOST_EVENTS = 5_000


class ParleyRecorder(PostgresApplicationRecorder):
    """One tenant's events of one lane, seen as the library sees events: `topic` is kind and schema in one text."""

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str = "event",
        tenant: str = "library",
        lane: int = 0,
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self._tenant = tenant
        self._lane = lane
        self._together = _Together(self._insert_batch)
        self._connection: psycopg.Connection[Any] | None = None

    def create_table(self) -> None:
        """The schema is made by `parley migrate` alone: no worker creates tables or functions at its start (D3)."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Positions of the events, in their order. `IntegrityError` if one of the versions exists already."""
        if not stored_events:
            return []
        return self._together.insert(stored_events)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        rows = self._query(
            f"SELECT {COLUMNS} FROM parley.event WHERE tenant = %s AND stream = %s"  # noqa: S608 - our own columns
            " AND (%s::bigint IS NULL OR version > %s) AND (%s::bigint IS NULL OR version <= %s)"
            f" ORDER BY version {'DESC' if desc else 'ASC'} LIMIT %s",
            (self._tenant, str(originator_id), gt, gt, lte, lte, limit),
        )
        return [
            StoredEvent(
                originator_id=originator_id, originator_version=version, topic=_topic(kind, schema), state=bytes(data)
            )
            for _, _, version, kind, schema, data in rows
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = 0 if start is None else start if inclusive_of_start else start + 1
        kinds = [_parts(topic) for topic in topics]
        rows = self._query(
            f"SELECT {COLUMNS} FROM parley.event WHERE lane = %s AND tenant = %s AND position >= %s"  # noqa: S608
            " AND (%s::bigint IS NULL OR position <= %s)"
            " AND (%s OR (kind, schema) IN (SELECT * FROM unnest(%s::text[], %s::integer[])))"
            " ORDER BY position LIMIT %s",
            (
                self._lane,
                self._tenant,
                first,
                stop,
                stop,
                not kinds,
                [kind for kind, _ in kinds],
                [schema for _, schema in kinds],
                limit,
            ),
        )
        return [
            Notification(
                id=position,
                originator_id=stream,
                originator_version=version,
                topic=_topic(kind, schema),
                state=bytes(data),
            )
            for position, stream, version, kind, schema, data in rows
        ]

    def max_notification_id(self) -> int | None:
        rows = self._query(
            "SELECT max(position) FROM parley.event WHERE lane = %s AND tenant = %s", (self._lane, self._tenant)
        )
        highest: int | None = rows[0][0]
        return highest

    def _query(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self.datastore.get_connection() as connection, _tuples(connection) as cursor:
            cursor.execute(query, values, prepare=True)
            return cursor.fetchall()

    def _insert_batch(self, saves: Sequence[Sequence[StoredEvent]]) -> list[list[int] | Exception]:
        """All saves in one transaction; if one of them conflicts, each in its own."""
        try:
            return list(self._append(saves))
        except IntegrityError as conflict:
            if len(saves) == 1:
                return [conflict]
            return [self._insert_batch([save])[0] for save in saves]
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            return [self._found(save) or error for save in saves]

    def _append(self, saves: Sequence[Sequence[StoredEvent]]) -> list[list[int]]:
        events = [event for save in saves for event in save]
        streams = [str(event.originator_id) for event in events]
        kinds = [_parts(event.topic) for event in events]
        values = (
            self._lane,
            self._tenant,
            Texts(streams),
            Bigints(event.originator_version for event in events),
            Texts(kind for kind, _ in kinds),
            Bigints(schema for _, schema in kinds),
            Texts(event_id_of("", self._tenant, str(e.originator_id), e.originator_version) for e in events),
            Texts([None] * len(events)),
            Blobs([b"{}"] * len(events)),
            Blobs(event.state for event in events),
        )
        try:
            with _tuples(self._writing()) as cursor:
                cursor.execute(APPEND, values, prepare=True)
                (first,) = cursor.fetchone() or (0,)
        except psycopg.IntegrityError as error:
            raise IntegrityError(error) from error
        return _numbered(first, saves)

    def _writing(self) -> Any:
        """The connection of whoever writes: there is one writer at a time, so one connection is enough."""
        if self._connection is None or self._connection.closed:
            with self.datastore.get_connection() as connection:
                self._connection = psycopg.connect(connection.info.dsn, autocommit=True)
            register(self._connection)
        return self._connection

    def _found(self, save: Sequence[StoredEvent]) -> list[int] | None:
        """After a lost connection: were exactly these events stored after all?"""
        rows = self._query(
            "SELECT version, position, data FROM parley.event WHERE tenant = %s AND stream = %s AND version >= %s"
            " ORDER BY version LIMIT %s",
            (self._tenant, str(save[0].originator_id), save[0].originator_version, len(save)),
        )
        same = [bytes(data) for _, _, data in rows] == [event.state for event in save]
        return [position for _, position, _ in rows] if same else None


def _tuples(connection: Any) -> psycopg.Cursor[tuple[Any, ...]]:
    cursor: psycopg.Cursor[tuple[Any, ...]] = connection.cursor(row_factory=psycopg.rows.tuple_row)
    return cursor


def _numbered(first: int, saves: Sequence[Sequence[StoredEvent]]) -> list[list[int]]:
    numbered, position = [], first
    for save in saves:
        numbered.append(list(range(position, position + len(save))))
        position += len(save)
    return numbered


def _parts(topic: str) -> tuple[str, int]:
    """`dialog.opened.v1` → (`dialog.opened`, 1); a topic of another form has schema 0."""
    found = VERSIONED.match(topic)
    return (found[1], int(found[2])) if found else (topic, 0)


def _topic(kind: str, schema: int) -> str:
    return f"{kind}.v{schema}" if schema else kind


class _Save:
    """One thread's events, waiting. Whoever is woken undone has to write for all who wait."""

    __slots__ = ("events", "gate", "result")

    def __init__(self, events: Sequence[StoredEvent]) -> None:
        self.events = events
        self.gate = threading.Lock()
        self.gate.acquire()
        self.result: list[int] | Exception | None = None


class _Together:
    """Group commit without a thread of its own: the first to come writes, the others wait and share the next one."""

    def __init__(self, write: Any) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: list[_Save] = []
        self._busy = False

    def insert(self, events: Sequence[StoredEvent]) -> list[int]:
        save = _Save(events)
        with self._lock:
            self._waiting.append(save)
            waits = self._busy
            self._busy = True
        if waits:
            save.gate.acquire()
        if save.result is None:
            self._lead()
        if isinstance(save.result, Exception):
            raise save.result
        assert save.result is not None
        return save.result

    def _lead(self) -> None:
        with self._lock:
            batch = self._take()
        try:
            results = self._write([save.events for save in batch])
        except Exception as error:
            results = [error] * len(batch)
        for save, result in zip(batch, results, strict=True):
            save.result = result
        with self._lock:
            successor = self._waiting[0] if self._waiting else None
            self._busy = successor is not None
        for save in batch:
            save.gate.release()
        if successor is not None:
            successor.gate.release()

    def _take(self) -> list[_Save]:
        batch: list[_Save] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0].events) <= MOST_EVENTS):
            save = self._waiting.pop(0)
            size += len(save.events)
            batch.append(save)
        return batch
