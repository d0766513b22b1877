"""`parley tokens`: who may use the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.options import output_option, with_session
from infra.commands.output import emit, note, rows

if TYPE_CHECKING:
    from infra.commands.session import Session


@click.group()
def command() -> None:
    """Bearer tokens of the API: list, make, revoke."""


@command.command(name="list")
@output_option
@with_session
def list_tokens(session: Session, output: str) -> None:
    """All tokens of the tenant; the secret part is nowhere to be read."""
    from adapters.http.tokens import Tokens

    listed = [
        {
            "id": one.grant.id,
            "role": one.grant.role,
            "actor": one.grant.actor,
            "created_at": one.created_at,
            "revoked_at": one.revoked_at,
        }
        for one in Tokens(session.engine.database).list(session.tenant)
    ]
    rows(output, listed, ("id", "role", "actor", "created_at", "revoked_at"))


@command.command()
@click.option("--role", type=click.Choice(["admin", "supervisor", "agent", "bot", "manager"]), required=True)
@click.option("--actor", required=True, help="The name in the log; for roles agent and bot their id.")
@with_session
def make(session: Session, role: str, actor: str) -> None:
    """A new token, on stdout, this once."""
    from adapters.http.tokens import Tokens, role_of
    from infra.commands.heads import one_of

    if role == "agent":
        one_of(session, "agent", actor)
    emit(Tokens(session.engine.database).make(session.tenant, role_of(role), actor))
    note("Keep it: it is not shown again.")


@command.command()
@click.argument("token_id")
@with_session
def revoke(session: Session, token_id: str) -> None:
    """The token stops working, everywhere within seconds. TOKEN_ID is the part between `pk_` and the next `_`."""
    from adapters.http.tokens import Tokens

    first = Tokens(session.engine.database).revoke(session.tenant, token_id)
    note(f"Token {token_id} is revoked." if first else f"Token {token_id} was revoked before.")
