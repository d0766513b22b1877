"""PostgreSQL for store tests: one real cluster a test run, and fresh databases copied from templates in milliseconds.

    dsn = fresh_database(cluster())                        # an empty database of your own
    prepared = template("with_events", migrate)            # made once a run, by your function on its dsn
    dsn = fresh_database(cluster(), prepared)              # a copy of it, a few tens of milliseconds

The cluster keeps its safe settings (fsync and so on): tests prove what users get. It ends with
the test run, by whatever end.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from infra.postgres import EmbeddedPostgres

_numbers = count(1)
_templates: dict[str, str] = {}


@cache
def cluster() -> EmbeddedPostgres:
    """The run's cluster, started at the first call; stopped and removed at exit, stopped also if the run is killed."""
    data = Path(tempfile.mkdtemp(prefix="parley-test-"))
    server = EmbeddedPostgres(data, settings={"max_connections": "200"}, die_with_owner=True)
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    atexit.register(server.stop)  # runs first: last in, first out
    server.start()
    return server


def fresh_database(cluster: EmbeddedPostgres, template: str | None = None) -> str:
    """A dsn of a new database of the owner role, copied from `template` (nobody may be connected to it) or empty."""
    name = f"test_{next(_numbers)}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(cluster.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template or "template0")))
    return cluster.dsn(dbname=name)


def template(name: str, prepare: Callable[[str], object]) -> str:
    """The name of a database for `fresh_database` to copy; `prepare` fills it through its dsn, once a run."""
    if name not in _templates:
        dsn = fresh_database(cluster())
        prepare(dsn)
        _templates[name] = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    return _templates[name]
