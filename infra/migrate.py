"""Migrations: numbered SQL files, each run once by the owner role, in order, in one transaction, under a lock.

A file that was run may never change afterwards: its checksum is kept and compared.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql

from adapters.views.tables import create_all
from domain.errors import Conflict

LOCK = 7030
APP_ROLE = "parley_app"


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    folder = files("infra.migrations")
    scripts = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [Migration(int(name[:4]), name, folder.joinpath(name).read_text("utf-8")) for name in scripts]


def newest() -> int:
    return migrations()[-1].version


def migrate(owner_dsn: str, *, password: str | None = None) -> list[str]:
    """Bring the schema to the newest version. Returns the names of the files that were run now."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("SET lock_timeout = '2s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        done = _done(connection)
        ran = [_run(connection, migration) for migration in migrations() if not _is_done(migration, done)]
        create_all(connection)
        if password is not None:
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(APP_ROLE), sql.Literal(password))
            connection.execute(statement)
    return ran


def _done(connection: psycopg.Connection[Any]) -> dict[int, str]:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.parley_migration"
        " (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
        "  applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
    )
    rows = connection.execute("SELECT version, checksum FROM public.parley_migration").fetchall()
    return dict(rows)


def _is_done(migration: Migration, done: dict[int, str]) -> bool:
    known = done.get(migration.version)
    if known is not None and known != migration.checksum:
        raise Conflict("migration_changed", f"The migration {migration.name} was changed after it had been run.")
    return known is not None


def _run(connection: psycopg.Connection[Any], migration: Migration) -> str:
    connection.execute(migration.text.encode())
    connection.execute(
        "INSERT INTO public.parley_migration (version, name, checksum) VALUES (%s, %s, %s)",
        (migration.version, migration.name, migration.checksum),
    )
    connection.execute(sql.SQL("GRANT SELECT ON public.parley_migration TO {}").format(sql.Identifier(APP_ROLE)))
    return migration.name
