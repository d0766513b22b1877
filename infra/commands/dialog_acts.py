"""`parley dialogs`: all between the first answer and the end: take, transfer, hold, notes, tags, topic, priority.

Who sits at the terminal leads: he may do with any dialog what its agent may.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.ids import full_id
from infra.commands.options import json_option, with_session
from infra.commands.output import one

if TYPE_CHECKING:
    from infra.commands.session import Session


@click.command()
@click.argument("dialog")
@click.argument("agent")
@click.option("--force", is_flag=True, help="Also above the agent's capacity.")
@json_option
@with_session
def take(session: Session, dialog: str, agent: str, force: bool, output: str) -> None:
    """Give a dialog that nobody has to an agent."""
    from domain.desk.answering import TakeDialog

    wanted = TakeDialog(dialog=full_id(session, dialog), agent=agent, by=session.actor.id, force=force)
    one(output, session.ask(wanted).answer)


@click.command()
@click.argument("dialog")
@click.argument("to", metavar="KIND:ID")
@click.option("--comment", default="", help="For whoever gets it.")
@click.option("--force", is_flag=True, help="Also above the agent's capacity.")
@json_option
@with_session
def transfer(session: Session, dialog: str, to: str, comment: str, force: bool, output: str) -> None:
    """Hand a dialog over: to agent:anna, to group:support, to bot:greeter."""
    from domain.desk.answering import TransferDialog
    from domain.dialog.events import Target

    kind, _, ident = to.partition(":")
    if kind not in ("agent", "group", "bot") or not ident:
        raise click.UsageError(f"{to!r} is not of the form KIND:ID, such as group:support.")
    wanted = TransferDialog(
        dialog=full_id(session, dialog),
        to=Target(kind=kind, id=ident),
        by=session.actor.id,
        supervises=True,
        comment=comment,
        force=force,
    )
    one(output, session.ask(wanted).answer)


@click.command()
@click.argument("dialog")
@click.option("--until", metavar="TIME", help="For example 2027-03-01T09:00; default: until somebody ends it.")
@click.option("--reason", help="Why it is held.")
@json_option
@with_session
def hold(session: Session, dialog: str, until: str | None, reason: str | None, output: str) -> None:
    """Not closed for idleness while it is held. A time without a zone is local."""
    from domain.dialog.commands import Hold

    _tell(session, dialog, Hold(until=_moment(until), reason=reason), output)


@click.command()
@click.argument("dialog")
@json_option
@with_session
def unhold(session: Session, dialog: str, output: str) -> None:
    """End a hold."""
    from domain.dialog.commands import Unhold

    _tell(session, dialog, Unhold(), output)


@click.command()
@click.argument("dialog")
@click.argument("text")
@json_option
@with_session
def note(session: Session, dialog: str, text: str, output: str) -> None:
    """A note that only people on our side see."""
    from uuid import uuid4

    from domain.dialog.commands import AddNote

    _tell(session, dialog, AddNote(note=uuid4().hex, body=text), output)


@click.command()
@click.argument("dialog")
@click.argument("tags", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take them away.")
@json_option
@with_session
def tag(session: Session, dialog: str, tags: tuple[str, ...], remove: bool, output: str) -> None:
    """Put tags on a dialog, or take them away."""
    from domain.desk.answering import TellDialog
    from domain.dialog.commands import Tag

    ident = full_id(session, dialog)
    wanted = [TellDialog(dialog=ident, command=Tag(tag=one_tag, on=not remove)) for one_tag in dict.fromkeys(tags)]
    answers = [session.ask(command).answer for command in wanted]
    changed = any(answer["outcome"] == "done" for answer in answers)
    one(output, {**answers[-1], "outcome": "done" if changed else "unchanged"})


@click.command()
@click.argument("dialog")
@click.argument("text", required=False)
@json_option
@with_session
def topic(session: Session, dialog: str, text: str | None, output: str) -> None:
    """Say what a dialog is about; without a text the topic is taken away."""
    from domain.dialog.commands import SetTopic

    _tell(session, dialog, SetTopic(topic=text), output)


@click.command()
@click.argument("dialog")
@click.argument("number", type=int)
@json_option
@with_session
def priority(session: Session, dialog: str, number: int, output: str) -> None:
    """How urgent it is, 0 to 9: a higher priority is offered first."""
    from domain.dialog.commands import SetPriority

    _tell(session, dialog, SetPriority(priority=number), output)


ACTS = (take, transfer, hold, unhold, note, tag, topic, priority)


def _tell(session: Session, dialog: str, command: Any, output: str) -> None:
    from domain.desk.answering import TellDialog

    one(output, session.ask(TellDialog(dialog=full_id(session, dialog), command=command)).answer)


def _moment(text: str | None) -> datetime | None:
    from infra.commands.options import moment_of

    if text is None:
        return None
    at = moment_of(text, "--until").at
    if at is None:
        raise click.UsageError(f"{text!r} is no time such as 2027-03-01T09:00.")
    return at
