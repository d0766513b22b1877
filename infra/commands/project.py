"""`parley project`: projections alone."""

from __future__ import annotations

import sys

import rich_click as click

from infra.commands.options import settings_of
from infra.commands.output import note


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def command(names: tuple[str, ...]) -> None:
    """Projections by name, or all. They hear Kafka's topics where PARLEY_KAFKA is set, else the log itself."""
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.engine import known_projections, open_engine, start_loop

    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    wanted = known_projections(names or None)
    with open_engine(settings_of()) as engine:
        start_loop(engine, processors=[], projections=wanted)
        note(f"Projecting: {', '.join(wanted)}")
        foreground.wait(1.0, lambda: None)
