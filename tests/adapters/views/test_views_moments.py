"""Moments as people name them, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.views.moments import moment
from adapters.views.spreadsheet import STARTS, csv_line, neutral
from domain.errors import Invalid

OLDEST, LATEST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2100-01-01")


@pytest.mark.requirement("J06", "L07")
@given(st.integers(0, 10**17))
def test_a_number_is_a_position_and_with_a_v_a_version(number: int) -> None:
    assert moment(str(number), "as_of").position == number
    assert moment(f"v{number}", "as_of").settings_version == number


@pytest.mark.requirement("L07")
@given(st.datetimes(min_value=OLDEST, max_value=LATEST))
def test_a_time_without_a_zone_is_utc_and_with_one_is_that_moment(at: datetime) -> None:
    told = at.replace(tzinfo=UTC)
    assert moment(at.isoformat(), "as_of").at == told
    assert moment(told.isoformat().replace("+00:00", "Z"), "as_of").at == told
    assert moment(at.isoformat(), "as_of", local=True).at == at.astimezone()


@pytest.mark.parametrize("text", ["", "x", "v", "-1", "v-1", "1.5", "9" * 30, "2026-13-01", "٣", "v٣", "now!"])
def test_anything_else_is_refused_by_the_name_of_the_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        moment(text, "from")
    assert [(one.field, one.code) for one in refused.value.problems] == [("from", "bad_moment")]


@pytest.mark.requirement("L10")
@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")), min_size=1))
def test_no_cell_begins_a_formula_and_nothing_is_lost(cells: list[str]) -> None:
    (read,) = csv.reader(StringIO(csv_line(cells), newline=""))
    assert not any(cell.startswith(STARTS) for cell in read)
    assert [
        cell.removeprefix("'") if neutral(cells[at]) != cells[at] else cell for at, cell in enumerate(read)
    ] == cells
