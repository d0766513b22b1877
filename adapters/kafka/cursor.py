"""Where a lane's relay stands: the last position that is known to be in the topics. A row of `parley.tracking`."""

from __future__ import annotations

from adapters.store.database import Connection

RELAY = "relay"


def epoch_of(connection: Connection) -> str:
    row = connection.execute("SELECT epoch FROM parley.store").fetchone()
    assert row is not None
    return str(row[0])


def head_of(connection: Connection, lane: int) -> int:
    row = connection.execute("SELECT max(position) FROM parley.event WHERE lane = %s", (lane,)).fetchone()
    return (row[0] if row else None) or 0


def cursor_of(connection: Connection, lane: int) -> int:
    """The last position of the lane that is known to be published."""
    row = connection.execute(
        "SELECT position FROM parley.tracking WHERE consumer = %s AND lane = %s", (RELAY, lane), prepare=True
    ).fetchone()
    return int(row[0]) if row else 0


def move_cursor(connection: Connection, lane: int, position: int) -> None:
    """`position` 0 publishes everything once more, for topics that were deleted and made again."""
    connection.execute(
        "INSERT INTO parley.tracking (consumer, lane, position) VALUES (%s, %s, %s)"
        " ON CONFLICT (consumer, lane) DO UPDATE SET position = excluded.position",
        (RELAY, lane, position),
        prepare=True,
    )
