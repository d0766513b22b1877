"""`parley restore`: a data folder from a backup."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from infra.commands.options import data_option, json_option, settings_of
from infra.commands.output import note, one


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@data_option
@json_option
def command(file: Path, data: Path | None, output: str) -> None:
    """Unpack FILE into an empty data folder and check it. The store begins a new epoch: followers of its topics see
    that it may stand behind them."""
    from infra.backup import restore

    settings = settings_of(data=data)
    one(output, restore(settings, file, note))
    note(f"Next: parley up --data {settings.data}")
