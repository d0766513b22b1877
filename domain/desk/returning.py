"""A dialog whose agent is gone goes back to where people look for it (§4 "agent lost", "agent deactivated", F31).

Back to the group that it came from, where only the failing agent counts as tried: what was transferred or overflowed,
to that group while there is one; everything else to the receiver that its channel has now; and where nobody can receive
it, to the unrouted list. Its place in the queue is the one it first had.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from domain import agent as agents
from domain.desk.routing import can_receive, enqueue, route
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import Target, TargetFrom
from domain.dialog.state import Dialog
from domain.group import DEFAULT_GRACE
from domain.recorded import AgentId, DialogId


def send_back(world: World, dialog_id: DialogId, reason: str, *, tried: tuple[AgentId, ...] = ()) -> None:
    """Route an open dialog anew, after whoever had it. Through a channel that does not work it waits, blocked."""
    dialog = world.dialog(dialog_id)
    target, came_from = origin(world, dialog)
    if world.channel(dialog.channel).working or not can_receive(world, target):
        route(world, dialog_id, target, came_from, reason, tried=tried)
    else:
        enqueue(world, dialog_id, target, came_from, reason, tried=tried)


def origin(world: World, dialog: Dialog) -> tuple[Target | None, TargetFrom]:
    """A group that somebody decided on for this dialog, while there is one; otherwise what its channel says now."""
    decided = dialog.target_from != "channel" and dialog.target is not None and dialog.target.kind == "group"
    if decided and can_receive(world, dialog.target):
        return dialog.target, dialog.target_from
    return home(world, dialog)


def home(world: World, dialog: Dialog) -> tuple[Target | None, TargetFrom]:
    """Where the channel sends what nobody has: its receiver, but never back to a bot from the hands of people."""
    settings = world.channel(dialog.channel).settings
    receiver, fallback = settings.receiver, settings.bot_fallback
    from_bot = dialog.target_from == "hand_off" and fallback is not None
    if from_bot or (receiver is not None and receiver.kind == "bot"):
        return fallback, "hand_off"
    return receiver, "channel"


def release(world: World, dialog_id: DialogId, reason: Literal["agent_lost", "agent_deactivated"]) -> None:
    """Take a dialog from its agent: one event, his slot, and on its way again."""
    agent = world.dialog(dialog_id).assignee
    if agent is None or not world.do(f"dialog-{dialog_id}", ask.Release(reason=reason)):
        return
    world.do(f"agent-{agent}", agents.Release(dialog=dialog_id, reason="released"))
    send_back(world, dialog_id, reason, tried=(agent,))


def release_if_lost(world: World, dialog_id: DialogId) -> None:
    due = lost_at(world, world.dialog(dialog_id))
    if due is not None and world.now >= due:
        release(world, dialog_id, "agent_lost")


def lost_at(world: World, dialog: Dialog) -> datetime | None:
    """When a dialog is taken from an agent of whom nobody has heard; None = it stays his.

    One that he was given while he was lost waits for him from then on. The group's grace is the one of the loss.
    """
    group = lost_to(dialog)
    if group is None or dialog.assignee is None or dialog.assigned_at is None:
        return None
    agent = world.agent(dialog.assignee)
    if agent.lost_at is None or origin(world, dialog)[0] == Target(kind="agent", id=dialog.assignee):
        return None
    return max(agent.lost_at, dialog.assigned_at) + agent.grace(group, DEFAULT_GRACE)


def lost_to(dialog: Dialog) -> str | None:
    """The group whose grace counts; None for a dialog whose receiver is the agent himself (§5)."""
    from_group = dialog.target is not None and dialog.target.kind == "group" and dialog.assigned_reason != "direct"
    return dialog.target.id if from_group and dialog.target else None
