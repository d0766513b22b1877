"""The doctor finds what is wrong, says what to do, and leaves with 3; a healthy engine gets 0."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from infra.migrate import newest
from tests.infra.commands.terminal import Terminal, answers_at, process
from tests.store import Store, store


def test_a_stopped_database_is_found(here: Terminal, data: Path) -> None:
    with process("up", "--port", "0", "--data", str(data)) as up:
        answers_at(data, up)
        healthy = here("doctor", "--json", "--data", str(data))
        assert (healthy.code, healthy.json["healthy"]) == (0, True), healthy.out
    ill = here("doctor", "--json", "--data", str(data))
    assert ill.code == 3
    wrong = {one["name"]: one for one in ill.json["checks"] if one["state"] == "problem"}
    assert set(wrong) == {"up", "database"}
    assert f"parley up --data {data}" in wrong["up"]["fix"]


def test_a_readable_master_key_is_found(here: Terminal, data: Path) -> None:
    data.mkdir(mode=0o755)
    (data / "master.key").write_text("bTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")
    (data / "master.key").chmod(0o644)
    found = {one["name"]: one for one in here("doctor", "--json", "--data", str(data)).json["checks"]}
    assert found["master_key"]["state"] == "problem"
    assert found["master_key"]["fix"] == f"Run: chmod 600 {data / 'master.key'}"
    assert found["data"]["state"] == "warning"


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("ALTER ROLE parley_app SET synchronous_commit = off", "unsafe_durability"),
        ("GRANT DELETE ON parley.event TO parley_app", "rights_too_wide"),
        (f"INSERT INTO public.parley_migration VALUES ({newest() + 1}, 'x', 'x')", "schema_too_new"),
        ("INSERT INTO parley.parked VALUES ('inbox', 'acme', 'dialog-1', 1, 0, 1, 'ValueError')", "parked"),
    ],
)
def test_what_endangers_the_log_is_found(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, harm: str, code: str
) -> None:
    with store() as own:
        monkeypatch.setenv("PARLEY_DATABASE_URL", own.dsn)
        assert terminal("doctor", "--json").code == 0
        with Harmed(own, harm):
            ill = terminal("doctor", "--json")
        assert ill.code == 3
        assert code in [one["name"] for one in ill.json["checks"] if one["state"] == "problem"]
        assert "✗" not in terminal("help", "exit-codes").out


class Harmed:
    """One statement of the owner; what is said of the role, which all databases share, is taken back."""

    def __init__(self, own: Store, statement: str) -> None:
        self._own = own
        self._statement = statement

    def __enter__(self) -> None:
        with psycopg.connect(self._own.owner_dsn) as connection:
            if "parked" in self._statement:
                connection.execute("INSERT INTO parley.tracking VALUES ('inbox', 0, 0)")
            connection.execute(self._statement.encode())

    def __exit__(self, *_: object) -> None:
        with psycopg.connect(self._own.owner_dsn) as connection:
            connection.execute("ALTER ROLE parley_app RESET synchronous_commit")
