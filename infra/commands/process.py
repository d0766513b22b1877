"""`parley process`: processors alone."""

from __future__ import annotations

import sys

import rich_click as click

from infra.commands.options import settings_of
from infra.commands.output import note


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def command(names: tuple[str, ...]) -> None:
    """Processors by name, or all: distribution, presence, auto_close, delivery. They hear Kafka's topics where
    PARLEY_KAFKA is set, else the log itself. Any number of processes may run the same ones."""
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.engine import known_processors, open_engine, start_delivery, start_loop

    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    settings = settings_of()
    wanted = known_processors([name for name in names if name != "delivery"] if names else None)
    with open_engine(settings) as engine:
        start_loop(engine, processors=wanted, projections=[])
        if not names or "delivery" in names:
            start_delivery(engine)
            wanted = [*wanted, "delivery"]
        note(f"Processing: {', '.join(wanted)}")
        foreground.wait(1.0, lambda: None)
