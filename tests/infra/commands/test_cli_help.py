"""Help is quick, whatever the commands need, and every command that is listed is there."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from infra.cli import COMMANDS, TEXTS, main
from infra.commands.failures import EXIT_CODES
from tests.infra.commands.terminal import ROOT, Terminal

BUDGET = 0.3
HEAVY = ("fastapi", "aiokafka", "pydantic", "psycopg", "uvicorn", "domain", "adapters")


def test_help_costs_little_cpu() -> None:
    assert min(cpu_of("--help") for _ in range(3)) <= BUDGET


def test_help_loads_nothing_heavy() -> None:
    script = "import sys; from infra.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded.isdisjoint(HEAVY)
    assert "click" in loaded


def test_a_heavy_import_would_be_seen() -> None:
    script = "import sys, pydantic; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stderr.split()}.isdisjoint(HEAVY)


@pytest.mark.parametrize("name", list(TEXTS))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert "Usage: parley " + name in capsys.readouterr().out


def test_help_names_every_command_under_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(panel in out for panel in COMMANDS)
    assert all(f" {name} " in out for name in TEXTS)


def test_help_explains_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(capsys)
    said = terminal("help", "exit-codes")
    assert [int(line.split()[0]) for line in said.out.splitlines()] == list(EXIT_CODES)
    assert terminal("help", "tail").out.strip().startswith("Usage: parley tail")
    assert terminal("help", "nonsense").code == 2


def cpu_of(*arguments: str) -> float:
    """Seconds of CPU of a real process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "infra.cli", *arguments], cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
