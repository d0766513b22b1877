"""`parley migrate`: the schema, as the owner role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.failures import PROBLEMS
from infra.commands.options import data_option, settings_of
from infra.commands.output import emit, note

if TYPE_CHECKING:
    from infra.settings import Settings


@click.command()
@data_option
@click.option("--check", is_flag=True, help="Change nothing; exit 3 if the schema is not this release's.")
@click.pass_context
def command(ctx: click.Context, data: Path | None, check: bool) -> None:
    """Bring the database's schema up to date, as its owner.

    Works on PARLEY_OWNER_DATABASE_URL, or on the embedded database that runs in the data folder. With
    PARLEY_APP_PASSWORD it sets the password of the application's role too.
    """
    from infra.migrate import migrate, migrations

    settings = settings_of(data=data)
    owner = owner_dsn(settings)
    if check:
        missing = pending(owner)
        for name in missing:
            emit(name)
        note(f"{len(missing)} migrations are to be run." if missing else "The schema is up to date.")
        ctx.exit(PROBLEMS if missing else 0)
    ran = migrate(owner, password=settings.app_password)
    for name in ran:
        emit(name)
    note(f"Ran {len(ran)} of {len(migrations())} migrations.")


def pending(owner: str) -> list[str]:
    """Names of the migrations that have not been run."""
    import psycopg

    from infra.migrate import migrations

    with psycopg.connect(owner) as connection:
        there = connection.execute("SELECT to_regclass('public.parley_migration') IS NOT NULL").fetchone()
        if not (there and there[0]):
            return [migration.name for migration in migrations()]
        done = {version for (version,) in connection.execute("SELECT version FROM public.parley_migration")}
    return [migration.name for migration in migrations() if migration.version not in done]


def owner_dsn(settings: Settings) -> str:
    """Where the owner role connects: the address named, or the embedded database that runs in the data folder."""
    from domain.errors import Unavailable
    from infra.postgres import EmbeddedPostgres

    if settings.owner_database_url is not None:
        return settings.owner_database_url
    postgres = EmbeddedPostgres(settings.data)
    if not postgres.running:
        data = settings.data
        sentence = f"No database runs in {data}. Set PARLEY_OWNER_DATABASE_URL, or run: parley up (it migrates itself)"
        raise Unavailable("not_running", sentence)
    return postgres.dsn()
