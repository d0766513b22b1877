"""`parley agents`: who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import rich_click as click

from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

COLUMNS = ("id", "name", "presence", "load", "capacity", "skills")


@click.group()
def command() -> None:
    """Agents: list, show, set, ready, away."""


@command.command(name="list")
@output_option
@with_session
def list_agents(session: Session, output: str) -> None:
    """All agents with their presence and load."""
    from infra.commands.heads import all_of

    rows(output, [_public(head) for head in all_of(session, "agent")], COLUMNS)


@command.command()
@click.argument("agent")
@json_option
@with_session
def show(session: Session, agent: str, output: str) -> None:
    """One agent."""
    from infra.commands.heads import one_of

    one(output, _public(one_of(session, "agent", agent)))


@command.command(name="set")
@click.argument("agent", type=Ident())
@click.option("--name", help="Makes the agent if there is none yet.")
@click.option("--capacity", type=int, help="How many dialogs he carries at once.")
@click.option("--skills", help="Comma-separated; replaces those he has.")
@json_option
@with_session
def set_agent(
    session: Session, agent: str, name: str | None, capacity: int | None, skills: str | None, output: str
) -> None:
    """Make an agent, or change one."""
    from domain.desk.administration import SetAgent
    from infra.commands.values import value_of

    wanted = SetAgent(
        agent=agent, name=name, capacity=capacity, skills=None if skills is None else value_of("skills", skills)
    )
    one(output, session.ask(wanted).answer)


@command.command()
@click.argument("agent")
@json_option
@with_session
def ready(session: Session, agent: str, output: str) -> None:
    """The agent takes dialogs."""
    _presence(session, agent, "ready", output)


@command.command()
@click.argument("agent")
@json_option
@with_session
def away(session: Session, agent: str, output: str) -> None:
    """The agent takes no dialogs; those he has stay his."""
    _presence(session, agent, "away", output)


def _presence(session: Session, agent: str, to: Literal["ready", "away"], output: str) -> None:
    from domain.desk.administration import SetPresence
    from infra.commands.heads import one_of

    one_of(session, "agent", agent)
    one(output, session.ask(SetPresence(agent=agent, to=to, reason="administrator")).answer)


def _public(head: dict[str, Any]) -> dict[str, Any]:
    slots = head.get("slots", [])
    shown = {name: value for name, value in head.items() if name not in ("exists", "slots")}
    return {**shown, "load": sum(slot["weight"] for slot in slots), "dialogs": [slot["dialog"] for slot in slots]}
