"""A new data folder gets a cluster that keeps what it is told, speaks Russian, and lets nobody else in."""

import platform
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from infra.postgres import EmbeddedPostgres, PostgresUnavailable, tool
from infra.postgres.process import postmaster
from tests.infra.postgres.person import ask

linux_only = pytest.mark.skipif(platform.system() != "Linux", reason="reads /proc")


def test_start_makes_the_cluster_and_database_and_stop_ends_it(server: EmbeddedPostgres) -> None:
    dsn = server.start()
    assert ask(dsn, "SELECT current_user || ' ' || current_database()") == "parley parley"
    answers = [server.running]
    server.stop()
    assert [*answers, server.running] == [True, False]
    assert postmaster(server.cluster) is None


def test_what_was_committed_is_there_after_a_restart(server: EmbeddedPostgres) -> None:
    with server, psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    with server:
        assert ask(server.dsn(), "SELECT number FROM kept") == 42


def test_start_and_stop_may_be_repeated_at_will(server: EmbeddedPostgres) -> None:
    assert server.start() == server.start()
    server.stop()
    server.stop()
    assert not server.running


def test_the_defaults_are_safe(server: EmbeddedPostgres) -> None:
    with server:
        told = {
            name: ask(server.dsn(), f"SELECT current_setting('{name}')")
            for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "server_encoding")
        }
    assert told == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
    }


def test_settings_of_the_caller_win_but_never_open_the_network(data: Path) -> None:
    with EmbeddedPostgres(data, settings={"work_mem": "9MB", "listen_addresses": "*"}) as server:
        assert ask(server.dsn(), "SELECT current_setting('work_mem')") == "9MB"
        assert ask(server.dsn(), "SELECT current_setting('listen_addresses')") == ""


def test_a_setting_postgres_does_not_know_is_answered_with_its_own_words(data: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="no_such_setting") as refused:
        EmbeddedPostgres(data, settings={"no_such_setting": "1"}).start()
    assert refused.value.code == "embedded_postgres_failed"
    assert EmbeddedPostgres(data).start()  # the refusal held no lock


def test_russian_text_is_folded_stemmed_and_searched(server: EmbeddedPostgres) -> None:
    with server:
        assert ask(server.dsn(), "SELECT lower('ЗДРАВСТВУЙТЕ')") == "здравствуйте"
        assert ask(server.dsn(), "SELECT to_tsvector('russian', 'операторы') @@ to_tsquery('russian', 'оператор')")
        with psycopg.connect(server.dsn()) as connection:
            for extension in ("pg_trgm", "unaccent", "btree_gin"):
                connection.execute(f"CREATE EXTENSION {extension}".encode())
        assert ask(server.dsn(), "SELECT similarity('Привет', 'привет')") == 1


@linux_only
def test_no_socket_of_the_network_is_open(server: EmbeddedPostgres) -> None:
    with server:
        pid = postmaster(server.cluster)
        ours = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()}
        network = {
            f"socket:[{line.split()[9]}]"
            for table in ("tcp", "tcp6", "udp", "udp6")
            if (Path("/proc/net") / table).exists()
            for line in (Path("/proc/net") / table).read_text().splitlines()[1:]
        }
        assert any(name.startswith("socket:") for name in ours)
        assert not ours & network


def test_only_the_owner_can_enter_the_folder_of_the_socket(server: EmbeddedPostgres, nobody: int) -> None:
    with server:
        server.data.parent.chmod(0o755)  # our own test folder: the cluster must be safe by itself
        server.data.chmod(0o755)
        assert server.cluster.stat().st_mode & 0o777 == 0o700
        tried = subprocess.run(
            [tool("psql"), server.dsn()], user=nobody, group=nobody, capture_output=True, text=True, check=False
        )
        assert "Permission denied" in tried.stderr


@linux_only
def test_the_callers_environment_neither_bends_the_server_nor_leaks_into_it(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGUSER", "stranger")
    monkeypatch.setenv("PARLEY_TOKEN", "a secret")
    with server:
        assert ask(server.dsn(), "SELECT current_user") == "parley"
        environment = Path(f"/proc/{postmaster(server.cluster)}/environ").read_bytes()
        assert b"secret" not in environment
        assert b"PGPORT" not in environment


def test_a_customers_words_do_not_get_into_the_servers_log(server: EmbeddedPostgres) -> None:
    with server:
        with pytest.raises(psycopg.errors.UniqueViolation), psycopg.connect(server.dsn()) as connection:
            connection.execute("CREATE TABLE said (text text UNIQUE)")
            connection.execute("INSERT INTO said VALUES ('my card number'), ('my card number')")
        assert "card" not in (server.data / "postgres.log").read_text()
        assert "ready to accept connections" in (server.data / "postgres.log").read_text()


def test_a_birth_that_was_killed_halfway_is_cleared_away(server: EmbeddedPostgres) -> None:
    half = server.data / "postgres.new-abc"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with server:
        assert not half.exists()


def test_a_folder_that_is_no_cluster_is_refused_and_left_alone(server: EmbeddedPostgres) -> None:
    precious = server.cluster / "precious.txt"
    server.cluster.mkdir(parents=True)
    precious.write_text("mine")
    with pytest.raises(PostgresUnavailable) as refused:
        server.start()
    assert refused.value.code == "embedded_postgres_damaged"
    assert precious.read_text() == "mine"


def test_a_cluster_of_another_major_version_is_refused(server: EmbeddedPostgres) -> None:
    with server:
        pass
    (server.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresUnavailable, match=r"17.*18") as refused:
        server.start()
    assert refused.value.code == "embedded_postgres_version"


def test_the_first_start_is_quick(server: EmbeddedPostgres) -> None:
    """The aim is 1.5 s; a busy machine gets some air."""
    begin = time.monotonic()
    with server:
        assert time.monotonic() - begin < 10
