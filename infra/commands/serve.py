"""`parley serve`: the HTTP API alone."""

from __future__ import annotations

import sys

import rich_click as click

from infra.commands.options import settings_of
from infra.commands.output import note

NOTICE_SECONDS = 5.0


@click.command()
@click.option("--host", help="Where to listen (PARLEY_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (PARLEY_PORT; 8080); 0 = any free one.")
@click.option("--notice", type=float, default=NOTICE_SECONDS, help="Seconds unready before the door closes (5).")
def command(host: str | None, port: int | None, notice: float) -> None:
    """The HTTP API on PARLEY_DATABASE_URL, without processors and projections: scale it by adding processes.

    On SIGTERM `/readyz` says 503 first, so that load balancers look away; then what is in flight is finished.
    """
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.engine import open_engine, start_server
    from infra.server import listen

    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    settings = settings_of(host=host, port=port)
    with listen(settings.host, settings.port) as listener, open_engine(settings) as engine:
        engine.vault.add_tenant(settings.tenant)
        server = start_server(engine, listener)
        engine.stops.callback(server.stop)
        note(f"Parley serves {server.url}")
        foreground.wait(1.0, server.look_after)
        server.drain()
        foreground.pause(notice)
