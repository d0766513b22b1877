"""The figures: percentiles, and a reconciliation that can say no."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.play.figures import percentiles
from adapters.play.report import reconciliation


@pytest.mark.requirement("E11")
def test_the_reconciliation_notices_what_got_lost() -> None:
    fates = Counter(routed=7, duplicate=2, quarantined=1)
    assert reconciliation(fates, customers=10, bad=3)["holds"]
    assert not reconciliation(fates, customers=11, bad=3)["holds"]
    assert not reconciliation(fates, customers=9, bad=3)["holds"]


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_values_that_so_many_are_not_above(values: list[float]) -> None:
    found = percentiles(values)
    assert found["n"] == len(values)
    for per_cent in (50, 90, 99):
        value = found[f"p{per_cent}"]
        assert any(abs(one - value) <= 0.001 for one in values)
        assert sum(one <= value + 0.001 for one in values) * 100 >= per_cent * len(values)


def test_without_values_there_is_only_a_zero() -> None:
    assert percentiles([]) == {"n": 0}
