"""Asking an oracle: its program runs in an environment of its own (`./run oracles`), one JSON object a line each way.

`tests/oracles/NAME.in` says which package it is, `NAME.lock` pins it, `NAME_reads.py` is its program.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parents[1] / ".venv-oracles"


def ask(name: str, questions: Iterable[Mapping[str, Any]], *arguments: str) -> list[dict[str, Any]]:
    """The answers, in the order of the questions. Skips the test where the oracle is not at hand."""
    python = ENVIRONMENTS / name / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the oracle {name} is not at hand; make it with ./run oracles")
    lines = "".join(json.dumps(one) + "\n" for one in questions)
    command = [str(python), "-W", "ignore", str(HERE / f"{name}_reads.py"), *arguments]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
