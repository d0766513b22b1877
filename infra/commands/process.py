"""`parley process`: processors alone."""

from __future__ import annotations

import sys

import rich_click as click

from infra.commands.options import settings_of
from infra.commands.output import note


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def command(names: tuple[str, ...]) -> None:
    """Processors by name, or all: distribution, presence, receivers, auto_close, delivery, polling, attachments, bots,
    watching, introducing. They hear Kafka's topics where PARLEY_KAFKA is set, else the log itself. Any number of
    processes may run the same ones."""
    from infra import engine as engines
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.engine import known_processors, open_engine, start_loop

    calling = {
        "delivery": engines.start_delivery,
        "polling": engines.start_polling,
        "attachments": engines.start_attachments,
        "bots": engines.start_bots,
        "watching": engines.start_watching,
        "introducing": engines.start_introducing,
    }
    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    settings = settings_of()
    wanted = known_processors([name for name in names if name not in calling] if names else None)
    with open_engine(settings) as engine:
        start_loop(engine, processors=wanted, projections=[])
        for name, start in calling.items():
            if not names or name in names:
                start(engine)
                wanted = [*wanted, name]
        note(f"Processing: {', '.join(wanted)}")
        foreground.wait(1.0, lambda: None)
