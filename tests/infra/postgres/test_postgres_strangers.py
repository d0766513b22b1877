"""A number in a stale file may be anybody's by now: strangers are neither taken for our server nor harmed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.postgres import EmbeddedPostgres, PostgresUnavailable, stop_server
from infra.postgres import server as server_module
from infra.postgres.process import postmaster, recorded_pid
from tests.infra.postgres.person import kill_server

NOBODYS_PID = 99_999_999  # above any kernel's limit


@pytest.fixture
def stranger(server: EmbeddedPostgres) -> Iterator[subprocess.Popen[bytes]]:
    """A living process of the server's own account whose number a stale postmaster.pid names."""
    server.start()
    kill_server(server)
    uid = server.cluster.stat().st_uid
    switch = {"user": uid, "group": uid} if os.geteuid() == 0 else {}
    process = subprocess.Popen(["sleep", "600"], **switch)  # type: ignore[call-overload]
    lines = (server.cluster / "postmaster.pid").read_text().split("\n", 1)[1]
    (server.cluster / "postmaster.pid").write_text(f"{process.pid}\n{lines}")
    yield process
    process.kill()
    process.wait()


def test_a_stale_pid_file_that_names_a_living_stranger_hinders_nothing(
    server: EmbeddedPostgres, stranger: subprocess.Popen[bytes]
) -> None:
    assert recorded_pid(server.cluster) == stranger.pid
    assert not server.running
    server.start()
    assert postmaster(server.cluster) != stranger.pid
    server.stop()
    assert stranger.poll() is None


def test_without_the_word_for_the_stranger_postgres_would_not_start(
    server: EmbeddedPostgres, stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module.Server, "_innocent", lambda self: {})
    with pytest.raises(PostgresUnavailable, match=f"Is another postmaster .PID {stranger.pid}") as refused:
        server.start()
    assert refused.value.code == "embedded_postgres_failed"


def test_a_left_socket_lock_that_names_another_stranger_hinders_nothing(
    server: EmbeddedPostgres, stranger: subprocess.Popen[bytes]
) -> None:
    lines = (server.cluster / "postmaster.pid").read_text().split("\n", 1)[1]
    (server.cluster / "postmaster.pid").write_text(f"{NOBODYS_PID}\n{lines}")
    lock = server.cluster / ".s.PGSQL.5432.lock"
    assert lock.exists()
    lock.write_text(f"{stranger.pid}\n{lines}")
    server.start()
    server.stop()
    assert stranger.poll() is None


def test_a_stop_never_ends_a_stranger(server: EmbeddedPostgres, stranger: subprocess.Popen[bytes]) -> None:
    assert stop_server(server.data) is False
    assert stranger.poll() is None


def test_the_mark_in_the_process_list_tells_our_server_from_any_other(data: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with EmbeddedPostgres(data) as server, EmbeddedPostgres(tmp_path / "other") as other:
        mine, yours = postmaster(server.cluster), postmaster(other.cluster)
        assert mine != yours
        (server.cluster / "postmaster.pid").rename(server.cluster / "kept.pid")
        (server.cluster / "postmaster.pid").write_bytes((other.cluster / "postmaster.pid").read_bytes())
        assert postmaster(server.cluster) is None
        (server.cluster / "kept.pid").replace(server.cluster / "postmaster.pid")
        assert postmaster(server.cluster) == mine
