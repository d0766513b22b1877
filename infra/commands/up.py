"""`parley up`: everything in one process, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.options import data_option, settings_of
from infra.commands.output import labelled, note
from infra.words import either, program

if TYPE_CHECKING:
    from infra.together import Together

LOOK_AFTER_EVERY = 2.0


@click.command()
@data_option
@click.option("--host", help="Where to listen (PARLEY_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (PARLEY_PORT; 8080); 0 = any free one.")
@click.option("--kafka", is_flag=True, help="With a real one-node Apache Kafka beside it.")
def command(data: Path | None, host: str | None, port: int | None, kafka: bool) -> None:
    """Everything in one process: PostgreSQL in the data folder, the engine, the API and its page.

    Ctrl-C stops it in order; after any crash the next `parley up` goes on where the log ends.
    """
    began = time.monotonic()
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.together import start_together

    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    settings = settings_of(data=data, host=host, port=port)
    together = start_together(settings, note, kafka=kafka)
    try:
        greet(together, time.monotonic() - began)
        foreground.wait(LOOK_AFTER_EVERY, together.look_after)
        note(either("Stopping: finishing what is in flight …", "Останавливаемся: завершаем начатое …"))
    finally:
        together.stop()
    note(either("Stopped. Your data stays in ", "Остановлено. Данные остаются в ") + str(settings.data))


def greet(together: Together, seconds: float) -> None:
    """What runs, where, and what to try next."""
    from infra.engine import known_processors, known_projections

    url, data = together.server.url, together.settings.data
    position = together.engine.log.head()
    facts = [
        (either("Page", "Страница"), f"{url}/"),
        ("API", f"{url}/v1/"),
        (either("Data", "Данные"), f"{data} ({either('log head', 'конец журнала')} {position})"),
        (
            either("Runs", "Работают"),
            ", ".join(
                [
                    *known_processors(None),
                    "delivery",
                    "polling",
                    "attachments",
                    "bots",
                    "watching",
                    "introducing",
                    *known_projections(None),
                ]
            ),
        ),
        *([("Kafka", together.kafka)] if together.kafka else []),
        *_token(together),
    ]
    lines = [
        either(f"Parley is up ({seconds:.1f} s).", f"Parley работает ({seconds:.1f} с)."),
        *labelled(facts),
        "",
        either("Try next, in another terminal:", "Попробуйте в другом терминале:"),
        *(f"  {line}" for line in suggestions(together)),
        "",
        either("Ctrl-C stops it.", "Ctrl-C — остановить."),
    ]
    for line in lines:
        note(line)


def _token(together: Together) -> list[tuple[str, str]]:
    file, label = together.settings.data / "admin.token", either("Token", "Токен")
    if together.new_token is None:
        return [(label, either(f"in {file}", f"в файле {file}"))]
    once = either("shown this once; kept in", "показан один раз; хранится в")
    return [(label, together.new_token), ("", f"({once} {file})")]


def suggestions(together: Together) -> list[str]:
    data, parley = f" --data {together.settings.data}", program()
    return [
        f"{parley} agents set anna --name Anna --capacity 3{data}",
        f"{parley} groups set support --name Support members=anna{data}",
        f"{parley} tail -f{data}",
        f'curl -H "Authorization: Bearer $(cat {together.settings.data}/admin.token)" {together.server.url}/v1/dialogs',
    ]
