"""What is true of every projection: pages, repeats and other streams do not matter; a row belongs to one stream."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import projections as folder
from domain.recorded import Recorded
from domain.streams import EVENTS
from projections.base import Key, Projection, apply, projections
from tests.house.test_purity import impurities
from tests.projections.days import Act, Shop, acts, play

ALL = sorted(projections())
Rows = dict[Key, Any]


def day(drawn: Sequence[Act]) -> list[Recorded]:
    return play(Shop(), drawn).log


def folded(projection: Projection, *pages: Sequence[Recorded]) -> Rows:
    rows: Rows = {}
    for page in pages:
        apply(projection, rows, page)
    return rows


def pages_of(log: Sequence[Recorded], cuts: Sequence[int]) -> list[Sequence[Recorded]]:
    places = sorted({0, len(log), *(cut % (len(log) + 1) for cut in cuts)})
    return [log[start:end] for start, end in pairwise(places)]


@pytest.mark.requirement("J01")
@given(acts, st.lists(st.integers(0, 10_000), max_size=10))
def test_any_page_split_gives_the_same_rows(drawn: list[Act], cuts: list[int]) -> None:
    log = day(drawn)
    for projection in projections().values():
        assert folded(projection, *pages_of(log, cuts)) == folded(projection, log), projection.name


@given(acts, st.lists(st.integers(0, 10_000), max_size=10), st.randoms(use_true_random=False))
def test_repeated_pages_change_nothing(drawn: list[Act], cuts: list[int], chance: random.Random) -> None:
    log = day(drawn)
    pages = pages_of(log, cuts)
    for projection in projections().values():
        again = [old for at, page in enumerate(pages) for old in (page, *chance.sample(pages[: at + 1], 1))]
        assert folded(projection, *again) == folded(projection, log), projection.name


def test_without_the_versions_of_rows_a_repeated_page_would_be_seen() -> None:
    """The control: folds that forget the version count a message twice."""
    log = day([("write", 1, 0, 1), ("write", 1, 0, 1)])
    inbox = projections()["inbox"]
    forgetful = replace(inbox, folds={kind: _forgetting(fold) for kind, fold in inbox.folds.items()})
    assert folded(inbox, log, log[-2:]) == folded(inbox, log)
    assert folded(forgetful, log, log[-2:]) != folded(forgetful, log)


def _forgetting(fold: Any) -> Any:
    def forgetful(row: Any, event: Any, recorded: Recorded) -> Any:
        after = fold(row, event, recorded)
        return after and replace(after, version=0)

    return forgetful


@given(acts, st.randoms(use_true_random=False))
def test_the_order_between_streams_does_not_matter(drawn: list[Act], chance: random.Random) -> None:
    log = day(drawn)
    streams: dict[str, list[Recorded]] = defaultdict(list)
    for event in log:
        streams[event.stream].append(event)
    order = [event.stream for event in log]
    chance.shuffle(order)
    mixed = [streams[stream].pop(0) for stream in order]
    for projection in projections().values():
        assert folded(projection, mixed) == folded(projection, log), projection.name


@given(acts)
def test_a_row_is_owned_by_one_stream_and_knows_its_last_event(drawn: list[Act]) -> None:
    log = day(drawn)
    for projection in projections().values():
        owners: dict[Key, set[str]] = defaultdict(set)
        for event in log:
            if event.event.kind in projection.hears:
                for key in projection.keys(event):
                    owners[key].add(event.stream)
        assert all(len(streams) == 1 for streams in owners.values()), projection.name
        versions = {(event.stream, event.version) for event in log}
        for key, row in folded(projection, log).items():
            assert projection.key_of(row) == key
            assert (*owners[key], row.version) in versions


@pytest.mark.parametrize("name", ALL)
def test_what_it_does_not_hear_changes_nothing(name: str) -> None:
    projection = projections()[name]
    log = day([("write", 1, 0, 1), ("distribute", 0, 0, 0), ("accept", 0, 0, 0), ("close", 0, 0, 0)])
    others = [event for event in log if event.event.kind not in projection.hears]
    assert others
    assert projection.hears <= set(EVENTS)
    assert folded(projection, others) == {}
    rows = folded(projection, log)
    for row in rows.values():
        assert all(projection.fold(row, other) is row for other in others)


@pytest.mark.parametrize("name", ALL)
def test_a_fold_is_total_without_the_events_before(name: str) -> None:
    """Whatever comes first for a row - because its beginning is still parked, say - nothing raises."""
    projection = projections()[name]
    log = play(Shop(), [("write", n, n, n) for n in range(6)] + BUSY).log
    for event in log:
        row = projection.fold(None, event)
        assert row is None or projection.key_of(row) in projection.keys(event)


BUSY: list[Act] = [
    ("distribute", 0, 0, 0), ("accept", 0, 0, 0), ("decline", 0, 0, 0), ("take", 1, 1, 5), ("send", 0, 0, 0),
    ("send", 1, 1, 0), ("report", 0, 0, 0), ("report", 0, 1, 0), ("report", 1, 2, 0), ("report", 2, 3, 0),
    ("transfer", 0, 0, 1), ("transfer", 1, 1, 1), ("transfer", 2, 2, 1), *(("tell", n, 0, n) for n in range(6)),
    ("edit", 0, 0, 0), ("edit", 1, 1, 3), ("edit", 2, 0, 5), ("close", 0, 0, 0), ("write", 0, 0, 2), ("time", 0, 0, 4),
    ("stop", 0, 0, 5), ("write", 1, 0, 1), ("setting", 0, 1, 2), ("settings", 0, 1, 1),
]  # fmt: skip


def test_one_file_is_all_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greetings.py").write_text(
        "from dataclasses import dataclass\n"
        "from domain.dialog.events import Opened\n"
        "VERSION, KEY, INDEXES = 1, ('tenant', 'dialog'), {}\n"
        "@dataclass(frozen=True)\n"
        "class Row:\n"
        "    tenant: str\n    dialog: str\n    version: int\n    position: int\n"
        "def _opened(row, event, recorded):\n"
        "    return Row(recorded.tenant, recorded.entity, recorded.version, recorded.position)\n"
        "FOLDS = {Opened: _opened}\n"
    )
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    projections.cache_clear()
    try:
        found = projections()
        assert set(found) == {*ALL, "greetings"}
        assert len(folded(found["greetings"], day([("write", 1, 0, 1)]))) == 1
    finally:
        projections.cache_clear()


def test_projections_are_pure() -> None:
    files = sorted(Path(folder.__path__[0]).glob("*.py"))
    assert len(files) > len(ALL)
    assert [f"{file.name}:{one}" for file in files for one in impurities(file.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", ALL)
def test_a_row_begins_with_its_key_and_says_where_it_stands(name: str) -> None:
    projection = projections()[name]
    names = [field.name for field in fields(projection.row)]
    assert names[0] == "tenant"
    assert tuple(names[: len(projection.key)]) == projection.key
    assert {"version", "position"} <= set(names)
    source = ast.parse((Path(folder.__path__[0]) / f"{name}.py").read_text("utf-8"))
    assert ast.get_docstring(source)
