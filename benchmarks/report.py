"""One line of a benchmark: our figure, the peer's, and the goal as a ratio or a bound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """`ours` and `peer` in one unit. `at_least` = the wanted ratio; `at_most` and `no_less` bound `ours`."""

    what: str
    ours: float
    peer: float | None = None
    against: str = ""
    at_least: float | None = None
    at_most: float | None = None
    no_less: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.peer if self.peer else float("nan")

    @property
    def goal(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}x"
        if self.no_less is not None:
            return f"≥ {self.no_less:,g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    @property
    def reached(self) -> bool | None:
        if self.at_least is not None:
            return self.ratio >= self.at_least
        if self.no_less is not None:
            return self.ours >= self.no_less
        return self.ours <= self.at_most if self.at_most is not None else None
