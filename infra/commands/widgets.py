"""`parley widgets`: the containers of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

COLUMNS = ("widget", "name", "archived", "channels")


@click.group()
def command() -> None:
    """Widgets, the containers of channels: list, show, create, archive."""


@command.command(name="list")
@output_option
@with_session
def list_widgets(session: Session, output: str) -> None:
    """All widgets with their channels."""
    found = _all(session)
    shown = [{**row, "channels": [part["channel"] for part in row["channels"]]} for row in found]
    rows(output, shown if output == "table" else found, COLUMNS)


@command.command()
@click.argument("widget")
@json_option
@with_session
def show(session: Session, widget: str, output: str) -> None:
    """One widget with its channels and changes of provider."""
    from domain.errors import NotFound

    found = next((row for row in _all(session) if row["widget"] == widget), None)
    if found is None:
        raise NotFound("widget_unknown", f"There is no widget {widget}.")
    one(output, found)


@command.command()
@click.argument("widget", type=Ident())
@click.option("--name", default="", help="What people call it.")
@json_option
@with_session
def create(session: Session, widget: str, name: str, output: str) -> None:
    """An empty widget. Next: `channels create CHANNEL --kind KIND --widget WIDGET`."""
    from domain.desk.widgets import CreateWidget

    one(output, session.ask(CreateWidget(widget=widget, name=name)).answer)


@command.command()
@click.argument("widget")
@json_option
@with_session
def archive(session: Session, widget: str, output: str) -> None:
    """Take it out of use; refused while one of its channels works."""
    from domain.desk.widgets import ArchiveWidget

    one(output, session.ask(ArchiveWidget(widget=widget)).answer)


def _all(session: Session) -> list[dict[str, Any]]:
    from adapters.views.queries import widgets

    with session.engine.database.pool.connection() as connection:
        return widgets(connection, session.tenant)
