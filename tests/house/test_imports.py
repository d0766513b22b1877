"""Imports point inward, and an import that does not is found. The rules are contracts in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.scripts import ROOT

ROOMS = ["domain", "adapters", "projections", "processors", "infra"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("domain/planted.py", "import psycopg", "domain is not allowed to import psycopg"),
        ("domain/planted.py", "import random", "domain is not allowed to import random"),
        ("domain/planted.py", "import adapters", "domain is not allowed to import adapters"),
        ("adapters/planted.py", "import infra", "adapters is not allowed to import infra"),
        ("projections/planted.py", "import processors", "projections is not allowed to import processors"),
        ("processors/planted.py", "import projections", "processors is not allowed to import projections"),
    ],
)
def test_a_wrong_import_is_found(copy: Path, file: str, line: str, broken: str) -> None:
    (copy / file).write_text(line + "\n")
    result = lint_imports(copy)
    assert result.returncode == 1
    assert broken in result.stdout


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
