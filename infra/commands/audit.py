"""`parley audit`: what an auditor takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.channel_rows import COLUMNS, auditor, lines
from infra.commands.options import moment_of, with_session
from infra.commands.output import emit, rows

if TYPE_CHECKING:
    from infra.commands.session import Session


@click.group()
def command() -> None:
    """Who changed what, when, from where and why: channels."""


@command.command()
@click.argument("channel", nargs=-1)
@click.option("--user", help="Who did it, as the column `actor` names him.")
@click.option("--field", help="A setting by its name, such as auto_close.")
@click.option("--since", metavar="MOMENT", help="A time (without a zone local time) or a position; included.")
@click.option("--until", metavar="MOMENT", help="The same; not included.")
@click.option("--effects", is_flag=True, help="Count the dialogs that each change of the period has closed.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "jsonl"]), default="table", help="The form.")
@with_session
def channels(
    session: Session,
    channel: tuple[str, ...],
    user: str | None,
    field: str | None,
    since: str | None,
    until: str | None,
    effects: bool,
    form: str,
) -> None:
    """The history of these channels, or of all of them, oldest first, straight from the log.

    CSV has one line a changed field, and no cell of it is a formula to a spreadsheet; JSON Lines has one event a line.
    Neither carries a proof of inclusion yet: whoever receives the file has to trust where it came from.
    """
    from adapters.http.channel_audit import Filter

    wanted = Filter(user, field, _bound(since, "--since"), _bound(until, "--until"))
    reader, found = auditor(session), list[dict[str, Any]]()
    for name in channel or _all(session):
        found += reader.history(name, wanted, effects=effects)
    found.sort(key=lambda row: row["position"])
    _write(found, form, several=len(channel) != 1)


def _write(found: list[dict[str, Any]], form: str, *, several: bool) -> None:
    from adapters.http.channel_audit import written

    if form == "table":
        rows("table", lines(found), ("channel", *COLUMNS) if several else COLUMNS)
        return
    for line in written(found, "csv" if form == "csv" else "jsonl"):
        emit(line)


def _all(session: Session) -> list[str]:
    statement = "SELECT stream FROM parley.head WHERE tenant = %s AND stream LIKE 'channel-%%' ORDER BY stream"
    return [row["stream"].removeprefix("channel-") for row in session.query(statement, (session.tenant,))]


def _bound(text: str | None, name: str) -> Any:
    if text is None:
        return None
    found = moment_of(text, name)
    if found.at is None and found.position is None:
        raise click.UsageError(f"{name} takes a time such as 2026-11-25T14:05:00Z, or a position.")
    return found
