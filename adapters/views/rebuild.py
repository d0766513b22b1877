"""Rebuilding a view: folded from the log's beginning into a shadow table, compared with the live one, put in its place.

Readers see the old table until the swap, which takes milliseconds; the live reader goes on from where the new table
stands. What was parked is folded too, so its parking ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import psycopg

from adapters.store.database import Connection, Database
from adapters.store.log import decoded, fetch
from adapters.views.apply import View
from adapters.views.tables import create, swap
from domain.errors import Conflict, NotFound, Unavailable
from projections.base import Projection, projections

PAGE = 5_000
LOCK = 7032
Progress = Callable[[int, int], None]
"""(position reached, last position) of the lane being folded."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`same`: was the live table byte for byte what the log says? None = there was nothing to compare with."""

    projection: str
    events: int
    rows: int
    seconds: float
    same: bool | None
    digest: str


def rebuild(owner: Database, name: str, progress: Progress | None = None) -> Rebuilt:
    """Make the view `name` anew, with the rights of the owner role.

    Raises NotFound for an unknown name, Conflict if somebody rebuilds it already, Unavailable if readers hold the table
    longer than the lock timeout. In each case, and if a fold fails, the live table stays as it was.
    """
    projection = _known(name)
    started = monotonic()
    with owner.connect() as connection:
        _only_one(connection, name)
        build = _Build(connection, projection, progress or _silent)
        try:
            same = build.run()
        except psycopg.errors.LockNotAvailable:
            raise Unavailable("view_busy", f"The view {name} is in use; try again in a moment.") from None
        finally:
            connection.execute(f'DROP TABLE IF EXISTS view."{build.shadow}"')
            connection.execute("DELETE FROM view.counter WHERE projection = %s", (build.shadow,))
        rows = connection.execute(f'SELECT count(*) FROM view."{name}"').fetchone()  # noqa: S608 - a name of ours
        seconds = monotonic() - started
        return Rebuilt(name, build.events, rows[0] if rows else 0, seconds, same, digest(connection, projection))


def digest(connection: Connection, projection: Projection, table: str | None = None) -> str:
    """SHA-256 of all rows in the order of their keys, as PostgreSQL writes them in UTC."""
    total = hashlib.sha256()
    key = ", ".join(f'"{name}"' for name in projection.key)
    with connection.transaction():
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        with connection.cursor(name="digest") as cursor:
            cursor.itersize = PAGE
            query = f'SELECT row::text FROM view."{table or projection.name}" AS row ORDER BY {key}'  # noqa: S608
            for (text,) in cursor.execute(query):
                total.update(text.encode() + b"\n")
    return total.hexdigest()


def _known(name: str) -> Projection:
    found = projections().get(name)
    if found is None:
        raise NotFound("projection_unknown", f"There is no projection {name}; known: {', '.join(projections())}.")
    return found


def _only_one(connection: Connection, name: str) -> None:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCK, name)).fetchone()
    if row is None or not row[0]:
        raise Conflict("rebuild_running", f"The view {name} is being rebuilt already.")


def _silent(position: int, last: int) -> None:
    return None


class _Build:
    def __init__(self, connection: Connection, projection: Projection, progress: Progress) -> None:
        self.shadow = f"{projection.name}_rebuild"
        self.events = 0
        self._connection = connection
        self._projection = projection
        self._progress = progress
        self._new = View(projection, self.shadow)
        self._reached: dict[int, int] = {}

    def run(self) -> bool | None:
        connection, projection = self._connection, self._projection
        connection.execute(f'DROP TABLE IF EXISTS view."{self.shadow}"')
        connection.execute("DELETE FROM view.counter WHERE projection = %s", (self.shadow,))
        create(connection, projection, self.shadow)
        for lane in self._lanes():
            self._fold(lane)
        connection.execute(f'ANALYZE view."{self.shadow}"')
        with connection.transaction():
            tracked = self._stop_the_reader()
            same = self._compare(tracked)
            swap(connection, projection, self.shadow)
            self._take_over(tracked)
        return same

    def _lanes(self) -> list[int]:
        query = (
            "SELECT lane FROM parley.tenant UNION SELECT lane FROM parley.tracking WHERE consumer = %s ORDER BY lane"
        )
        return [lane for (lane,) in self._connection.execute(query, (self._projection.name,))]

    def _fold(self, lane: int, upto: int | None = None) -> None:
        """Fold the shadow on to the lane's end, or to a position at least."""
        kinds, last = sorted(self._projection.hears), _last(self._connection, lane)
        at = self._reached.get(lane, 0)
        while at < (last if upto is None else upto):
            rows = fetch(self._connection, at, PAGE, lane=lane, kinds=kinds)
            with self._connection.transaction():
                self._new.apply(self._connection, list(decoded(rows)))
            self.events += len(rows)
            at = rows[-1].position if len(rows) == PAGE else max(last, upto or 0)
            self._progress(at, last)
        self._reached[lane] = at

    def _stop_the_reader(self) -> dict[int, int]:
        """Hold the live reader's positions until the swap is done."""
        name = self._projection.name
        for lane in self._reached:
            self._connection.execute(
                "INSERT INTO parley.tracking (consumer, lane, position) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
                (name, lane),
            )
        rows = self._connection.execute(
            "SELECT lane, position FROM parley.tracking WHERE consumer = %s ORDER BY lane FOR UPDATE", (name,)
        )
        return dict(rows.fetchall())

    def _compare(self, tracked: dict[int, int]) -> bool | None:
        """Bring both tables to the log's end: a reader of topics may have applied more than it has noted yet.

        A table never filled, or with events parked, says nothing.
        """
        connection, projection = self._connection, self._projection
        for lane in tracked:
            self._fold(lane)
        parked = connection.execute("SELECT 1 FROM parley.parked WHERE consumer = %s LIMIT 1", (projection.name,))
        if parked.fetchone() or not any(tracked.values()):
            return None
        old = View(projection)
        for lane, position in tracked.items():
            while position < self._reached[lane]:
                rows = [
                    row for row in fetch(connection, position, PAGE, lane=lane) if row.position <= self._reached[lane]
                ]
                old.apply(connection, list(decoded(rows)))
                position = rows[-1].position
        return digest(connection, projection) == digest(connection, projection, self.shadow)

    def _take_over(self, tracked: dict[int, int]) -> None:
        connection, name = self._connection, self._projection.name
        for lane in tracked:
            connection.execute(
                "UPDATE parley.tracking SET position = %s WHERE consumer = %s AND lane = %s",
                (self._reached[lane], name, lane),
            )
        connection.execute("DELETE FROM parley.parked WHERE consumer = %s", (name,))
        connection.execute("DELETE FROM view.counter WHERE projection = %s", (name,))
        connection.execute("UPDATE view.counter SET projection = %s WHERE projection = %s", (name, self.shadow))


def _last(connection: Connection, lane: int) -> int:
    row = connection.execute("SELECT max(position) FROM parley.event WHERE lane = %s", (lane,)).fetchone()
    return (row[0] if row else None) or 0
