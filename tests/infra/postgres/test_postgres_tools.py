"""The programs beside the server, and the sentence where there are none."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.postgres import EmbeddedPostgres, PostgresUnavailable, tool, tools


@pytest.fixture
def forgetful() -> Iterator[None]:
    """The place of the programs is looked up anew before and after the test."""
    tools.installation.cache_clear()
    yield
    tools.installation.cache_clear()


@pytest.mark.parametrize("name", ["pg_dump", "pg_restore", "pg_basebackup", "pg_verifybackup", "psql", "pg_upgrade"])
def test_the_programs_run(name: str) -> None:
    told = subprocess.run([tool(name), "--version"], capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"{name} (PostgreSQL) 18.")


def test_a_dump_and_a_base_backup_go_through_the_servers_socket(server: EmbeddedPostgres, tmp_path: Path) -> None:
    with server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        dump = subprocess.run([tool("pg_dump"), "-d", server.dsn()], capture_output=True, text=True, check=True).stdout
        assert "COPY public.kept" in dump
        backup = tmp_path / "backup"
        subprocess.run([tool("pg_basebackup"), "-d", server.dsn(), "-D", backup, "-c", "fast"], check=True)
        subprocess.run([tool("pg_verifybackup"), "-q", backup], check=True)


def test_an_unknown_program_is_named() -> None:
    with pytest.raises(PostgresUnavailable, match="pg_nothing"):
        tool("pg_nothing")


@pytest.mark.usefixtures("forgetful")
def test_without_the_wheel_the_external_database_is_named(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setattr(tools, "find_spec", lambda name: None)
    with pytest.raises(PostgresUnavailable, match="PARLEY_DATABASE_URL") as refused:
        EmbeddedPostgres(data).start()
    assert refused.value.code == "embedded_postgres_unavailable"


@pytest.mark.usefixtures("forgetful")
def test_windows_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(PostgresUnavailable, match=r"Windows.*PARLEY_DATABASE_URL"):
        tool("postgres")
