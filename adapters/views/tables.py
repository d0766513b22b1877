"""Tables of the views, made from the projections' rows. Nothing here is the truth: whatever differs is made anew.

A table remembers by its comment which version and shape it has. Where that is not the code's, the table is dropped and
made again empty, and its reader starts from the beginning of the log.
"""

from __future__ import annotations

import hashlib

from psycopg import sql

from adapters.store.database import Connection
from adapters.views.columns import columns_of
from projections.base import Projection, projections

COUNTER = """
CREATE TABLE IF NOT EXISTS view.counter (
    projection text   NOT NULL,
    tenant     text   NOT NULL,
    name       text   NOT NULL,
    n          bigint NOT NULL,
    PRIMARY KEY (projection, tenant, name)
) WITH (fillfactor = 50)
"""
STORAGE = "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05"


def create_all(connection: Connection) -> list[str]:
    """Make what is missing or of another shape, as the owner role. Returns the names of the tables made now.

    Rights follow from the schema's default privileges.
    """
    connection.execute(COUNTER)
    return [one.name for one in projections().values() if _create(connection, one)]


def _create(connection: Connection, projection: Projection) -> bool:
    if _comment(connection, projection.name) == shape(projection):
        return False
    connection.execute(_sql(f'DROP TABLE IF EXISTS view."{projection.name}"'))
    connection.execute("DELETE FROM view.counter WHERE projection = %s", (projection.name,))
    connection.execute("DELETE FROM parley.tracking WHERE consumer = %s", (projection.name,))
    create(connection, projection, projection.name)
    return True


def create(connection: Connection, projection: Projection, table: str) -> None:
    """An empty table with its indexes under this name."""
    columns = ", ".join(column.declared for column in columns_of(projection.row))
    key = ", ".join(f'"{name}"' for name in projection.key)
    connection.execute(
        _sql(f'CREATE TABLE view."{table}" ({columns}, CONSTRAINT "{table}_pkey" PRIMARY KEY ({key})) WITH ({STORAGE})')
    )
    for name, definition in projection.indexes.items():
        connection.execute(_sql(f'CREATE INDEX "{table}_{name}" ON view."{table}" {definition}'))
    comment = sql.SQL("COMMENT ON TABLE view.{} IS {}")
    connection.execute(comment.format(sql.Identifier(table), sql.Literal(shape(projection))))


def swap(connection: Connection, projection: Projection, shadow: str) -> None:
    """Put a shadow table in the place of the projection's own, inside the caller's transaction."""
    name = projection.name
    connection.execute(_sql(f'DROP TABLE view."{name}"'))
    connection.execute(_sql(f'ALTER TABLE view."{shadow}" RENAME TO "{name}"'))
    for index in ("pkey", *projection.indexes):
        connection.execute(_sql(f'ALTER INDEX view."{shadow}_{index}" RENAME TO "{name}_{index}"'))


def shape(projection: Projection) -> str:
    """Version and a hash of everything that the table is made of."""
    columns = [column.declared for column in columns_of(projection.row)]
    made_of = repr((columns, projection.key, sorted(projection.indexes.items()), sorted(projection.hears)))
    return f"parley {projection.name} v{projection.version} {hashlib.sha256(made_of.encode()).hexdigest()[:16]}"


def _comment(connection: Connection, table: str) -> str | None:
    row = connection.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", (f'view."{table}"',)).fetchone()
    return row[0] if row else None


def _sql(text: str) -> sql.SQL:
    """Names come from our own code, never from outside."""
    return sql.SQL(text)
