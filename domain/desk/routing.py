"""Where a dialog goes: to an agent, into a group's queue, to a bot, or to the unrouted list (§4 "Routing", F01-F03)."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import agent as agents
from domain import alert
from domain.desk.load import group_of, uncounted
from domain.desk.offers import end_offers_of_full
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import (
    AssignReason,
    Candidate,
    RoutingDecided,
    Target,
    TargetFrom,
)
from domain.recorded import AgentId, DialogId


def route(
    world: World,
    dialog: DialogId,
    target: Target | None,
    came_from: TargetFrom,
    reason: str,
    *,
    fresh: bool = False,
    tried: tuple[AgentId, ...] = (),
) -> None:
    """Send an open dialog on its way; where its target cannot be found, it waits unrouted, with an alert."""
    if target is not None and target.kind == "agent" and _active_agent(world, target.id):
        _direct(world, dialog, target.id)
    elif target is not None and target.kind == "bot" and known_bot(world, target.id):
        world.do(_stream(dialog), ask.StartBot(bot=target.id, reason=reason))
    else:
        waits = target if target is not None and target.kind == "group" else None
        enqueue(world, dialog, waits, came_from, reason, fresh=fresh, tried=tried)


def enqueue(
    world: World,
    dialog: DialogId,
    target: Target | None,
    came_from: TargetFrom,
    reason: str,
    *,
    fresh: bool = False,
    tried: tuple[AgentId, ...] = (),
) -> None:
    """Where people look for it. A group that takes nothing any more is the unrouted list, which somebody is told of."""
    closed = target is not None and target.kind == "group" and not _open_group(world, target.id)
    waits = None if closed else target
    channel = world.channel(world.dialog(dialog).channel)
    world.do(
        _stream(dialog),
        ask.Enqueue(
            target=waits,
            target_from=came_from,
            at=world.now,
            reason=reason,
            weight=channel.settings.weight,
            skills=channel.settings.required_skills,
            blocked=not channel.working,
            fresh=fresh,
            tried=tried,
        ),
    )
    if waits is None:
        world.do(f"alert-{world.tenant}", alert.Raise(alert="unrouted", subject=dialog))


def _direct(world: World, dialog: DialogId, agent: AgentId) -> None:
    """To the named agent at once, whatever his presence or load (F01); the decision shows how loaded he was."""
    found = world.agent(agent)
    only = Candidate(agent=agent, ordinal=0, eligible=True, load=found.load, capacity=found.capacity)
    decision = RoutingDecided(algorithm="direct", candidates=(only,), chosen=(agent,), outcome="direct")
    world.do(_stream(dialog), ask.RecordRouting(decision=decision))
    assign(world, dialog, agent, "direct", force=True)


def assign(
    world: World,
    dialog: DialogId,
    agent: AgentId,
    reason: AssignReason,
    *,
    offer: str | None = None,
    by: str | None = None,
    force: bool = False,
) -> None:
    """Occupy the agent's slot and assign, together. `agent_full` if he has no room and nobody forces it."""
    before = world.dialog(dialog)
    # An offer was made, and perhaps reserved, with the weight of its queueing; everything else takes today's.
    weight = before.weight if offer is not None else world.channel(before.channel).settings.weight
    seen = uncounted(world, agent, group_of(before)) if reason in ("offer", "manual") else 0
    wanted = agents.Occupy(dialog=dialog, weight=weight, offer=offer, force=force, uncounted=seen)
    occupied = world.do(f"agent-{agent}", wanted)
    over = any(event.over_capacity for event in occupied)
    world.do(
        _stream(dialog),
        ask.Assign(
            agent=agent,
            reason=reason,
            offer=offer,
            by=by,
            over_capacity=over,
            first_reply_due=_first_reply_due(world, dialog, reason),
        ),
    )
    end_offers_of_full(world, agent)


def _first_reply_due(world: World, dialog: DialogId, reason: AssignReason) -> datetime | None:
    """Only where a group's queue brought it to him; whoever is named as its receiver may take his time (§5)."""
    group = group_of(world.dialog(dialog))
    if reason not in ("offer", "manual") or group is None:
        return None
    wait = world.group(group).first_reply_wait
    return world.now + timedelta(seconds=wait) if wait else None


def can_receive(world: World, target: Target | None) -> bool:
    """Is there somebody behind this target? Whether he is ready is another question."""
    if target is None:
        return False
    if target.kind == "agent":
        return _active_agent(world, target.id)
    return known_bot(world, target.id) if target.kind == "bot" else _open_group(world, target.id)


def _active_agent(world: World, agent: AgentId) -> bool:
    found = world.agent(agent)
    return found.exists and found.active


def _open_group(world: World, group: str) -> bool:
    found = world.group(group)
    return found.exists and not found.archived


def known_bot(world: World, bot: str) -> bool:
    return world.fact("bot", bot) is not None


def _stream(dialog: DialogId) -> str:
    return f"dialog-{dialog}"
