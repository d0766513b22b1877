"""The statistics: Student's quantiles, intervals that hold the truth as often as they say, controls that help."""

from __future__ import annotations

from random import Random

import pytest

from tests.yardsticks.estimate import Estimate, controlled, plain, quantile, solve


@pytest.mark.parametrize(("freedom", "value"), [(5, 2.5706), (10, 2.2281), (23, 2.0687), (30, 2.0423), (100, 1.9840)])
def test_students_quantile(freedom: int, value: float) -> None:
    assert quantile(freedom) == pytest.approx(value, rel=2e-3)


def test_equations_are_solved() -> None:
    assert solve([[0.0, 2.0], [4.0, 1.0]], [6.0, 11.0]) == pytest.approx([2.0, 3.0])


def test_an_interval_holds_the_truth_nineteen_times_in_twenty_and_a_control_makes_it_narrow() -> None:
    random = Random(7)
    samples = [_sample(random) for _ in range(1_000)]
    without = [plain(values) for values, _ in samples]
    with_ = [controlled(values, [(seen, 3.0)]) for values, seen in samples]
    for estimates in (without, with_):
        assert 0.93 < sum(abs(found.mean - 10.0) <= found.half for found in estimates) / 1_000 < 0.97
    assert with_[0].half < 0.3 * without[0].half


def _sample(random: Random) -> tuple[list[float], list[float]]:
    """Twenty values about 10 that move with a control about 3."""
    seen = [random.gauss(3.0, 1.0) for _ in range(20)]
    return [10.0 + 5.0 * (one - 3.0) + random.gauss(0.0, 0.5) for one in seen], seen


def test_a_control_that_never_moves_is_left_out() -> None:
    assert controlled([1.0, 2.0, 3.0, 4.0], [([5.0] * 4, 5.0)]) == plain([1.0, 2.0, 3.0, 4.0])


def test_precision_is_relative() -> None:
    assert Estimate(2.0, 0.1, 10).precision == pytest.approx(0.05)
