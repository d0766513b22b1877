"""What time alone causes: offers expire, holds end, idle dialogs close, first replies fall due (§5, §7).

A timer is only a wake-up. What is due is computed here, from the heads of this moment, under the lane lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from domain import agent as agents
from domain.channel import Channel
from domain.desk.answering import leave
from domain.desk.bot_turns import look, turn_ends
from domain.desk.hours import arm
from domain.desk.routing import end_offers, enqueue, free_slots
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import ClosingMessage
from domain.dialog.state import Dialog
from domain.idleness import deadline, moments_of
from domain.kinds import KINDS
from domain.recorded import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeDialog:
    """Something of this dialog may be due. Sent by the timer, as often as it likes."""

    dialog: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeAgent:
    """The agent may have stopped being ready: end the offers that he can no longer accept (F13)."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeSchedule:
    """Working time may have opened or closed. Sent by the schedule's one timer."""

    schedule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseOver:
    """The agent's lease may have run out: nobody has heard of him for as long as it lasts (§5)."""

    agent: str


def wake(world: World, command: WakeDialog) -> dict[str, Any]:
    stream, dialog = f"dialog-{command.dialog}", world.dialog(command.dialog)
    world.rearm.add(command.dialog)
    if not dialog.open:
        return {"outcome": "nothing"}
    before = len(world.events)
    if dialog.held and dialog.hold_until is not None and world.now >= dialog.hold_until:
        world.do(stream, ask.Unhold(reason="over"))
    for event in world.do(stream, ask.Expire(at=world.now)):
        free_slots(world, command.dialog, event.offers, "expired")
    _expire_assignment(world, command.dialog)
    look(world, command.dialog)
    _close_if_idle(world, command.dialog)
    after = world.dialog(command.dialog)
    if after.in_group is not None:
        world.wake("distribution", f"group-{after.in_group}")
    return {"outcome": "done" if len(world.events) > before else "nothing"}


def _expire_assignment(world: World, dialog_id: str) -> None:
    dialog = world.dialog(dialog_id)
    target, agent = dialog.target, dialog.assignee
    if agent is None or target is None or not world.do(f"dialog-{dialog_id}", ask.ExpireAssignment(at=world.now)):
        return
    world.do(f"agent-{agent}", agents.Release(dialog=dialog_id, reason="released"))
    enqueue(world, dialog_id, target, dialog.target_from, "assignment_expired", tried=(agent,))


def _close_if_idle(world: World, dialog_id: str) -> None:
    dialog = world.dialog(dialog_id)
    channel = world.channel(dialog.channel)
    period = channel.settings.auto_close
    due = deadline(dialog, channel)
    if period is None or due is None or world.now < due:
        return
    wanted = ask.CloseIdle(
        at=world.now,
        deadline=due,
        period=period.seconds,
        channel_version=world.version(f"channel-{dialog.channel}"),
        policies=(Policy(stream=f"channel-{dialog.channel}", version=world.version(f"channel-{dialog.channel}")),),
        closing_message=_closing_message(world, dialog, channel),
        message=str(uuid5(NAMESPACE_OID, f"{dialog_id}|closing|{world.version(f'dialog-{dialog_id}')}")),
        text=channel.settings.closing_message,
    )
    world.do(f"dialog-{dialog_id}", wanted)
    leave(world, dialog_id, dialog)


def _closing_message(world: World, dialog: Dialog, channel: Channel) -> ClosingMessage:
    """Outside the provider's window for free text it is skipped, decided from the last customer message (C19)."""
    if channel.settings.closing_message is None or not channel.working:
        return "none"
    window = KINDS[channel.kind].window
    if window is None or dialog.last_customer_at is None:
        return "queued"
    within = world.now < dialog.last_customer_at + timedelta(seconds=window)
    return "queued" if within else "skipped_window"


def wake_agent(world: World, command: WakeAgent) -> dict[str, Any]:
    if world.agent(command.agent).ready:
        return {"outcome": "nothing"}
    dialogs = world.offered_to(command.agent)
    for dialog in dialogs:
        group = world.dialog(dialog).in_group
        end_offers(world, dialog, "agent_unavailable", command.agent)
        if group is not None:
            world.wake("distribution", f"group-{group}")
    return {"outcome": "done" if dialogs else "nothing"}


def lease_over(world: World, command: LeaseOver) -> dict[str, Any]:
    """Whatever he had declared, he is offline now; a lease that was renewed meanwhile changes nothing."""
    until = world.lease(command.agent)
    if until is None or world.now < until:
        return {"outcome": "nothing"}
    world.give_lease(command.agent, None)
    gone = world.do(f"agent-{command.agent}", agents.SetPresence(to="offline", reason="lease_lost"))
    return {"outcome": "lost" if gone else "nothing"}


def wake_schedule(world: World, command: WakeSchedule) -> dict[str, Any]:
    """Whoever waits is looked at group by group, in queue order; no dialog needs a timer of its own (H07)."""
    arm(world, command.schedule)
    if not world.schedule(command.schedule).exists:
        return {"outcome": "nothing"}
    world.wake("distribution", f"schedule-{command.schedule}")
    return {"outcome": "done"}


def due_at(world: World, dialog: Dialog) -> datetime | None:
    """When the timer must look at this dialog next, with the settings of this moment; None = never."""
    if not dialog.open:
        return None
    channel = world.channel(dialog.channel)
    # A wake-up settles these itself, so one that is past is still to be looked at: at once.
    own = [moment for moment in moments_of(dialog, channel) if moment is not None]
    own += turn_ends(world, dialog, channel)
    # Of these it only tells the group, in the same transaction; a past one would wake the dialog for ever.
    told = [dialog.resume_at, _queue_wait_over(world, dialog)]
    return min([*own, *(moment for moment in told if moment is not None and moment > world.now)], default=None)


def _queue_wait_over(world: World, dialog: Dialog) -> datetime | None:
    if dialog.phase != "queued" or dialog.in_group is None or dialog.stays_in_queue or dialog.entered_at is None:
        return None
    longest = world.group(dialog.in_group).max_queue_wait
    return dialog.entered_at + timedelta(seconds=longest) if longest else None
