"""A small house in a temporary folder: the real launcher, empty lock files, and a program that echoes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.scripts import ROOT

PYPROJECT = """\
[project]
name = "parley-engine"
version = "1.2.3"
scripts = { parley = "infra.cli:main" }
"""
PROGRAM = '''\
"""Prints its arguments and folder; `wait` sleeps until Ctrl-C; `fail` ends with 7."""
import os, sys, time

def main():
    try:
        print(sys.argv[1:], os.getcwd(), os.getpid(), flush=True)
        time.sleep(60 if "wait" in sys.argv else 0)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        return 130
    return 7 if "fail" in sys.argv else 0
'''


@dataclass(frozen=True)
class House:
    root: Path

    def run(self, *arguments: str, by: Sequence[str] = (), **options: object) -> subprocess.CompletedProcess[str]:
        """`by`: another path of the launcher, or an interpreter and flags before it."""
        start = [*(by or [sys.executable, str(self.root / "run")]), *arguments]
        kinds: dict[str, object] = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run(start, check=False, **kinds)  # type: ignore[call-overload, no-any-return]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        start = [sys.executable, str(self.root / "run"), *arguments]
        return subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def bare_house(tmp_path: Path) -> House:
    """Nothing made yet."""
    return built(tmp_path / "a house")


@pytest.fixture(scope="module")
def standing_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Its environment stands, and pip is broken, as without network: whoever wants to install fails."""
    house = built(tmp_path_factory.mktemp("street") / "a house")
    assert house.run("parley").returncode == 0
    (pip,) = house.root.glob(".venv/lib/python3*/site-packages/pip/__main__.py")
    pip.write_text("raise SystemExit('no network')")
    return house


@pytest.fixture
def house(standing_house: House) -> Iterator[House]:
    """The standing house, lent to one test: its stamp and its lock are put back."""
    files = [standing_house.root / name for name in (".venv/made-from", "requirements.lock")]
    before = [file.read_text() for file in files]
    yield standing_house
    for file, text in zip(files, before, strict=True):
        file.write_text(text)


def built(root: Path) -> House:
    (root / "infra").mkdir(parents=True)
    shutil.copy(ROOT / "run", root)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "requirements.lock").touch()
    (root / "requirements-dev.lock").touch()
    (root / "infra/cli.py").write_text(PROGRAM)
    return House(root)


def surroundings(**changes: str) -> dict[str, str]:
    return {**os.environ, **changes}
