"""Ctrl-C at any moment of a run is an interruption, whatever the lock's connection is doing just then."""

from __future__ import annotations

import pytest

from adapters.play.tenant import one_run_at_a_time
from domain.errors import Conflict
from tests.adapters.play.theatre import Theatre


def test_an_interruption_in_the_middle_of_a_query_stays_one(stage: Theatre, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyboardInterrupt), stage.database.connect() as connection, one_run_at_a_time(connection, "cut"):
        connection.pgconn.send_query(b"SELECT pg_sleep(1)")
        raise KeyboardInterrupt
    assert caplog.records == []


def test_an_interruption_with_the_connection_gone_stays_one(stage: Theatre) -> None:
    with pytest.raises(KeyboardInterrupt), stage.database.connect() as connection, one_run_at_a_time(connection, "cut"):
        connection.close()
        raise KeyboardInterrupt


def test_between_two_queries_the_lock_is_let_go_at_once(stage: Theatre) -> None:
    with stage.database.connect() as mine, stage.database.connect() as other:
        with pytest.raises(KeyboardInterrupt), one_run_at_a_time(mine, "cut"):
            with pytest.raises(Conflict), one_run_at_a_time(other, "cut"):
                raise AssertionError("two play the same tenant")
            raise KeyboardInterrupt
        with one_run_at_a_time(other, "cut"):
            assert not mine.closed
