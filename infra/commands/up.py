"""`parley up`: everything in one process, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.options import data_option, settings_of
from infra.commands.output import note
from infra.words import either

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
    url, data = together.server.url, together.settings.data
    position = together.engine.log.head()
    lines = [
        either(f"Parley is up ({seconds:.1f} s).", f"Parley работает ({seconds:.1f} с)."),
        f"  {either('Page', 'Страница')}   {url}/",
        f"  API    {url}/v1/",
        f"  {either('Data', 'Данные')}   {data} ({either('log head', 'конец журнала')} {position})",
    ]
    if together.kafka:
        lines.append(f"  Kafka  {together.kafka}")
    lines += [*_token_lines(together), "", either("Try next, in another terminal:", "Попробуйте в другом терминале:")]
    lines += [f"  {line}" for line in suggestions(together)]
    for line in [*lines, "", either("Ctrl-C stops it.", "Ctrl-C — остановить.")]:
        note(line)


def _token_lines(together: Together) -> list[str]:
    file = together.settings.data / "admin.token"
    if together.new_token is None:
        return [either(f"  Token  in {file}", f"  Токен  в файле {file}")]
    once = either("shown this once; kept in", "показан один раз; хранится в")
    return [f"  {either('Token', 'Токен')}  {together.new_token}", f"         ({once} {file})"]


def suggestions(together: Together) -> list[str]:
    data = f" --data {together.settings.data}"
    return [
        f"parley agents set anna --name Anna --capacity 3{data}",
        f"parley groups set support --name Support members=anna{data}",
        f"parley tail -f{data}",
        f'curl -H "Authorization: Bearer $(cat {together.settings.data}/admin.token)" {together.server.url}/v1/dialogs',
    ]
