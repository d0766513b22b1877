"""`parley dialogs`: what customers and we say to each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.dialog_acts import ACTS
from infra.commands.dialog_files import attachment, uploaded
from infra.commands.ids import full_id
from infra.commands.options import json_option, output_option, with_session
from infra.commands.output import cell, emit, note, one, paint, rows, to_json

if TYPE_CHECKING:
    from domain.recorded import Recorded
    from infra.commands.session import Session

COLUMNS = ("dialog", "phase", "channel", "customer", "with", "last_activity_at", "unread", "last_text")
EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)
LISTS = ("open", "unassigned", "queued", "offered", "my", "bot", "unanswered", "closed")
SORTS = ("last_activity", "started", "waiting", "deadline", "priority")


@click.group()
def command() -> None:
    """Dialogs: list, show, start, reply, take, transfer, hold, note, tag, topic, priority, close, attachment."""


for act in (attachment, *ACTS):
    command.add_command(act)


@command.command(name="list")
@click.argument("which", type=click.Choice(LISTS), default="open")
@click.option("--agent", help="Of this agent; needed for the list `my`.")
@click.option("--channel", help="Of this channel.")
@click.option("--sort", type=click.Choice(SORTS), default="last_activity")
@click.option("--limit", type=click.IntRange(1, 200), default=50)
@click.option("--cursor", help="Where the page before ended.")
@output_option
@with_session
def list_dialogs(session: Session, which: Any, output: str, sort: Any, **filters: Any) -> None:
    """A list, newest activity first: open (default), unassigned, queued, offered, my, bot, unanswered, closed."""
    from adapters.views.lists import Query, dialogs
    from adapters.views.opening import opened

    query = Query(list=which, sort=sort, **filters)
    with session.engine.database.pool.connection() as connection:
        page = dialogs(connection, session.tenant, query)
    found = [_row(row) for row in opened(session.engine.vault, session.tenant, page.rows)]
    rows(output, [{**row, "dialog": row["dialog"][:8]} for row in found] if output == "table" else found, COLUMNS)
    if page.next is not None:
        note(f"More: --cursor {page.next}")


def _row(row: dict[str, Any]) -> dict[str, Any]:
    profile = row.get("customer_profile") or {}
    name = profile.get("name") if isinstance(profile, dict) else None
    return {
        "dialog": row["dialog"],
        "phase": row["phase"],
        "channel": row["channel"],
        "customer": "(erased)" if row["erased"] else name or row["customer"][:8],
        "group": row["group"],
        "with": row["assignee"] or row["bot"] or row["offered_to"] or None,
        "opened_at": row["opened_at"],
        "last_activity_at": row["last_activity_at"],
        "unread": row["unread"],
        "last_text": row["last_text"],
        "closed_cause": row["closed_cause"],
    }


@command.command()
@click.argument("dialog")
@json_option
@with_session
def show(session: Session, dialog: str, output: str) -> None:
    """One dialog: how it stands, and what was said. The first letters of its id will do."""
    from infra.commands.replay import short

    ident = full_id(session, dialog)
    history = session.engine.log.stream(session.tenant, f"dialog-{ident}")
    state = _state(history)
    if output == "json":
        from adapters.store.codec import to_public

        events = [to_public(one, _data(session, one)) for one in history]
        emit(to_json({"dialog": ident, **state, "events": events}, indent=2))
        return
    one("table", {"dialog": ident, **{name: short(value) for name, value in state.items()}})
    emit("")
    for recorded in history:
        if (said := _said(session, recorded)) is not None:
            emit(said)


@command.command()
@click.argument("dialog")
@click.argument("text", default="")
@click.option("--file", "files", multiple=True, type=EXISTING, help="Send this file along, or alone; may be repeated.")
@click.option("--as", "agent", help="The agent who answers; default: the one who holds the dialog.")
@click.option("--template", help="An approved template of which TEXT is the wording: it goes out after 24 hours too.")
@json_option
@with_session
def reply(
    session: Session,
    dialog: str,
    text: str,
    files: tuple[Path, ...],
    agent: str | None,
    template: str | None,
    output: str,
) -> None:
    """Answer the customer, with files or without."""
    from uuid import uuid4

    from domain.desk.answering import SendMessage
    from domain.dialog.events import Author
    from infra.commands.heads import one_of
    from infra.commands.session import os_user

    ident = full_id(session, dialog)
    who = agent or one_of(session, "dialog", ident).get("assignee") or os_user()
    if not text and not files:
        raise click.UsageError("Give a text, or --file.")
    along = uploaded(session, ident, files)
    author = Author(kind="agent", id=who)
    wanted = SendMessage(
        dialog=ident, client_key=uuid4().hex, author=author, body=text, template=template, attachments=along
    )
    one(output, session.ask(wanted).answer)


@command.command()
@click.argument("channel")
@click.argument("to")
@click.argument("text")
@click.option("--as", "agent", required=True, help="The agent who begins it and holds it.")
@click.option("--template", help="An approved template, where the kind of channel asks for one.")
@click.option("--force", is_flag=True, help="Also above the agent's capacity.")
@json_option
@with_session
def start(session: Session, channel: str, to: str, text: str, output: str, **more: Any) -> None:
    """Write to a customer first; TO is his number, address or id at the provider."""
    from uuid import uuid4

    from adapters.first_contact import start as begin
    from infra.commands.heads import one_of
    from infra.commands.session import os_user

    kind = one_of(session, "channel", channel)["kind"]
    key, vault = uuid4().hex, session.engine.vault
    wanted = begin(vault, session.tenant, channel, kind, to, by=os_user(), body=text, client_key=key, **more)
    one(output, session.ask(wanted).answer)


@command.command()
@click.argument("dialog")
@click.option("--spam", is_flag=True, help="Because it is spam.")
@json_option
@with_session
def close(session: Session, dialog: str, spam: bool, output: str) -> None:
    """Close the dialog; the customer's next message opens a new one."""
    from domain.desk.answering import CloseDialog

    wanted = CloseDialog(dialog=full_id(session, dialog), cause="spam" if spam else "agent")
    one(output, session.ask(wanted).answer)


