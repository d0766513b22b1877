"""`parley bots`: programs that answer customers, each behind an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import note, one, rows

if TYPE_CHECKING:
    from adapters.bots import Registry
    from infra.commands.session import Session

COLUMNS = ("bot", "name", "host", "rotating")


@click.group()
def command() -> None:
    """Bots: list, set, remove."""


@command.command(name="list")
@output_option
@with_session
def list_bots(session: Session, output: str) -> None:
    """Every bot with the host at which it is called. Addresses and secrets are never shown."""
    rows(output, _registry(session).list(session.tenant), COLUMNS)


@command.command(name="set")
@click.argument("bot", type=Ident())
@click.option("--name", help="What people call it; default: as it is.")
@click.option("--url-file", "typed", type=click.File("r"), default="-", help="Default: standard input.")
@click.option("--rotate-secret", "rotate", is_flag=True, help="A new secret beside the old one.")
@click.option("--end-rotation", "settle", is_flag=True, help="Only the new secret counts from now on.")
@json_option
@with_session
def set_bot(session: Session, bot: str, typed: Any, output: str, **more: Any) -> None:
    """Make a bot, or change it. Its address comes from a file or from standard input: it may hold a secret.

    The secret that signs our calls and the bot's own token are shown when they are made, this once."""
    if typed.isatty():
        note("The address of the bot, then Enter and Ctrl-D:")
    url = typed.read().strip()
    one(output, _registry(session).put(session.tenant, bot, url, actor=session.actor, **more))


@command.command()
@click.argument("bot")
@json_option
@with_session
def remove(session: Session, bot: str, output: str) -> None:
    """The end of a bot that no channel names; its secrets are wiped and its tokens revoked."""
    one(output, _registry(session).remove(session.tenant, bot, actor=session.actor))


def _registry(session: Session) -> Registry:
    from adapters.bots import Registry

    engine = session.engine
    return Registry(engine.database, engine.vault, engine.executor, private=engine.settings.private_bots)
