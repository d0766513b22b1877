"""`parley groups`: who is offered what, and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

COLUMNS = ("id", "name", "algorithm", "members", "answer_wait", "overflow", "archived")


@click.group()
def command() -> None:
    """Groups: list, show, set, archive."""


@command.command(name="list")
@output_option
@with_session
def list_groups(session: Session, output: str) -> None:
    """All groups."""
    from infra.commands.heads import all_of

    rows(output, [_public(head) for head in all_of(session, "group")], COLUMNS)


@command.command()
@click.argument("group")
@json_option
@with_session
def show(session: Session, group: str, output: str) -> None:
    """One group with its rules."""
    from infra.commands.heads import one_of

    one(output, _public(one_of(session, "group", group)))


@command.command(name="set")
@click.argument("group", type=Ident())
@click.option("--name", help="Makes the group if there is none yet.")
@click.argument("changes", nargs=-1, metavar="[FIELD=VALUE]...")
@json_option
@with_session
def set_group(session: Session, group: str, name: str | None, changes: tuple[str, ...], output: str) -> None:
    """Make a group, or change one: `parley groups set support --name Support members=anna,boris answer_wait=30`."""
    from domain.desk.administration import SetGroup
    from infra.commands.values import changes_of

    one(output, session.ask(SetGroup(group=group, name=name, changes=changes_of(changes))).answer)


@command.command()
@click.argument("group")
@json_option
@with_session
def archive(session: Session, group: str, output: str) -> None:
    """The end of a group that no channel sends to and none overflows into; dialogs that wait in it move on."""
    from domain.desk.receivers import ArchiveGroup

    one(output, session.ask(ArchiveGroup(group=group)).answer)


def _public(head: dict[str, Any]) -> dict[str, Any]:
    """Without the seed: whoever knows it could tell who is drawn next."""
    return {name: value for name, value in head.items() if name not in ("exists", "seed")}
