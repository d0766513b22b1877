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
    """`running`: is there an `up` or `demo`; `database`: does PostgreSQL answer; `head`: the log's last position."""
    from infra.embedded import running
    from infra.postgres import EmbeddedPostgres

    told = running(settings.data)
    known = {name: (told or {}).get(name) for name in ("pid", "url", "kafka", "started")}
    database = settings.data.is_dir() and EmbeddedPostgres(settings.data).running
    return {
        "data": str(settings.data),
        "running": told is not None,
        **known,
        "database": database,
        "head": log_head(settings) if database else None,
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
