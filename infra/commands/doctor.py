"""`parley doctor`: everything that can be checked from here; what is wrong comes with its remedy."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from infra.commands.failures import PROBLEMS
from infra.commands.options import data_option, settings_of
from infra.commands.output import emit, paint, to_json

MARKS = {"ok": ("✓", 32), "warning": ("!", 33), "problem": ("✗", 31)}


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def command(ctx: click.Context, data: Path | None, as_json: bool) -> None:
    """Check folder, keys, database, schema, safety, clock, readers of the log, disk, Kafka. Exit 3 if any fails."""
    from dataclasses import asdict

    from infra.diagnosis import examine

    found = examine(settings_of(data=data))
    healthy = all(one.state != "problem" for one in found)
    if as_json:
        emit(to_json({"healthy": healthy, "checks": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            mark, colour = MARKS[one.state]
            emit(f"{paint(mark, colour)} {one.sentence}" + (f"\n    {one.fix}" if one.fix else ""))
    ctx.exit(0 if healthy else PROBLEMS)
