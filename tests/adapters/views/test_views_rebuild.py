"""A rebuild that cannot be finished leaves the live table as it was, and says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.store.database import Connection, Database
from adapters.views import rebuild as room
from adapters.views.rebuild import LOCK, digest, rebuild
from domain.dialog.events import Opened
from domain.errors import Conflict, NotFound, Unavailable
from projections.base import projections
from tests.adapters.views.place import Place
from tests.projections.days import Shop, play


@pytest.fixture
def filled(place: Place) -> Place:
    place.write(play(Shop(), [("write", n, n, 1) for n in range(4)]).log)
    place.feed("inbox").pump()
    return place


def live(place: Place) -> str:
    with place.connect() as connection:
        return digest(connection, projections()["inbox"])


def left_over(place: Place) -> list[Any]:
    with place.owner.connect() as connection:
        tables = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'inbox_rebuild%'").fetchall()
        counts = connection.execute("SELECT name FROM view.counter WHERE projection = 'inbox_rebuild'").fetchall()
    return [*tables, *counts]


def test_an_unknown_name_is_told_the_known_ones(filled: Place) -> None:
    with pytest.raises(NotFound, match=r"known: agent_board, .* transcript") as refused:
        rebuild(filled.owner, "outbox")
    assert refused.value.code == "projection_unknown"


def test_only_one_rebuilds_a_view_at_a_time(filled: Place) -> None:
    with filled.owner.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s, hashtext('inbox'))", (LOCK,))
        with pytest.raises(Conflict) as refused:
            rebuild(filled.owner, "inbox")
    assert refused.value.code == "rebuild_running"


class Impatient(Database):
    def connect(self, *, autocommit: bool = True) -> Connection:
        connection = super().connect(autocommit=autocommit)
        connection.execute("SET lock_timeout = '100ms'")
        return connection


def test_a_view_that_is_read_for_long_is_busy(filled: Place) -> None:
    before = live(filled)
    with filled.connect() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM view.inbox")
        with pytest.raises(Unavailable) as refused:
            rebuild(Impatient(filled.owner.dsn), "inbox")
    assert (refused.value.code, live(filled), left_over(filled)) == ("view_busy", before, [])
    assert rebuild(filled.owner, "inbox").same is True


def test_a_fold_that_fails_leaves_the_live_table(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(row: Any, event: Any, recorded: Any) -> Any:
        raise ZeroDivisionError

    inbox = projections()["inbox"]
    monkeypatch.setattr(room, "projections", lambda: {"inbox": replace(inbox, folds={**inbox.folds, Opened: broken})})
    before = live(filled)
    with pytest.raises(ZeroDivisionError):
        rebuild(filled.owner, "inbox")
    assert (live(filled), left_over(filled)) == (before, [])


def test_what_was_parked_is_folded_and_no_longer_parked(filled: Place) -> None:
    with filled.owner.connect() as connection:
        connection.execute("DELETE FROM view.inbox WHERE dialog = (SELECT min(dialog) FROM view.inbox)")
        connection.execute(
            "INSERT INTO parley.parked (consumer, tenant, stream, version, lane, position, error)"
            " SELECT 'inbox', tenant, stream, version, lane, position, 'ValueError' FROM parley.event"
            " WHERE stream LIKE 'dialog-%' LIMIT 3"
        )
    built = rebuild(filled.owner, "inbox")
    assert (built.same, built.rows) == (None, 4)
    with filled.connect() as connection:
        assert connection.execute("SELECT count(*) FROM parley.parked").fetchone() == (0,)


def test_progress_is_told_up_to_the_end(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PAGE", 5)
    told: list[tuple[int, int]] = []
    built = rebuild(filled.owner, "inbox", lambda at, last: told.append((at, last)))
    assert len(told) == built.events // 5 + 1
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
