"""`parley demo`: the engine with an example world, and traffic that keeps arriving."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.output import labelled, note
from infra.words import either, program

if TYPE_CHECKING:
    from adapters.demo.counters import Street
    from infra.settings import Settings
    from infra.together import Together

LOOK_AFTER_EVERY = 2.0


class Speed(click.ParamType[float]):
    """`60x` or `60`."""

    name = "speed"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)x?", str(value))
        if found is None or not 0 < float(found[1]) <= 1000:
            self.fail(f"{value!r} is no speed such as 1x or 60x, at most 1000x.", param, ctx)
        return float(found[1])


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The port (PARLEY_PORT; 8080); 0 = any free one.")
@click.option("--speed", type=Speed(), default="1x", help="60x: an hour's traffic in a minute.")
@click.option("--seed", type=int, default=7, help="The same seed: the same people say the same (7).")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="A data folder of its own.")
@click.option("--for", "seconds", type=float, metavar="SECONDS", help="End by itself after so long.")
@click.option("--keep/--no-keep", default=True, help="Keep the data for the next demo, or leave nothing behind.")
def command(port: int | None, speed: float, seed: int, data: Path | None, seconds: float | None, keep: bool) -> None:
    """A bakery with a channel of every kind, six agents and customers who keep writing, in Russian and English.

    Everything is real but the people: messages come in through the public webhook. Ctrl-C cleans up.
    """
    began = time.monotonic()
    from adapters.demo.counters import Street
    from adapters.demo.world import Stage, World
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.together import start_together

    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    with ExitStack() as stack:
        street = Street(speed=max(speed, 1.0))
        street.start()
        stack.callback(street.stop)
        settings = _with_stand_ins(_settings(stack, port, data, keep), street)
        together = start_together(settings, note, die_with_owner=not keep)
        stack.callback(together.stop)
        engine = together.engine
        stage = Stage(engine.database, engine.vault, engine.executor, settings.tenant, together.server.url)
        world = World(stage, street, seed=seed, speed=speed)
        stack.callback(world.stop)
        world.start()
        _greet(together, time.monotonic() - began, speed)
        foreground.wait(LOOK_AFTER_EVERY, together.look_after, seconds)
        note(either("Closing the bakery …", "Закрываем пекарню …"))
    position = either("Data stays in", "Данные остаются в") + f" {settings.data}"
    note(position if keep else either("Nothing is left behind.", "Всё убрано."))


def _settings(stack: ExitStack, port: int | None, data: Path | None, keep: bool) -> Settings:
    """A folder of its own, apart from that of `parley up`. Without keeping: a fresh one that goes away again."""
    from domain.errors import Conflict
    from infra.commands.options import settings_of

    if not keep and data is None:
        data = Path(tempfile.mkdtemp(prefix="parley-demo-"))
        stack.callback(shutil.rmtree, data)
    elif not keep and data is not None:
        if data.exists() and any(data.iterdir()):
            raise Conflict("data_not_empty", f"{data} is not empty, and --no-keep would remove it.")
        stack.callback(shutil.rmtree, data, ignore_errors=True)
    return settings_of(data=data or own_folder(), port=port, database_url=None)


def own_folder() -> Path:
    """Beside that of `parley up`; each clone has one of its own, or one would open with the other's customers."""
    from infra.settings import default_data

    clone = hashlib.sha256(str(Path(__file__).resolve().parents[2]).encode()).hexdigest()[:8]
    return default_data().with_name(f"parley-demo-{clone}")


def _with_stand_ins(settings: Settings, street: Street) -> Settings:
    """The engine calls the stand-ins in place of the providers, and is registered with them."""
    from pydantic import SecretStr

    from infra.settings import STAND_INS, OurApp

    apps = {kind: OurApp(id=app.id, secret=SecretStr(app.secret.reveal())) for kind, app in street.apps.items()}
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.data / STAND_INS).write_text(json.dumps(street.urls), "utf-8")
    return settings.model_copy(update={"provider_urls": street.urls, "apps": apps})


def _greet(together: Together, seconds: float, speed: float) -> None:
    url, data, parley = together.server.url, together.settings.data, program()
    lines = [
        either(f"The bakery is open ({seconds:.1f} s).", f"Пекарня открыта ({seconds:.1f} с)."),
        *labelled(
            [
                (either("Page", "Страница"), f"{url}/"),
                (either("Token", "Токен"), together.token),
                (either("Data", "Данные"), str(data)),
            ]
        ),
        "",
        either("To try, in another terminal:", "Попробуйте в другом терминале:"),
        f"  {parley} tail -f --data {data}",
        f"  {parley} dialogs list --data {data}",
        f"  {parley} channels set bakery auto_close=2h --data {data} && {parley} channels history bakery --data {data}",
        "",
        either(f"Traffic at {speed:g}x. Ctrl-C closes the shop.", f"Поток {speed:g}x. Ctrl-C — закрыть."),
    ]
    for line in lines:
        note(line)
