"""What store tests stand on: one cluster a run, databases that do not see each other, nothing left behind."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from infra.postgres.process import postmaster
from tests.infra.postgres.person import ROOT, ask
from tests.postgres import cluster, fresh_database, template


def test_one_run_has_one_cluster_with_the_settings_users_get() -> None:
    assert cluster() is cluster()
    assert ask(fresh_database(cluster()), "SELECT current_setting('fsync')") == "on"


def test_fresh_databases_are_empty_and_do_not_see_each_other() -> None:
    one, two = fresh_database(cluster()), fresh_database(cluster())
    fill(one)
    assert ask(one, "SELECT count(*) FROM pg_tables WHERE tablename = 'filled'") == 1
    assert ask(two, "SELECT count(*) FROM pg_tables WHERE tablename = 'filled'") == 0


def test_a_template_is_filled_once_and_copied_whole() -> None:
    filled: list[str] = []

    def prepare(dsn: str) -> None:
        filled.append(dsn)
        fill(dsn)

    names = {template("filled", prepare) for _ in range(3)}
    assert (len(names), len(filled)) == (1, 1)
    copy = fresh_database(cluster(), names.pop())
    assert copy != filled[0]
    assert ask(copy, "SELECT sum(number) FROM filled") == 5050


def test_a_killed_run_leaves_no_server(tmp_path: Path) -> None:
    script = "import time; from tests.postgres import cluster; print(cluster().cluster, flush=True); time.sleep(600)"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        assert postmaster(folder) is not None
        run.kill()
    end = time.monotonic() + 30
    while (postmaster(folder) is not None or doorway_of(folder)) and time.monotonic() < end:
        time.sleep(0.02)
    assert postmaster(folder) is None
    assert not doorway_of(folder)


def doorway_of(folder: Path) -> list[Path]:
    """Short links to the cluster's folder that are still there."""
    return [link for link in Path(tempfile.gettempdir()).glob("parley-*/pg") if link.readlink() == folder]


def fill(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE filled AS SELECT generate_series(1, 100) AS number")
