"""`parley projections`: how far each view is, and building one anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.failures import PROBLEMS
from infra.commands.options import data_option, json_option, output_option, settings_of, with_session
from infra.commands.output import note, one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

COLUMNS = ("consumer", "position", "lag", "parked")
CONSUMERS = """
SELECT tracking.consumer, tracking.lane, tracking.position,
       greatest(coalesce(head.position, 0) - tracking.position, 0) AS lag,
       (SELECT count(DISTINCT (tenant, stream)) FROM parley.parked WHERE parked.consumer = tracking.consumer) AS parked
FROM parley.tracking
LEFT JOIN LATERAL (SELECT max(position) AS position FROM parley.event WHERE lane = tracking.lane) AS head ON true
ORDER BY tracking.consumer, tracking.lane
"""


@click.group()
def command() -> None:
    """Projections and processors: status, rebuild."""


@command.command()
@output_option
@with_session
@click.pass_context
def status(ctx: click.Context, session: Session, output: str) -> None:
    """How far each reader of the log is. Exit 3 if any has parked streams that it could not handle."""
    found = session.query(CONSUMERS)
    rows(output, found, COLUMNS)
    ctx.exit(PROBLEMS if any(row["parked"] for row in found) else 0)


@command.command()
@click.argument("name")
@data_option
@json_option
def rebuild(name: str, data: Path | None, output: str) -> None:
    """Fold a view from the log's beginning into a table beside it, compare, and put it in its place."""
    from dataclasses import asdict

    from adapters.store.database import Database
    from adapters.views.progress import bar
    from adapters.views.rebuild import rebuild as build
    from infra.commands.migrate import owner_dsn

    database = Database(owner_dsn(settings_of(data=data)))
    with bar(f"Rebuilding {name}") as progress:
        built = build(database, name, progress)
    database.close()
    one(output, asdict(built))
    if built.same is False:
        note("The live table differed from what the log says; it does no longer.")
