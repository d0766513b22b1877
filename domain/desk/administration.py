"""What administrators set up: groups, agents, schedules; what agents declare of themselves (§5, §6, §8, §10).

References to other streams are checked here, because one aggregate cannot see another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain import agent as agents
from domain import group
from domain import schedule as schedules
from domain.agent import Presence, PresenceReason
from domain.desk.hours import arm
from domain.desk.offers import end_offers, end_offers_of_full
from domain.desk.world import World
from domain.errors import Conflict, Invalid, Problem, shown
from domain.schedule import DatedException, Week

MOST_HOPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGroup:
    """Makes the group if `name` is given and it does not exist yet; then applies the changes."""

    group: str
    name: str | None = None
    changes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgent:
    agent: str
    name: str | None = None
    capacity: object = None
    skills: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPresence:
    agent: str
    to: Presence
    reason: PresenceReason = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchedule:
    schedule: str
    name: str
    zone: str
    week: Week
    exceptions: tuple[DatedException, ...] = ()


def set_group(world: World, command: SetGroup) -> dict[str, Any]:
    stream, before = f"group-{command.group}", world.version(f"group-{command.group}")
    if command.name is not None:
        world.do(stream, group.Create(name=command.name, seed=world.choices.new_id()[:16]))
    _check_members(world, command)
    _check_overflow(world, command)
    for event in world.do(stream, group.Configure(changes=dict(command.changes))):
        if isinstance(event, group.MembersChanged):
            _end_offers_of_removed(world, command.group, event.removed)
        if isinstance(event, group.PolicySet):
            _end_offers_of_full(world, command.group)
    changed = world.version(stream) > before
    return {"outcome": "saved" if changed else "unchanged", "group": command.group}


def _end_offers_of_removed(world: World, group_id: str, removed: Sequence[str]) -> None:
    """Who left the group can no longer be offered its dialogs; he does not count as tried (§4)."""
    for agent in removed:
        for dialog in world.offered_to(agent):
            if world.dialog(dialog).in_group == group_id:
                end_offers(world, dialog, "agent_unavailable", agent)


def _end_offers_of_full(world: World, group_id: str) -> None:
    """Where held dialogs count from now on, somebody may have become full by that."""
    for agent in world.group(group_id).members:
        end_offers_of_full(world, agent)


def _check_members(world: World, command: SetGroup) -> None:
    members = command.changes.get("members")
    if not isinstance(members, list | tuple):
        return
    unknown = [who for who in members if isinstance(who, str) and not world.agent(who).exists]
    if unknown:
        sentence = f"There is no agent {shown(', '.join(unknown))}."
        raise Invalid([Problem(field="members", code="agent_unknown", sentence=sentence)])


def _check_overflow(world: World, command: SetGroup) -> None:
    """From whatever group one starts: at most three hops, and never back to a group that was on the way (F20)."""
    target = command.changes.get("overflow")
    if not isinstance(target, str):
        return
    if not world.group(target).exists or world.group(target).archived:
        sentence = f"There is no group {shown(target)} that takes dialogs."
        raise Invalid([Problem(field="overflow", code="group_unknown", sentence=sentence)])
    overflows = {name: world.group(name).overflow for name in world.groups()} | {command.group: target}
    for start in sorted(overflows):
        way = _way(start, overflows)
        if command.group in way and (len(way) > MOST_HOPS + 1 or way[-1] in way[:-1]):
            sentence = f"The overflow {' → '.join(way)} is a circle or has more than {MOST_HOPS} hops."
            raise Invalid([Problem(field="overflow", code="overflow_cycle", sentence=sentence)])


def _way(start: str, overflows: Mapping[str, str | None]) -> list[str]:
    """The groups from `start` on, up to the first that comes twice."""
    way = [start]
    while (following := overflows.get(way[-1])) is not None:
        way.append(following)
        if following in way[:-1]:
            break
    return way


def set_agent(world: World, command: SetAgent) -> dict[str, Any]:
    stream, before = f"agent-{command.agent}", world.version(f"agent-{command.agent}")
    if command.name is not None:
        world.do(stream, agents.Create(name=command.name))
    world.do(stream, agents.Configure(capacity=command.capacity, skills=command.skills))
    end_offers_of_full(world, command.agent)
    changed = world.version(stream) > before
    return {"outcome": "saved" if changed else "unchanged", "agent": command.agent}


def set_presence(world: World, command: SetPresence) -> dict[str, Any]:
    """Commits alone: from then on accept refuses him. His pending offers are ended by the processor (§5)."""
    if not world.agent(command.agent).active:
        raise Conflict("agent_deactivated", "The agent is deactivated.")
    wanted = agents.SetPresence(to=command.to, reason=command.reason)
    events = world.do(f"agent-{command.agent}", wanted)
    if command.to == "offline":
        world.give_lease(command.agent, None)
    return {"outcome": "changed" if events else "unchanged", "agent": command.agent, "presence": command.to}


def set_schedule(world: World, command: SetSchedule) -> dict[str, Any]:
    wanted = schedules.Define(name=command.name, zone=command.zone, week=command.week, exceptions=command.exceptions)
    events = world.do(f"schedule-{command.schedule}", wanted)
    if events:
        arm(world, command.schedule)
    return {"outcome": "saved" if events else "unchanged", "schedule": command.schedule}
