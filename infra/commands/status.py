"""`parley status`: what runs in the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.failures import PROBLEMS
from infra.commands.options import data_option, json_option, settings_of
from infra.commands.output import one

if TYPE_CHECKING:
    from infra.settings import Settings

SHOWN_ALERTS = 20


@click.command()
@data_option
@json_option
@click.pass_context
def command(ctx: click.Context, data: Path | None, output: str) -> None:
    """What runs in the data folder and where it answers. Exit 3 if nothing runs."""
    found = status_of(settings_of(data=data))
    one(output, found)
    ctx.exit(0 if found["running"] else PROBLEMS)


def status_of(settings: Settings) -> dict[str, Any]:
    """`running`: is there an `up` or `demo`; `database`: does PostgreSQL answer; `head`: the log's last position.

    `alerts`: those that are open, as `kind subject`; None where the database does not answer.
    """
    from infra.embedded import running
    from infra.postgres import EmbeddedPostgres

    told = running(settings.data)
    known = {name: (told or {}).get(name) for name in ("pid", "url", "kafka", "started")}
    database = settings.data.is_dir() and EmbeddedPostgres(settings.data).running
    head = log_head(settings) if database else None
    return {
        "data": str(settings.data),
        "running": told is not None,
        **known,
        "database": database,
        "head": head,
        "alerts": open_alerts(settings) if head is not None else None,
    }


def log_head(settings: Settings) -> int | None:
    """None before the schema is there."""
    import psycopg

    from infra.embedded import application_dsn

    with psycopg.connect(application_dsn(settings), connect_timeout=3) as connection:
        try:
            row = connection.execute("SELECT coalesce(max(position), 0) FROM parley.event").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return int(row[0]) if row else None


def open_alerts(settings: Settings) -> list[str]:
    """The first of them in the order of their names, and how many more there are."""
    from adapters.store.database import Database
    from adapters.store.heads import Kept, StoredHeads
    from infra.embedded import application_dsn

    database = Database(application_dsn(settings))
    try:
        with database.connect() as connection:
            head = StoredHeads(connection, settings.tenant, Kept()).head(f"alert-{settings.tenant}")
    finally:
        database.close()
    labels = sorted(head.state.open)
    more = len(labels) - SHOWN_ALERTS
    return [*labels[:SHOWN_ALERTS], *([f"and {more} more"] if more > 0 else [])]
