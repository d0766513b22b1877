"""`parley agents`: who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import rich_click as click

from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

COLUMNS = ("id", "name", "active", "presence", "load", "capacity", "skills")


@click.group()
def command() -> None:
    """Agents: list, show, set, ready, away, heartbeat, deactivate, reactivate."""


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


@command.command()
@click.argument("agent")
@click.option("--every", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Again and again, until Ctrl-C.")
@json_option
@with_session
def heartbeat(session: Session, agent: str, every: float | None, output: str) -> None:
    """A sign of life of the agent, for scripts: if no other follows in PARLEY_PRESENCE_LEASE, he is offline."""
    from time import sleep

    from domain.desk.presence import Heartbeat

    lease = session.engine.settings.presence_lease
    if every is not None and every >= lease:
        raise click.UsageError(f"--every must be shorter than the lease of {lease} s.")
    while True:
        one(output, session.ask(Heartbeat(agent=agent, lease=lease)).answer)
        if every is None:
            return
        sleep(every)


@command.command()
@click.argument("agent")
@json_option
@with_session
def deactivate(session: Session, agent: str, output: str) -> None:
    """Nothing goes to the agent any more; each dialog that he has goes to others."""
    _active(session, agent, False, output)


@command.command()
@click.argument("agent")
@json_option
@with_session
def reactivate(session: Session, agent: str, output: str) -> None:
    """The agent is one again, with the presence that he had."""
    _active(session, agent, True, output)


def _active(session: Session, agent: str, active: bool, output: str) -> None:
    from domain.desk.presence import SetActive

    one(output, session.ask(SetActive(agent=agent, active=active)).answer)


def _presence(session: Session, agent: str, to: Literal["ready", "away"], output: str) -> None:
    from domain.desk.administration import SetPresence
    from infra.commands.heads import one_of

    one_of(session, "agent", agent)
    one(output, session.ask(SetPresence(agent=agent, to=to, reason="administrator")).answer)


def _public(head: dict[str, Any]) -> dict[str, Any]:
    slots = head.get("slots", [])
    shown = {name: value for name, value in head.items() if name not in ("exists", "slots")}
    return {**shown, "load": sum(slot["weight"] for slot in slots), "dialogs": [slot["dialog"] for slot in slots]}
