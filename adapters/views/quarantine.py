"""The quarantine of one channel: its items in the order in which they came, and where the event of each stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from adapters.store.database import Connection
from adapters.views.lists import Page

WAITING = """
SELECT * FROM view.quarantine
WHERE tenant = %s AND channel = %s AND released_at IS NULL AND position > %s
ORDER BY position LIMIT %s
"""
FIRST = """
SELECT item, position, false FROM view.quarantine
WHERE tenant = %s AND channel = %s AND released_at IS NULL ORDER BY position LIMIT %s
"""
NAMED = """
SELECT item, position, released_at IS NOT NULL FROM view.quarantine
WHERE tenant = %s AND channel = %s AND item = ANY (%s) ORDER BY position
"""


class Place(NamedTuple):
    """`position` of the item's event; of its release, where it was released."""

    item: str
    position: int
    released: bool


def items(connection: Connection, tenant: str, channel: str, *, after: int = 0, limit: int = 50) -> Page:
    """What waits, the oldest first. Personal fields are still sealed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows: list[dict[str, Any]] = cursor.execute(WAITING, (tenant, channel, after, limit + 1)).fetchall()
    return Page(rows[:limit], str(rows[limit - 1]["position"]) if len(rows) > limit else None)


def places(connection: Connection, tenant: str, channel: str, wanted: Sequence[str] | None, limit: int) -> list[Place]:
    """Of these items, or of the first that wait; always in quarantine order."""
    if wanted is None:
        return [Place(*row) for row in connection.execute(FIRST, (tenant, channel, limit)).fetchall()]
    return [Place(*row) for row in connection.execute(NAMED, (tenant, channel, list(wanted))).fetchall()]
