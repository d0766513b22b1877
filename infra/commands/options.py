"""Options that many commands share, and the settings that they and the environment add up to."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

if TYPE_CHECKING:
    from pydantic import ValidationError

    from adapters.views.moments import Moment
    from infra.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

data_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="The data folder (PARLEY_DATA)."
)
tenant_option = click.option("--tenant", help="The tenant (PARLEY_TENANT).")
output_option = click.option(
    "-o", "--output", type=click.Choice(["table", "json", "jsonl"]), default="table", help="The form of the output."
)
json_option = click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", help="The form.")


class Ident(click.ParamType[str]):
    """The id of something that is being made: what the terminal makes, the API's addresses must be able to name."""

    name = "id"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        from pydantic import TypeAdapter, ValidationError

        from adapters.http.wire import Id

        try:
            return TypeAdapter[str](Id).validate_python(value)
        except ValidationError:
            self.fail(f"{value!r} is no id: 1 to 64 letters, digits and . _ : @ - that begin with a letter or digit.")


def settings_of(**given: Any) -> Settings:
    """The environment's settings with what was given as an option. A folder given by hand means its own database."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from infra.settings import Settings

    chosen = {name: value for name, value in given.items() if value is not None}
    if "data" in chosen:
        chosen["data"] = chosen["data"].absolute()
        chosen.setdefault("database_url", None)
    try:
        return Settings(**chosen).with_stand_ins()
    except ValidationError as wrong:
        raise click.UsageError(_told(wrong)) from None
    except SettingsError as unreadable:
        found = re.search(r'field "(\w+)"', str(unreadable))
        name = f"PARLEY_{found[1].upper()}" if found else "A setting"
        raise click.UsageError(f'{name}: it must be JSON, such as {{"telegram": "https://…"}}.') from None


def _told(wrong: ValidationError) -> str:
    """Which variable of the environment is wrong, and how; never its value, which may be a secret."""
    from adapters.http.wrong_fields import problems

    first = wrong.errors()[0]
    name = "PARLEY_" + "_".join(map(str, first["loc"])).upper()
    (problem,) = problems([{**first, "loc": (name,)}])
    return problem.sentence


def moment_of(text: str, name: str) -> Moment:
    """A position, a time, a settings version or now. Without a zone a time is local, as in everything tables show."""
    from adapters.views.moments import moment

    return moment(text, name, local=True)


def with_session(function: F) -> F:
    """The command gets a `session` on the running engine's database instead of `data` and `tenant`."""

    @data_option
    @tenant_option
    @wraps(function)
    def wrapped(data: Path | None, tenant: str | None, **rest: Any) -> Any:
        from infra.commands.session import open_session

        with open_session(settings_of(data=data, tenant=tenant)) as session:
            return function(session=session, **rest)

    return wrapped  # type: ignore[return-value]