def _state(history: list[Recorded]) -> dict[str, Any]:
    from infra.commands.replay import SHOWN, states

    state = states(history)[-1][1]
    kept = ("channel", "customer", "opened_at", "last_activity_at", "closed_at", *SHOWN)
    return {name: state[name] for name in kept if state[name] not in (None, (), frozenset(), False)}


def _data(session: Session, recorded: Recorded) -> dict[str, Any]:
    return session.opened(recorded).model_dump(mode="json", by_alias=True)


def _files(session: Session, recorded: Recorded, data: dict[str, Any]) -> str:
    """The files of a message, each with the id by which it is saved."""
    from adapters.attachments.shown import with_files

    if not isinstance(data["attachments"], list) or not data["attachments"]:
        return ""
    row = {"message": data["message"], "kind": recorded.event.kind, "files": data["attachments"]}
    files = with_files(session.engine.shelf, session.tenant, [row], "message")[0]["files"]
    told = [" ".join(filter(None, (one.get("name") or one["type"], one.get("id"), one.get("state")))) for one in files]
    return paint("".join(f"  [{one}]" for one in told), 2)


def _said(session: Session, recorded: Recorded) -> str | None:
    """A line of the conversation; None for what only the engine cares about."""
    kind, data = recorded.event.kind, _data(session, recorded)
    moment = paint(recorded.recorded_at.astimezone().strftime("%m-%d %H:%M:%S"), 2)
    if kind == "dialog.message_received":
        return f"{moment}  customer: {cell(data['body'], longest=2000)}{_files(session, recorded, data)}"
    if kind == "dialog.message_sent":
        return f"{moment}  {data['author']['id']}: {cell(data['body'], longest=2000)}{_files(session, recorded, data)}"
    if kind == "dialog.note_added":
        return f"{moment}  note: {cell(data['body'], longest=2000)}"
    if kind in ("dialog.assigned", "dialog.closed", "dialog.reopened", "dialog.transferred"):
        told = {"dialog.assigned": data.get("agent"), "dialog.closed": data.get("cause")}.get(kind) or ""
        return f"{moment}  {paint(f'{kind[7:]} {told}'.rstrip(), 2)}"
    return None
