"""`parley backup`: the data folder in one file."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from infra.commands.options import data_option, json_option, settings_of
from infra.commands.output import note, one


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def command(file: Path, data: Path | None, output: str) -> None:
    """A whole copy of database and keys in FILE, taken while the engine works or while it is stopped.

    FILE holds the master key: whoever has it can read every conversation.
    """
    from infra.backup import back_up

    manifest = back_up(settings_of(data=data), file, note)
    one(output, {"file": str(file), "bytes": file.stat().st_size, **manifest})
