"""Whatever is killed - the owner, the server, both - the next start finds or recovers what was committed."""

import os
import re
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from infra.postgres import EmbeddedPostgres
from infra.postgres import server as server_module
from infra.postgres.process import postmaster, processes_in
from tests.infra.postgres.person import Person, ask, eventually, kill_server

WORKERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"


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
