"""The table of docs/yardsticks.md, measured anew: `python -m tests.yardsticks.table`. Takes minutes, on all cores."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.yardsticks import trial
from tests.yardsticks.trial import Verdict

PAGE = Path(__file__).parents[2] / "docs" / "yardsticks.md"
BEGIN = "<!-- measured -->\n"
HEADING = """| case | figure | theory | engine | 95 % interval | off | plain mean | customers |
|---|---|---:|---:|---:|---:|---:|---:|
"""


def main() -> None:
    began = time.perf_counter()
    rows = [row for verdicts in trial.try_all(list(trial.ALL.values()), os.cpu_count() or 1) for row in _rows(verdicts)]
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    before, _, _ = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + HEADING + "".join(rows))


def _rows(verdicts: list[Verdict]) -> Iterator[str]:
    for one in verdicts:
        theory, raw, found = one.measure.expected, one.raw, one.estimate
        note = " (rare)" if one.measure.rare else ""
        yield (
            f"| {one.case} | {one.measure.name}{note} | {theory:.4g} | {found.mean:.4g} | ±{found.half:.2g}"
            f" ({found.precision:.1%}) | {one.off:.1%} | {raw.mean:.4g} ±{raw.half:.2g} | {one.customers:,} |\n"
        )


if __name__ == "__main__":
    main()
