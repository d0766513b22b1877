"""Live rows are rebuilt rows are folded rows: in PostgreSQL, by any pages, with repeats, under two readers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store.log import Log
from adapters.views.apply import View
from adapters.views.columns import columns_of
from adapters.views.rebuild import digest, rebuild
from domain.dialog.events import TagAdded
from domain.recorded import Recorded
from projections.base import Key, Projection, apply, projections
from tests.adapters.views.place import Place
from tests.projections.days import Act, Shop, acts, play

ALL = sorted(projections())
A_DAY: list[Act] = [
    (kind, n % 12, n % 6, (n * 5) % 6)
    for n in range(9)
    for kind in (
        "write",
        "distribute",
        "accept",
        "send",
        "tell",
        "report",
        "edit",
        "transfer",
        "settings",
        "stop",
        "time",
    )
]


def stored(place: Place, projection: Projection) -> dict[Key, Any]:
    view = View(projection)
    names = ", ".join(column.quoted for column in columns_of(projection.row))
    with place.connect() as connection, connection.cursor(binary=True) as cursor:
        rows = cursor.execute(f'SELECT {names} FROM view."{projection.name}"').fetchall()
    found = [view._row(values) for values in rows]
    return {projection.key_of(row): row for row in found}


def folded(projection: Projection, log: Sequence[Recorded]) -> dict[Key, Any]:
    rows: dict[Key, Any] = {}
    apply(projection, rows, log)
    return {key: row for key, row in rows.items() if row is not None}


def counted(place: Place) -> dict[tuple[str, str], int]:
    with place.connect() as connection:
        rows = connection.execute("SELECT projection, name, n FROM view.counter WHERE n <> 0").fetchall()
    return {(projection, name): n for projection, name, n in rows}


def expected_counts(log: Sequence[Recorded]) -> dict[tuple[str, str], int]:
    counts: Counter[tuple[str, str]] = Counter()
    for projection in projections().values():
        if projection.counts is not None:
            for row in folded(projection, log).values():
                counts.update((projection.name, name) for name in projection.counts(row))
    return dict(counts)


@pytest.fixture(scope="module")
def shared() -> Iterator[Place]:
    """One database for many drawn days; each begins by emptying it."""
    made = Place()
    yield made
    made.close()


def emptied(place: Place) -> Place:
    tables = ", ".join(f'view."{name}"' for name in (*ALL, "counter"))
    with place.owner.connect() as connection:
        connection.execute(f"TRUNCATE parley.event, parley.tracking, {tables}")
    return place


SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)


@pytest.mark.requirement("J01", "J05")
@SLOW
@given(acts, st.lists(st.integers(0, 10_000), max_size=4), st.integers(1, 200))
def test_live_rows_are_folded_rows_and_repeats_change_nothing(
    shared: Place, drawn: list[Act], cuts: list[int], page: int
) -> None:
    place = emptied(shared)
    office = play(Shop(), drawn)
    place.write(office.log)
    place.feed(page=page).pump()
    log = Log(place.app).read(0, 10_000)
    assert [one.event_id for one in log] != []
    again = sorted({0, *(cut % (len(log) + 1) for cut in cuts), len(log)})
    with place.connect() as connection:
        for name in ALL:
            view = View(projections()[name])
            before = digest(connection, view.projection)
            for start, end in pairwise(again):
                view.apply(connection, log[start:end])
            assert digest(connection, view.projection) == before, name
            assert stored(place, view.projection) == folded(view.projection, log), name
    assert counted(place) == expected_counts(log)


@pytest.mark.parametrize("name", ALL)
def test_rebuilt_is_live_byte_for_byte(place: Place, name: str) -> None:
    office = play(Shop(), A_DAY)
    place.write(office.log)
    place.feed(name, page=17).pump()
    counts = counted(place)
    with place.connect() as connection:
        live = digest(connection, projections()[name])
    built = rebuild(place.owner, name)
    assert (built.same, built.digest) == (True, live)
    assert built.rows == len(stored(place, projections()[name])) > 0
    assert counted(place) == counts


def test_a_rebuild_finds_and_repairs_a_row_that_the_log_does_not_say(place: Place) -> None:
    """The control: one changed byte is enough to differ."""
    office = play(Shop(), A_DAY)
    place.write(office.log)
    place.feed("inbox").pump()
    with place.connect() as connection:
        right = digest(connection, projections()["inbox"])
        connection.execute("UPDATE view.inbox SET topic = 'other' WHERE ctid = (SELECT min(ctid) FROM view.inbox)")
        connection.execute("UPDATE view.counter SET n = n + 1 WHERE name = 'open'")
        assert digest(connection, projections()["inbox"]) != right
    built = rebuild(place.owner, "inbox")
    assert (built.same, built.digest) == (False, right)
    assert {name: n for (_, name), n in counted(place).items()} == {
        name: n for (projection, name), n in expected_counts(office.log).items() if projection == "inbox"
    }


def test_a_reader_goes_on_behind_a_rebuild(place: Place) -> None:
    """Prepared statements of a running reader survive the swap; what was appended meanwhile is applied once."""
    log = play(Shop(), A_DAY).log
    third = len(log) // 3
    feed = place.feed("inbox", page=20)
    place.write(log[:third])
    feed.pump()
    place.write(log[third : 2 * third])
    built = rebuild(place.owner, "inbox")
    assert built.same is True
    place.write(log[2 * third :])
    feed.pump()
    assert rebuild(place.owner, "inbox").same is True
    assert stored(place, projections()["inbox"]).keys() == folded(projections()["inbox"], log).keys()
    with place.owner.connect() as connection:
        tables = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE '%rebuild%'").fetchall()
        indexes = connection.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'inbox'").fetchall()
    assert tables == []
    wanted = {f"inbox_{name}" for name in ("pkey", *projections()["inbox"].indexes)}
    assert {name for (name,) in indexes} == wanted


def test_two_readers_and_a_rebuild_at_once_apply_everything_once(place: Place) -> None:
    log = play(Shop(), A_DAY).log
    feeds = [place.feed("inbox", "transcript", page=7) for _ in range(2)]
    for feed in feeds:
        feed.start()
    try:
        for start in range(0, len(log), 40):
            place.write(log[start : start + 40])
            for feed in feeds:
                feed.wake()
        building = threading.Thread(target=rebuild, args=(place.owner, "inbox"))
        building.start()
        building.join()
        assert feeds[0].wait(len(log))
    finally:
        for feed in feeds:
            feed.stop()
    stored_log = Log(place.app).read(0, 10_000)
    for name in ("inbox", "transcript"):
        assert stored(place, projections()[name]) == folded(projections()[name], stored_log)


def test_a_table_that_was_never_filled_is_filled_by_a_rebuild(place: Place) -> None:
    office = play(Shop(), A_DAY)
    place.write(office.log)
    built = rebuild(place.owner, "transcript")
    assert (built.same, built.events > 0, built.rows > 0) == (None, True, True)
    feed = place.feed("transcript")
    with place.connect() as connection:
        before = digest(connection, projections()["transcript"])
        feed.pump()
        assert digest(connection, projections()["transcript"]) == before


def test_texts_that_postgresql_cannot_hold_are_held_all_the_same(place: Place) -> None:
    office = play(Shop(), [("write", 1, 0, 1)])
    dialog = next(one for one in office.log if one.stream.startswith("dialog-"))
    last = max(one.version for one in office.log if one.stream == dialog.stream)
    odd = 'a"b\\c, {d}\0e'
    tagged = replace_event(office.log[-1], dialog.stream, last + 1, len(office.log) + 1, TagAdded(tag=odd))
    place.write([*office.log, tagged])
    place.feed("inbox", "transcript").pump()
    (row,) = stored(place, projections()["inbox"]).values()
    assert row.tags == (odd.replace("\0", "\ufffd"),)
    line = max(stored(place, projections()["transcript"]).values(), key=lambda one: one.position)
    assert line.facts == {"tag": odd.replace("\0", "\ufffd")}
    with place.connect() as connection:
        assert connection.execute("SELECT count(*) FROM parley.parked").fetchone() == (0,)


def replace_event(like: Recorded, stream: str, version: int, position: int, event: Any) -> Recorded:
    return like._replace(stream=stream, version=version, position=position, event=event, event_id=f"{stream}@{version}")


def test_a_projection_of_another_shape_gets_a_new_table_and_starts_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.views import tables

    office = play(Shop(), A_DAY)
    place.write(office.log)
    place.feed("inbox", "groups").pump()
    with place.owner.connect() as connection:
        assert tables.create_all(connection) == []
        now = projections()["inbox"]
        newer = {**projections(), "inbox": replace(now, version=now.version + 1)}
        monkeypatch.setattr(tables, "projections", lambda: newer)
        assert tables.create_all(connection) == ["inbox"]
    assert stored(place, projections()["inbox"]) == {}
    assert [name for projection, name in counted(place) if projection == "inbox"] == []
    place.feed("inbox", "groups").pump()
    assert len(stored(place, projections()["inbox"])) == len(folded(projections()["inbox"], office.log)) > 0


def test_the_application_role_may_fill_a_view_but_not_make_one(place: Place) -> None:
    import psycopg

    with place.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE view.other (name text)")
