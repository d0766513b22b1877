"""Several processes, several users: one server a data folder, one owner a server, and no file that strangers share."""

import os
import signal
from pathlib import Path

import pytest

from infra.postgres import EmbeddedPostgres, PostgresUnavailable, stop_server
from infra.postgres.locks import read_record
from infra.postgres.process import postmaster
from tests.infra.postgres.person import Person, ask


def test_two_that_start_a_new_folder_at_once_share_one_server(data: Path) -> None:
    with Person(data) as one, Person(data) as two:
        one.told("start")
        two.told("start")
        assert one.answer() == two.answer()
        assert one.ask("query SELECT pg_postmaster_start_time()") == two.ask("query SELECT pg_postmaster_start_time()")
        owner, guest = (one, two) if read_record(data)["owner"] == one.pid else (two, one)
        guest.ask("stop")
        assert owner.ask("running") == "True"
        owner.ask("stop")
        assert guest.ask("running") == "False"


def test_a_guest_becomes_the_owner_by_starting_again_once_the_owner_is_gone(data: Path) -> None:
    with Person(data) as owner, Person(data) as guest:
        owner.ask("start")
        guest.ask("start")
        server = read_record(data)["postmaster"]
        owner.kill()
        guest.ask("start")
        assert (read_record(data)["owner"], read_record(data)["postmaster"]) == (guest.pid, server)
        guest.ask("stop")
        assert postmaster(data / "postgres") is None


def test_a_guest_does_not_start_what_a_living_owner_should_start(data: Path) -> None:
    """The owner may live in another container, where its server may be alive though we neither see nor hear it."""
    with Person(data) as owner:
        owner.ask("start")
        os.kill(read_record(data)["postmaster"], signal.SIGKILL)
        with pytest.raises(PostgresUnavailable, match=f"Process {owner.pid} owns") as refused:
            EmbeddedPostgres(data).start()
        assert refused.value.code == "embedded_postgres_busy"
        assert "dbname=parley" in owner.ask("start")


def test_the_record_tells_who_owns_what_since_when(server: EmbeddedPostgres) -> None:
    with server:
        record = read_record(server.data)
        assert record["owner"] == os.getpid()
        assert record["postmaster"] == postmaster(server.cluster)
        assert record["started"] == int((server.cluster / "postmaster.pid").read_text().splitlines()[2])
    assert read_record(server.data) == {}


def test_a_stop_command_ends_the_server_of_another_process(data: Path) -> None:
    with Person(data) as owner:
        owner.ask("start")
        assert stop_server(data) is True
        assert owner.ask("running") == "False"
    assert stop_server(data) is False


def test_stopping_where_nothing_ever_ran_is_no_error_and_leaves_no_trace(data: Path) -> None:
    assert stop_server(data) is False
    assert not data.exists()


def test_an_adopted_server_says_that_it_keeps_its_settings(data: Path) -> None:
    with Person(data) as owner:
        owner.ask("start")
        owner.kill()
    said: list[str] = []
    with EmbeddedPostgres(data, settings={"work_mem": "9MB"}, say=said.append) as server:
        assert ask(server.dsn(), "SELECT current_setting('work_mem')") == "4MB"
    assert any("keeps its settings" in sentence for sentence in said)


def test_two_users_of_one_machine_do_not_meet(server: EmbeddedPostgres, nobodys_data: Path, nobody: int) -> None:
    with server, Person(nobodys_data, uid=nobody) as user:
        assert "dbname=parley" in user.ask("start")
        assert user.ask("query SELECT 42") == "42"
        assert (nobodys_data / "postgres").stat().st_uid == nobody
        assert ask(server.dsn(), "SELECT 42") == 42
        assert user.ask("stop") == "None"
        assert server.running


def test_an_ordinary_user_lives_through_the_same_crashes(nobodys_data: Path, nobody: int) -> None:
    with Person(nobodys_data, uid=nobody) as first:
        first.ask("start")
        adopted = read_record(nobodys_data)["postmaster"]
        first.kill()
    with Person(nobodys_data, uid=nobody) as second:
        second.ask("start")
        assert read_record(nobodys_data)["postmaster"] == adopted
        os.kill(adopted, signal.SIGKILL)
        second.ask("start")
        assert second.ask("query SELECT 42") == "42"
        assert read_record(nobodys_data)["postmaster"] != adopted
        assert second.ask("stop") == "None"


def test_another_users_data_folder_is_refused(server: EmbeddedPostgres, nobody: int) -> None:
    with server:
        server.data.parent.chmod(0o755)
        for mode in (0o755, 0o777):
            server.data.chmod(mode)
            with Person(server.data, uid=nobody) as user:
                assert user.ask("start") == "embedded_postgres_foreign"
        assert server.running


def test_a_user_without_a_name_is_told_what_to_do(nobodys_data: Path, nobody: int) -> None:
    nameless = 59_999
    os.chown(nobodys_data.parent, nameless, nameless)
    with Person(nobodys_data, uid=nameless) as user:
        assert user.ask("start") == "embedded_postgres_no_account"
