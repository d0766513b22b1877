"""From replications to an estimate with its 95 % interval: Student's t, with control variates by least squares.

A control is a figure of the same replication whose true mean is known. What it is off by tells, through a regression
over the replications, what the estimate is off by. The interval is that of the regression's prediction there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """`half` = half the width of the 95 % interval."""

    mean: float
    half: float
    replications: int

    @property
    def precision(self) -> float:
        """Half the interval's width as a share of the mean."""
        return self.half / abs(self.mean) if self.mean else float("inf")


def plain(values: Sequence[float]) -> Estimate:
    n = len(values)
    return Estimate(fmean(values), quantile(n - 1) * sqrt(variance(values) / n), n)


def controlled(values: Sequence[float], controls: Sequence[tuple[Sequence[float], float]]) -> Estimate:
    """`controls`: (a figure per replication, its true mean). One that never moves tells nothing and is left out."""
    moving = [(seen, known) for seen, known in controls if max(seen) > min(seen)]
    n, p = len(values), len(moving)
    if not p:
        return plain(values)
    assert n > p + 2, f"{n} replications are too few for {p} controls"
    off = [fmean(seen) - known for seen, known in moving]
    spread = [[_covariance(a, b) for b, _ in moving] for a, _ in moving]
    weights = solve(spread, [_covariance(seen, values) for seen, _ in moving])
    left = [y - sum(w * c for w, c in zip(weights, seen, strict=True)) for y, *seen in _rows(values, moving)]
    noise = variance(left) * (n - 1) / (n - 1 - p)
    lever = 1 / n + sum(a * b for a, b in zip(off, solve(spread, off), strict=True)) / (n - 1)
    mean = fmean(values) - sum(w * o for w, o in zip(weights, off, strict=True))
    return Estimate(mean, quantile(n - 1 - p) * sqrt(max(noise, 0.0) * lever), n)


def _rows(values: Sequence[float], controls: Sequence[tuple[Sequence[float], float]]) -> list[tuple[float, ...]]:
    return list(zip(values, *(seen for seen, _ in controls), strict=True))


def _covariance(a: Sequence[float], b: Sequence[float]) -> float:
    middle_a, middle_b = fmean(a), fmean(b)
    return sum((x - middle_a) * (y - middle_b) for x, y in zip(a, b, strict=True)) / (len(a) - 1)


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Gauss with pivots; the few unknowns here need no more."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    n = len(rows)
    for column in range(n):
        pivot = max(range(column, n), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(n):
            if row != column and rows[row][column]:
                share = rows[row][column] / rows[column][column]
                rows[row] = [x - share * y for x, y in zip(rows[row], rows[column], strict=True)]
    return [rows[place][n] / rows[place][place] for place in range(n)]


def quantile(freedom: int) -> float:
    """Of Student's t for a two-sided interval: the Cornish-Fisher series, right to 0.1 % from five degrees on."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
