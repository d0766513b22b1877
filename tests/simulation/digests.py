"""What runs have logged, as digests, one a line: two processes that hash or tell the time differently must agree.

PYTHONHASHSEED=1 TZ=Asia/Tokyo python -m tests.simulation.digests 0:40 ["a rule iterates a set"]
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.simulation.planted import HASHED
from tests.simulation.runs import digest

ROOT = Path(__file__).resolve().parents[2]


def elsewhere(hash_seed: int, zone: str, seeds: range, fault: str | None = None) -> list[str]:
    """The digests of a process of its own."""
    command = [sys.executable, "-m", "tests.simulation.digests", f"{seeds.start}:{seeds.stop}"]
    surroundings = os.environ | {"PYTHONHASHSEED": str(hash_seed), "TZ": zone, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [*command, *([fault] if fault else [])], cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True
    )
    return told.stdout.split()


@contextmanager
def planted(fault: str | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if fault is not None:
            HASHED[fault](patch)
        yield


def main(asked: str, fault: str | None = None) -> None:
    first, last = map(int, asked.split(":"))
    with planted(fault):
        for seed in range(first, last):
            print(digest(seed))


if __name__ == "__main__":
    main(*sys.argv[1:])
