"""`parley services`: what the contract includes. For the vendor, who has this machine; customers have no such door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.options import json_option, output_option, with_session
from infra.commands.output import one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session


@click.group()
def command() -> None:
    """Services of the contract, without which their channels cannot be connected: list, grant, withdraw."""


@command.command(name="list")
@output_option
@with_session
def list_services(session: Session, output: str) -> None:
    """Every service and whether the contract includes it."""
    from adapters.views.services import services

    with session.engine.database.pool.connection() as connection:
        found = services(connection, session.tenant)
    rows(output, [{"service": name, "granted": there} for name, there in found.items()], ("service", "granted"))


@command.command()
@click.argument("service", type=click.Choice(["whatsapp"]))
@json_option
@with_session
def grant(session: Session, service: str, output: str) -> None:
    """The contract includes it again: its channels recover."""
    _set(session, service, output, granted=True)


@command.command()
@click.argument("service", type=click.Choice(["whatsapp"]))
@json_option
@with_session
def withdraw(session: Session, service: str, output: str) -> None:
    """The contract includes it no longer: its channels are degraded; inbound and replies go on."""
    _set(session, service, output, granted=False)


def _set(session: Session, service: str, output: str, *, granted: bool) -> None:
    from typing import cast

    from domain.desk.services import SetEntitlement
    from domain.kinds import Service

    one(output, session.ask(SetEntitlement(service=cast(Service, service), granted=granted)).answer)
