"""Whatever is killed - the owner, the server, both - the next start finds or recovers what was committed."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from infra.postgres import EmbeddedPostgres, PostgresUnavailable, stop_server
from infra.postgres import server as server_module
from infra.postgres.process import postmaster, processes_in, recorded_pid
from tests.infra.postgres.person import Person, ask

NOBODYS_PID = 99_999_999  # above any kernel's limit
WORKERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"


def eventually(holds: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def kill_server(server: EmbeddedPostgres) -> int:
    pid = postmaster(server.cluster)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: postmaster(server.cluster) is None)
    return pid


def test_a_server_whose_owner_was_killed_is_adopted_and_then_stopped(server: EmbeddedPostgres) -> None:
    with Person(server.data) as owner:
        assert "dbname=parley" in owner.ask("start")
        orphan = postmaster(server.cluster)
        owner.kill()
    assert server.running
    server.start()
    assert postmaster(server.cluster) == orphan
    server.stop()
    assert postmaster(server.cluster) is None


def test_a_killed_server_is_recovered_by_the_next_start(server: EmbeddedPostgres) -> None:
    dsn = server.start()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 10000) AS number")
    kill_server(server)
    assert not server.running
    assert ask(server.start(), "SELECT count(*) FROM kept") == 10_000
    server.stop()


def test_a_backend_still_at_work_for_a_killed_server_is_ended_before_the_recovery(server: EmbeddedPostgres) -> None:
    """It holds the old shared memory; starting beside it would ruin the data, so PostgreSQL refuses until it ends."""
    with psycopg.connect(server.start()) as busy:
        backend = busy.info.backend_pid
        endless = threading.Thread(target=work_until_killed, args=[busy])
        endless.start()
        assert eventually(lambda: ask(server.dsn(), WORKERS) == 1)
        kill_server(server)
        server.start()
        endless.join()
    assert backend not in set(processes_in(server.cluster))
    server.stop()


def work_until_killed(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute("DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$")


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


def test_ctrl_c_reaches_the_owner_and_not_the_server(server: EmbeddedPostgres) -> None:
    with Person(server.data) as owner:
        owner.ask("start")
        owner.signal_terminal(signal.SIGINT)
        assert owner.ask("query SELECT 42") == "interrupted 42"
        assert owner.ask("stop") == "interrupted None"
    assert not server.running


def test_a_slow_recovery_is_waited_for_and_spoken_of(
    data: Path, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recovering process is held still far beyond the interval of the sentences: no time-out ends the wait."""
    monkeypatch.setattr(server_module, "SENTENCE_EVERY", 0.3)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 600000) AS number")
    kill_server(server)
    said: list[str] = []
    patient = EmbeddedPostgres(data, say=said.append)
    patient._ownership, server._ownership = server._ownership, None  # one process, so the ownership is handed on
    starting = threading.Thread(target=patient.start)
    starting.start()
    recovery = held_still(data)
    time.sleep(2)
    assert starting.is_alive()
    os.kill(recovery, signal.SIGCONT)
    starting.join()
    assert (
        len([sentence for sentence in said if re.search(r"starting \(\d+ s so far\): .+(recovery|redo)", sentence)])
        >= 3
    )
    assert "is starting up" not in (data / "postgres.log").read_text()  # we did not knock in vain
    assert ask(patient.dsn(), "SELECT count(*) FROM kept") == 600_000
    patient.stop()


def held_still(data: Path) -> int:
    """Stop the startup process in the middle of the recovery, which its title tells."""
    while True:
        for pid in processes_in(data / "postgres"):
            with suppress(OSError):
                if b"startup recovering" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGSTOP)
                    return pid


def test_asked_for_it_a_server_ends_with_its_killed_owner(server: EmbeddedPostgres) -> None:
    with Person(server.data, die_with_owner=True) as owner:
        owner.ask("start")
        assert server.running
        owner.kill()
    assert eventually(lambda: postmaster(server.cluster) is None)


def test_a_watched_server_that_was_stopped_leaves_no_watcher_behind(data: Path) -> None:
    with EmbeddedPostgres(data, die_with_owner=True) as server:
        watcher = server._watcher
        assert watcher is not None
        assert watcher.poll() is None
    assert watcher.poll() is not None


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
