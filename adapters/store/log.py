"""Reading the log: pages in position order, one stream, raw rows for the relay. Reads never wait for writers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from adapters.store.codec import UnknownEvent, decode, decode_meta
from adapters.store.database import Connection, Database
from domain.recorded import Meta, Recorded

COLUMNS = "position, tenant, stream, version, kind, schema, event_id, recorded_at, meta, data"


class Row(NamedTuple):
    """An event as the table holds it, undecoded."""

    position: int
    tenant: str
    stream: str
    version: int
    kind: str
    schema: int
    event_id: UUID
    recorded_at: datetime
    meta: bytes
    data: bytes


class Log:
    def __init__(self, database: Database) -> None:
        self._database = database

    def read(
        self,
        after: int,
        limit: int = 500,
        *,
        lane: int = 0,
        tenant: str | None = None,
        stream: str | None = None,
        kinds: Sequence[str] | None = None,
    ) -> list[Recorded]:
        """Events behind `after`, decoded; kinds that this release does not know are left out."""
        return list(decoded(self.rows(after, limit, lane=lane, tenant=tenant, stream=stream, kinds=kinds)))

    def rows(
        self,
        after: int,
        limit: int = 500,
        *,
        lane: int = 0,
        tenant: str | None = None,
        stream: str | None = None,
        kinds: Sequence[str] | None = None,
    ) -> list[Row]:
        with self._database.pool.connection() as connection:
            return fetch(connection, after, limit, lane=lane, tenant=tenant, stream=stream, kinds=kinds)

    def stream(self, tenant: str, stream: str, *, upto: int | None = None) -> list[Recorded]:
        """One stream from its beginning; `upto` = the last position to include."""
        with self._database.pool.connection() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM parley.event WHERE tenant = %s AND stream = %s"  # noqa: S608 - our own columns
                " AND (%s::bigint IS NULL OR position <= %s) ORDER BY version",
                (tenant, stream, upto, upto),
            )
            return list(decoded(Row(*row) for row in cursor))

    def head(self, lane: int = 0) -> int:
        with self._database.pool.connection() as connection:
            row = connection.execute("SELECT max(position) FROM parley.event WHERE lane = %s", (lane,)).fetchone()
        return (row[0] if row else None) or 0

    def epoch(self) -> str:
        with self._database.pool.connection() as connection:
            row = connection.execute("SELECT epoch FROM parley.store").fetchone()
        assert row is not None
        return str(row[0])


def fetch(
    connection: Connection,
    after: int,
    limit: int,
    *,
    lane: int = 0,
    tenant: str | None = None,
    stream: str | None = None,
    kinds: Sequence[str] | None = None,
) -> list[Row]:
    """One page in position order. Filters are optional; without any it is one walk along the primary key."""
    conditions, values = ["lane = %s", "position > %s"], [lane, after]
    for name, value in (("tenant", tenant), ("stream", stream)):
        if value is not None:
            conditions.append(f"{name} = %s")
            values.append(value)  # type: ignore[arg-type]
    if kinds is not None:
        conditions.append("kind = ANY (%s)")
        values.append(list(kinds))  # type: ignore[arg-type]
    where = " AND ".join(conditions)
    query = f"SELECT {COLUMNS} FROM parley.event WHERE {where} ORDER BY position LIMIT %s"  # noqa: S608 - our own names
    with connection.cursor(binary=True) as cursor:
        cursor.execute(query, [*values, limit], prepare=True)
        return [Row(*row) for row in cursor]


def decoded(rows: Sequence[Row] | Iterator[Row]) -> Iterator[Recorded]:
    metas: dict[bytes, Meta] = {}
    for row in rows:
        try:
            event = decode(row.kind, row.schema, row.data)
        except UnknownEvent:
            continue
        meta = metas.get(row.meta)
        if meta is None:
            metas[row.meta] = meta = decode_meta(row.meta)
        yield Recorded(
            row.position, row.tenant, row.stream, row.version, str(row.event_id), row.recorded_at, meta, event
        )


def recorded_of(row: Row) -> Recorded | None:
    return next(decoded([row]), None)


__all__ = ["COLUMNS", "Log", "Row", "decoded", "fetch", "recorded_of"]
