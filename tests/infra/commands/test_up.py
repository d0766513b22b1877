"""`up` as a user meets it: quick to answer, alone in its folder, none the worse for a kill, stopped from anywhere."""

from __future__ import annotations

import json
import os
import signal
import stat
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic

import pytest

from infra.embedded import running
from infra.postgres import EmbeddedPostgres
from tests.infra.commands.terminal import Terminal, answers_at, parley, process
from tests.loop import eventually

CPU_UNTIL_ANSWER = 5.0
"""Seconds of CPU, so that a busy machine is no failure. On an idle one it is close to the wall's clock."""


def test_killed_and_started_again_it_goes_on(here: Terminal, data: Path) -> None:
    at = ("--data", str(data))
    began = monotonic()
    with process("up", "--port", "0", *at) as first:
        assert "ready" in fetched(answers_at(data, first) + "/readyz")
        print(f"first answer after {monotonic() - began:.1f} s, {cpu_of(first.pid):.1f} s of CPU")
        assert cpu_of(first.pid) <= CPU_UNTIL_ANSWER
        assert mode(data / "admin.token") == mode(data / "master.key") == 0o600
        assert here("agents", "set", "anna", "--name", "Анна", *at).code == 0
        before = here("tail", "--from", "start", "-o", "jsonl", *at).out
        os.kill(first.pid, signal.SIGKILL)
        first.wait(10)
        err = first.communicate()[1]
    token = (data / "admin.token").read_text().strip()
    assert err.count(token) == 1
    assert here("status", *at).code == 3
    with process("up", "--port", "0", *at) as second:
        url = answers_at(data, second)
        assert here("tail", "--from", "start", "-o", "jsonl", *at).out == before
        assert here("agents", "ready", "anna", *at).code == 0
        assert json.loads(fetched(url + "/v1/agents", token))
        stopped = here("stop", *at)
        assert (stopped.code, second.wait(30)) == (0, 0)
        assert token not in second.communicate()[1]
    assert running(data) is None
    assert not EmbeddedPostgres(data).running
    assert here("stop", *at).code == 0


def test_two_in_one_folder(here: Terminal, data: Path) -> None:
    at = ("--data", str(data))
    with process("up", "--port", "0", *at) as first:
        url = answers_at(data, first)
        second = parley("up", "--port", "0", *at)
        assert (second.code, second.out) == (6, "")
        assert "(data_folder_held)" in second.err
        assert url in second.err
        status = here("status", "-o", "json", *at).json
        assert (status["running"], status["pid"], status["url"]) == (True, first.pid, url)
        assert status["alerts"] == []
        taken = parley("up", "--port", url.rpartition(":")[2], "--data", str(data.with_name("other")))
        assert (taken.code, "(port_taken)" in taken.err) == (6, True)
        first.send_signal(signal.SIGINT)
        first.send_signal(signal.SIGTERM)  # supervisors tell the process, then its group
        assert first.wait(30) == 0
    assert not EmbeddedPostgres(data).running


def test_a_database_that_crashes_is_started_again(here: Terminal, data: Path) -> None:
    at = ("--data", str(data))
    with process("up", "--port", "0", *at) as up:
        url = answers_at(data, up)
        postmaster = json.loads((data / "postgres.json").read_text())["postmaster"]
        os.kill(postmaster, signal.SIGKILL)
        assert eventually(lambda: here("agents", "set", "anna", "--name", "Anna", *at).code == 0, within=30)
        assert eventually(lambda: status_of(url + "/readyz") == 200, within=30)
        assert json.loads((data / "postgres.json").read_text())["postmaster"] != postmaster


def test_a_store_without_its_master_key_is_refused(here: Terminal, data: Path) -> None:
    with process("up", "--port", "0", "--data", str(data)) as up:
        answers_at(data, up)
    (data / "master.key").unlink()
    refused = parley("up", "--port", "0", "--data", str(data))
    assert refused.code == 7
    assert "(master_key_missing)" in refused.err
    assert not (data / "master.key").exists()
    assert not EmbeddedPostgres(data).running


def fetched(url: str, token: str | None = None) -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
        return str(response.read().decode())


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has had; Linux only."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        pytest.skip("without /proc the CPU of another process is not to be had")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
