"""A migrated database for a test, and an engine's write path on it. Real PostgreSQL, copied from a template."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.conninfo import make_conninfo

from adapters.store.database import Database
from adapters.store.executor import Clock, Executor
from adapters.store.log import Log
from adapters.store.requests import Outcome, Request
from adapters.vault import MasterKey, Vault
from infra.migrate import migrate
from processors import ALL_HANDLERS
from tests.postgres import cluster, fresh_database, template

MASTER = base64.b64encode(b"m" * 32).decode()
TENANT = "acme"


def migrated() -> str:
    """The owner's dsn of a fresh, migrated database."""
    return fresh_database(cluster(), template("migrated", migrate))


def app_dsn(owner_dsn: str) -> str:
    return make_conninfo(owner_dsn, user="parley_app")


def master_key() -> MasterKey:
    return MasterKey(base64.b64decode(MASTER))


@dataclass
class Store:
    """What a test needs to write and read: `do` executes a command of tenant `acme`."""

    owner_dsn: str
    dsn: str
    database: Database
    vault: Vault
    log: Log
    executor: Executor

    def do(self, command: Any, **circumstances: Any) -> Outcome:
        return self.executor.execute(Request(tenant=TENANT, command=command, **circumstances))

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.pool.connection() as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[call-overload,no-any-return]


@contextmanager
def store(*, clock: Clock | None = None, owner_dsn: str | None = None, lane: int = 0) -> Iterator[Store]:
    owner = owner_dsn or migrated()
    dsn = app_dsn(owner)
    database = Database(dsn)
    vault = Vault(master_key(), database)
    vault.add_tenant(TENANT, lane=lane)
    executor = Executor(database, vault, lane=lane, handlers=ALL_HANDLERS, clock=clock)
    try:
        yield Store(owner, dsn, database, vault, Log(database), executor)
    finally:
        executor.close()
        database.close()
