"""A projection as a consumer: load the rows that a page touches, fold in memory, write what changed. Three statements.

Repeated events change nothing: each row knows the last version that it has seen. Counters are kept with the rows: the
difference that a page makes to a row's lists is added in the same transaction (J05).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from adapters.feed import Consumer
from adapters.store.database import Connection
from adapters.views.columns import Column, columns_of
from domain.recorded import Recorded
from projections.base import Key, Projection, apply, projections

Counts = Counter[tuple[str, str]]


def consumers(names: Sequence[str] | None = None) -> list[Consumer]:
    """The consumers of these projections, or of all."""
    known = projections()
    return [View(known[name]) for name in (known if names is None else names)]


class View:
    """One projection's table. `table` differs from its name while it is rebuilt aside."""

    def __init__(self, projection: Projection, table: str | None = None) -> None:
        self.projection = projection
        self.table = table or projection.name
        self._columns = columns_of(projection.row)
        by_name = {column.name: column for column in self._columns}
        self._key = [by_name[name] for name in projection.key]
        self._loads = [(at, column.load) for at, column in enumerate(self._columns) if column.load]
        self._select, self._upsert, self._delete = self._statements()

    @property
    def name(self) -> str:
        return self.projection.name

    @property
    def hears(self) -> frozenset[str]:
        return self.projection.hears

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        projection = self.projection
        heard = [one for one in events if type(one.event) in projection.folds]
        touched = {key for one in heard for key in projection.keys(one)}
        if not touched:
            return
        before = self._load(connection, touched)
        after: dict[Key, Any] = dict(before)
        changed = sorted(apply(projection, after, heard))
        self._write(connection, [row for key in changed if (row := after[key]) is not None])
        self._remove(connection, [key for key in changed if after[key] is None and key in before])
        self._count(connection, (before.get(key) for key in changed), (after[key] for key in changed))

    def _load(self, connection: Connection, keys: Collection[Key]) -> dict[Key, Any]:
        with connection.cursor(binary=True) as cursor:
            cursor.execute(self._select, _by_column(self._key, keys), prepare=True)
            rows = (self._row(values) for values in cursor.fetchall())
            return {self.projection.key_of(row): row for row in rows}

    def _row(self, values: Sequence[Any]) -> Any:
        row = list(values)
        for at, load in self._loads:
            row[at] = load(row[at])
        return self.projection.row(*row)

    def _write(self, connection: Connection, rows: Sequence[Any]) -> None:
        if rows:
            names = [column.name for column in self._columns]
            values = ([getattr(row, name) for name in names] for row in rows)
            connection.execute(self._upsert, _by_column(self._columns, values), prepare=True)

    def _remove(self, connection: Connection, keys: Sequence[Key]) -> None:
        if keys:
            connection.execute(self._delete, _by_column(self._key, keys), prepare=True)

    def _count(self, connection: Connection, before: Iterable[Any], after: Iterable[Any]) -> None:
        if self.projection.counts is None:
            return
        counts = self._counts(after)
        counts.subtract(self._counts(before))
        add_counts(connection, self.table, counts)

    def _counts(self, rows: Iterable[Any]) -> Counts:
        count = self.projection.counts
        assert count is not None
        return Counter((row.tenant, name) for row in rows if row is not None for name in count(row))

    def _statements(self) -> tuple[str, str, str]:
        """Load, write, remove. All names are those of our own rows, never anything from outside."""
        every, key, table = self._columns, self._key, f'view."{self.table}"'
        same = " AND ".join(f"row.{column.quoted} = asked.{column.quoted}" for column in key)
        updates = ", ".join(f"{one.quoted} = EXCLUDED.{one.quoted}" for one in every if one not in key)
        select = f"SELECT {_listed(every, 'row.{}')} FROM {_sent(key)} JOIN {table} AS row ON {same}"  # noqa: S608
        insert = f"INSERT INTO {table} ({_listed(every)}) SELECT {', '.join(map(_received, every))}"
        upsert = f"{insert} FROM {_sent(every)} ON CONFLICT ({_listed(key)}) DO UPDATE SET {updates}"
        return select, upsert, f"DELETE FROM {table} AS row USING {_sent(key)} WHERE {same}"  # noqa: S608


def add_counts(connection: Connection, projection: str, counts: Counts) -> None:
    """Add to the counters, always in the same order, so that two who write wait for each other instead of deadlock."""
    moved = sorted((tenant, name, n) for (tenant, name), n in counts.items() if n)
    if moved:
        tenants, names, ns = (list(column) for column in zip(*moved, strict=True))
        connection.execute(ADD_COUNTS, (projection, tenants, names, ns), prepare=True)


ADD_COUNTS = """
INSERT INTO view.counter (projection, tenant, name, n)
SELECT %s, moved.tenant, moved.name, moved.n FROM unnest(%b::text[], %b::text[], %b::bigint[]) AS moved(tenant, name, n)
ON CONFLICT (projection, tenant, name) DO UPDATE SET n = counter.n + EXCLUDED.n
"""


def _by_column(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """One list a column: the parameters of `unnest`."""
    turned = zip(*rows, strict=True)
    return [
        list(values) if column.dump is None else [column.dump(value) for value in values]
        for column, values in zip(columns, turned, strict=True)
    ]


def _sent(columns: Sequence[Column]) -> str:
    arrays = ", ".join(f"%b::{column.sent_as}[]" for column in columns)
    return f"unnest({arrays}) AS asked({_listed(columns)})"


def _listed(columns: Sequence[Column], form: str = "{}") -> str:
    return ", ".join(form.format(column.quoted) for column in columns)


def _received(column: Column) -> str:
    cast = "" if column.sent_as == column.type else f"::{column.type}"
    return f"asked.{column.quoted}{cast}"
