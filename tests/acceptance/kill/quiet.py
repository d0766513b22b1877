"""Waiting until nothing is left to do: every reader at the log's end, no marks, no messages on their way."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep

from adapters.store.database import Connection, Database
from processors import REGISTRY
from projections.base import projections

STILL_FOR = 1.0
TELL_EVERY = 5.0
READERS = [*(f"processor:{name}" for name in REGISTRY), "processor:delivery", *projections()]
BEHIND = """
SELECT wanted.name FROM unnest(%s::text[]) AS wanted(name)
LEFT JOIN parley.tracking ON consumer = wanted.name AND lane = 0
WHERE coalesce(position, 0) < (SELECT coalesce(max(position), 0) FROM parley.event WHERE lane = 0)
"""
UNSENT = """
SELECT count(*) FROM parley.delivery AS one WHERE (state = 'waiting' AND NOT EXISTS (
    SELECT FROM parley.delivery AS before WHERE before.tenant = one.tenant AND before.dialog = one.dialog
    AND before.position < one.position AND before.state = 'calling'
)) OR (NOT reported AND state IN ('sent', 'failed', 'unknown'))
"""
"""What waits behind a call that a kill has cut waits for a minute; that is not waited for here."""


def wait_until_quiet(database: Database, *, readers: list[str] | None = None, within: float = 120.0) -> list[str]:
    """What is still unrest when time is up; empty = for a whole second nothing moved, and nothing is left to do."""
    end, since, head, told = monotonic() + within, None, -1, monotonic()
    with database.connect() as connection:
        while monotonic() < end:
            unrest, now = list(_unrest(connection, readers or READERS)), _head(connection)
            if unrest or now != head:
                since, head = None, now
            if unrest and monotonic() - told > TELL_EVERY:
                told = monotonic()
                print(f"not quiet yet: {'; '.join(unrest)}")
            since = since or monotonic()
            if not unrest and monotonic() - since > STILL_FOR:
                return []
            sleep(0.1)
        return unrest or [f"the log still grows, at {now}"]


def _unrest(connection: Connection, readers: list[str]) -> Iterator[str]:
    behind = [name for (name,) in connection.execute(BEHIND, (readers,)).fetchall()]
    if behind:
        yield f"behind the log: {', '.join(behind)}"
    if dirty := connection.execute("SELECT processor, key FROM parley.dirty WHERE marked > 0 LIMIT 3").fetchall():
        yield f"marks not looked at: {dirty}"
    if unsent := _number(connection, UNSENT):
        yield f"{unsent} messages neither sent nor told of"


def _head(connection: Connection) -> int:
    return _number(connection, "SELECT coalesce(max(position), 0) FROM parley.event")


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
