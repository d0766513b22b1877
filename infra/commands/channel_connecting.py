"""`parley channels choose | identifier | activate | disconnect`: steps of connecting that call no provider first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.options import json_option, with_session
from infra.commands.output import note, one

if TYPE_CHECKING:
    from infra.commands.session import Session


@click.command()
@click.argument("channel")
@click.argument("chosen", nargs=-1, required=True, metavar="EXTERNAL_ID...")
@json_option
@with_session
def choose(session: Session, channel: str, chosen: tuple[str, ...], output: str) -> None:
    """Choose groups or pages among those of the channel's login: a channel for each."""
    from domain.desk.choosing import ChooseObjects

    one(output, session.ask(ChooseObjects(channel=channel, chosen=chosen)).answer)


@click.command()
@click.argument("channel")
@json_option
@with_session
def identifier(session: Session, channel: str, output: str) -> None:
    """The chat id to be copied into the provider's form: the same at every call."""
    from domain.desk.connecting import IssueIdentifier

    one(output, session.ask(IssueIdentifier(channel=channel)).answer)


@click.command()
@click.argument("channel")
@click.option("--number", default="", help="What the provider calls the number.")
@json_option
@with_session
def activate(session: Session, channel: str, number: str, output: str) -> None:
    """For the vendor: it is arranged with the provider; the administrators' first Save will connect the channel."""
    from infra.commands.connecting import connector

    with connector(session) as connect:
        one(output, connect.activate(session.tenant, channel, number, actor=session.actor))


@click.command()
@click.argument("channel")
@click.option("--consent", help="The consent that the first step answered: now it is disconnected.")
@click.option("--decline", help="The consent that is taken back: the channel stays as it is.")
@json_option
@with_session
def disconnect(session: Session, channel: str, consent: str | None, decline: str | None, output: str) -> None:
    """Two steps: without a consent it asks for one, which is good for ten minutes; with it the channel goes."""
    from infra.commands.connecting import connector

    if consent is not None and decline is not None:
        raise click.UsageError("Give either --consent or --decline.")
    with connector(session) as connect:
        answer = connect.disconnect(
            session.tenant, channel, actor=session.actor, consent=consent or decline, decline=decline is not None
        )
    if answer["outcome"] == "consent_needed":
        note(f"Nothing has changed yet. To disconnect: channels disconnect {channel} --consent {answer['consent_id']}")
    one(output, answer)
