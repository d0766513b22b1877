"""Who is there: signs of life, the loss of a lease, and agents who are deactivated and come back (§5, F13, F14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain import agent as agents
from domain.desk.offers import end_offers
from domain.desk.receivers import check_receivers_of
from domain.desk.returning import lost_to, release, release_if_lost
from domain.desk.world import World
from domain.dialog.events import Target
from domain.errors import Conflict, Invalid, NotFound, Problem
from domain.group import DEFAULT_GRACE
from domain.recorded import AgentId

SHORTEST_LEASE, LONGEST_LEASE = 15, 600
PAGE = 200
"""So many dialogs of a deactivated agent are released in one transaction; the rest follows page by page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A sign of life: his presence is believed for `lease` seconds more. Leaves no event."""

    agent: str
    lease: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseOver:
    """The agent's lease may have run out: nobody has heard of him for as long as it lasts (§5)."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeAgent:
    """The agent may have stopped being ready: end the offers that he can no longer accept (F13)."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetActive:
    """`active` False: he gets nothing any more, and what he has is given to others at once (F14)."""

    agent: str
    active: bool


def heartbeat(world: World, command: Heartbeat) -> dict[str, Any]:
    """A lease that has run out is not renewed, whether its timer has rung or not: he is lost, and must declare."""
    agent = world.agent(command.agent)
    _must_be_active(agent)
    if isinstance(command.lease, bool) or not SHORTEST_LEASE <= command.lease <= LONGEST_LEASE:
        sentence = f"lease must be a whole number of seconds from {SHORTEST_LEASE} to {LONGEST_LEASE}."
        raise Invalid([Problem(field="lease", code="out_of_range", sentence=sentence)])
    until = world.lease(command.agent)
    if until is not None and world.now >= until:
        return {"outcome": "late", "agent": command.agent, "presence": "offline", "until": None}
    until = world.now + timedelta(seconds=command.lease)
    world.give_lease(command.agent, until)
    return {"outcome": "heard", "agent": command.agent, "presence": agent.presence, "until": until.isoformat()}


def _must_be_active(agent: agents.Agent) -> None:
    if not agent.exists:
        raise NotFound("agent_unknown", "There is no such agent.")
    if not agent.active:
        raise Conflict("agent_deactivated", "The agent is deactivated.")


def lease_over(world: World, command: LeaseOver) -> dict[str, Any]:
    """Whatever he had declared, he is offline now; a lease that was renewed meanwhile changes nothing."""
    until = world.lease(command.agent)
    if until is None or world.now < until:
        return {"outcome": "nothing"}
    world.give_lease(command.agent, None)
    dialogs = _dialogs_of(world, command.agent)
    lost = agents.SetPresence(to="offline", reason="lease_lost", graces=_graces(world, dialogs))
    if not world.do(f"agent-{command.agent}", lost):
        return {"outcome": "nothing"}
    for dialog in dialogs:
        release_if_lost(world, dialog)
        world.rearm.add(dialog)
    return {"outcome": "lost"}


def _graces(world: World, dialogs: Sequence[str]) -> dict[str, int]:
    """Of his dialogs' groups, and of every other that set one: he may still be given its dialogs while he is lost.

    A change counts from the next loss, so what is not named here is the default, whatever is set meanwhile.
    """
    named = {group for dialog in dialogs if (group := lost_to(world.dialog(dialog))) is not None}
    graces = {group: world.group(group).agent_lost_grace for group in sorted({*named, *world.groups()})}
    return {group: grace for group, grace in graces.items() if group in named or grace != DEFAULT_GRACE}


def wake_agent(world: World, command: WakeAgent) -> dict[str, Any]:
    agent = world.agent(command.agent)
    if agent.ready:
        return {"outcome": "nothing"}
    offered = _end_his_offers(world, command.agent)
    released = 0 if agent.active or not agent.exists else _release_page(world, command.agent)
    return {"outcome": "done" if offered or released else "nothing"}


def set_active(world: World, command: SetActive) -> dict[str, Any]:
    events = world.do(f"agent-{command.agent}", agents.SetActive(active=command.active))
    if events:
        if not command.active:
            _end_his_offers(world, command.agent)
        check_receivers_of(world, Target(kind="agent", id=command.agent))
        if not command.active:
            _release_page(world, command.agent)
    changed = "reactivated" if command.active else "deactivated"
    return {"outcome": changed if events else "unchanged", "agent": command.agent}


def _end_his_offers(world: World, agent: AgentId) -> int:
    dialogs = world.offered_to(agent)
    for dialog in dialogs:
        group = world.dialog(dialog).in_group
        end_offers(world, dialog, "agent_unavailable", agent)
        if group is not None:
            world.wake("distribution", f"group-{group}")
    return len(dialogs)


def _release_page(world: World, agent: AgentId) -> int:
    """At most a page; whoever is left is taken by a wake-up of its own, so no transaction grows long."""
    dialogs = _dialogs_of(world, agent)
    for dialog in dialogs[:PAGE]:
        release(world, dialog, "agent_deactivated")
    if len(dialogs) > PAGE:
        world.wake("presence", f"agent-{agent}|{dialogs[PAGE - 1]}")
    return min(len(dialogs), PAGE)


def _dialogs_of(world: World, agent: AgentId) -> list[str]:
    return [slot.dialog for slot in world.agent(agent).slots if slot.occupied]
