"""A process is its pid and its start: what merely has the same pid is never touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from infra.kafka.process import Running, started_by_ps


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield child
    child.kill()
    child.wait(5)


def test_a_process_is_itself_and_alive(sleeper: subprocess.Popen[bytes]) -> None:
    running = Running.of(sleeper.pid)
    assert running is not None
    assert running.alive()
    assert running == Running.of(sleeper.pid) != Running.of(os.getpid())


def test_a_signal_goes_to_the_process_that_was_meant(sleeper: subprocess.Popen[bytes]) -> None:
    running = Running.of(sleeper.pid)
    assert running is not None
    replace(running, started="of another boot").send(signal.SIGKILL)
    assert not running.wait(0.3)  # a signal takes its time
    running.send(signal.SIGKILL)
    assert running.wait(5)
    assert sleeper.wait(5) == -signal.SIGKILL


def test_unreaped_remains_are_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    running = Running.of(sleeper.pid)
    assert running is not None
    sleeper.kill()
    assert running.wait(5)  # nobody has reaped it yet
    assert Running.of(sleeper.pid) is None
    assert sleeper.returncode is None


def test_waiting_has_an_end(sleeper: subprocess.Popen[bytes]) -> None:
    running = Running.of(sleeper.pid)
    assert running is not None
    assert not running.wait(0.05)


def test_where_there_is_no_proc_ps_knows_the_start(sleeper: subprocess.Popen[bytes]) -> None:
    first = started_by_ps(sleeper.pid)
    assert first is not None
    assert first == started_by_ps(sleeper.pid)
    sleeper.kill()
    sleeper.wait(5)
    assert started_by_ps(sleeper.pid) is None
