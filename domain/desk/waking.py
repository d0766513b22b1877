"""What time alone causes: offers expire, holds end, idle dialogs close, first replies fall due, the lost are given up.

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
from domain.desk.hours import arm, opening
from domain.desk.offers import free_slots, hold_ended
from domain.desk.returning import lost_at, release_if_lost, send_back
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import ClosingMessage
from domain.dialog.state import Dialog
from domain.idleness import deadline, moments_of
from domain.recorded import Policy
from domain.window import in_window


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeDialog:
    """Something of this dialog may be due. Sent by the timer, as often as it likes."""

    dialog: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeSchedule:
    """Working time may have opened or closed. Sent by the schedule's one timer."""

    schedule: str


def wake(world: World, command: WakeDialog) -> dict[str, Any]:
    stream, dialog = f"dialog-{command.dialog}", world.dialog(command.dialog)
    world.rearm.add(command.dialog)
    if not dialog.open:
        return {"outcome": "nothing"}
    before = len(world.events)
    if dialog.held and dialog.hold_until is not None and world.now >= dialog.hold_until:
        hold_ended(world, command.dialog, world.do(stream, ask.Unhold(reason="over")))
    for event in world.do(stream, ask.Expire(at=world.now)):
        free_slots(world, command.dialog, event.offers, "expired")
    _expire_assignment(world, command.dialog)
    release_if_lost(world, command.dialog)
    look(world, command.dialog)
    _close_if_idle(world, command.dialog)
    after = world.dialog(command.dialog)
    if after.in_group is not None:
        # What only the group can settle is named: a look at the group passes over whole classes of dialogs.
        named = _round_is_due(world, after) or _waited_too_long(world, after)
        world.wake("distribution", stream if named else f"group-{after.in_group}")
    return {"outcome": "done" if len(world.events) > before else "nothing"}


def _expire_assignment(world: World, dialog_id: str) -> None:
    dialog = world.dialog(dialog_id)
    agent = dialog.assignee
    if agent is None or not world.do(f"dialog-{dialog_id}", ask.ExpireAssignment(at=world.now)):
        return
    world.do(f"agent-{agent}", agents.Release(dialog=dialog_id, reason="released"))
    send_back(world, dialog_id, "assignment_expired", tried=(agent,))


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
    return "queued" if in_window(dialog, channel.kind, world.now) else "skipped_window"


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
    own = [moment for moment in (*moments_of(dialog, channel), lost_at(world, dialog)) if moment is not None]
    own += turn_ends(world, dialog, channel)
    # Of these it only tells the group, in the same transaction; a past one would wake the dialog for ever.
    told = [_at_work(world, channel, one) for one in (dialog.resume_at, _queue_wait_over(world, dialog))]
    return min([*own, *(moment for moment in told if moment is not None and moment > world.now)], default=None)


def _round_is_due(world: World, dialog: Dialog) -> bool:
    return dialog.resume_at is not None and world.now >= dialog.resume_at


def _waited_too_long(world: World, dialog: Dialog) -> bool:
    over = _queue_wait_over(world, dialog)
    return over is not None and world.now >= over


def _queue_wait_over(world: World, dialog: Dialog) -> datetime | None:
    if dialog.phase != "queued" or dialog.in_group is None or dialog.stays_in_queue or dialog.entered_at is None:
        return None
    longest = world.group(dialog.in_group).max_queue_wait
    return dialog.entered_at + timedelta(seconds=longest) if longest else None


def _at_work(world: World, channel: Channel, moment: datetime | None) -> datetime | None:
    """What falls due out of hours is looked at when working time opens (§8), each for itself."""
    if moment is None:
        return None
    opens = opening(world, channel)
    return moment if opens is None else max(moment, opens)
