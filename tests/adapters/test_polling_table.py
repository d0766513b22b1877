"""Who asks a channel's provider: one process at a time, and another one soon after it has fallen silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.polling import table
from adapters.polling.table import HELD_FOR, Due, Row
from adapters.store.database import Connection
from tests.store import TENANT, store

SECOND = timedelta(seconds=1)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with store() as made, made.database.pool.connection() as open_one:
        yield open_one


def begun(connection: Connection, position: int = 7, cursor: str = "from here") -> Row:
    (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or ()
    row = Row(TENANT, "shop", cursor, position, now)
    table.begin(connection, 0, row)
    return row


def test_what_one_has_claimed_nobody_else_gets(connection: Connection) -> None:
    row = begun(connection)
    later = row.at + SECOND
    assert table.claim(connection, 0, "a", later, 5) == [Due(TENANT, "shop", "from here", 7, 0)]
    assert table.claim(connection, 0, "b", later, 5) == []
    table.hold(connection, "a", [(TENANT, "shop")], later + SECOND)
    assert table.claim(connection, 0, "b", later + HELD_FOR, 5) == []


def test_whoever_falls_silent_is_followed_and_can_settle_nothing_any_more(connection: Connection) -> None:
    row = begun(connection)
    (mine,) = table.claim(connection, 0, "a", row.at, 5)
    (theirs,) = table.claim(connection, 0, "b", row.at + HELD_FOR, 5)
    assert not table.keep(connection, "a", mine, "too late")
    table.settle(connection, "a", mine, "too late", row.at, 0)
    assert table.keep(connection, "b", theirs, "further")
    table.settle(connection, "b", theirs, "further", row.at, 0)
    assert [one.cursor for one in table.claim(connection, 0, "c", row.at + SECOND, 5)] == ["further"]


def test_a_new_beginning_wins_over_a_look_that_still_runs(connection: Connection) -> None:
    row = begun(connection)
    (old,) = table.claim(connection, 0, "a", row.at, 5)
    begun(connection, 9, "anew")
    table.settle(connection, "a", old, "old mailbox", row.at, 0)
    assert [one.cursor for one in table.claim(connection, 0, "a", row.at + SECOND, 5)] == ["anew"]


def test_an_older_event_read_again_changes_nothing(connection: Connection) -> None:
    row = begun(connection, 9)
    assert not table.begin(connection, 0, row._replace(since=7, cursor="older"))
    table.end(connection, TENANT, "shop", 8)
    assert [one.since for one in table.claim(connection, 0, "a", row.at + SECOND, 5)] == [9]
