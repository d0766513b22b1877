"""Receivers that vanish and come back, and channels that get another one (A26, A27, F19).

A channel is told which of its targets cannot receive; an alert stands as long as there is one. Dialogs that wait where
their channel no longer sends them are sent on, page by page, by the processor `receivers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import alert, channel, group
from domain.desk.offers import end_offers
from domain.desk.returning import home, send_back
from domain.desk.routing import can_receive, enqueue, route
from domain.desk.world import World
from domain.dialog.events import Target, TargetFrom
from domain.dialog.state import Dialog

WHY = {"agent": "deactivated", "group": "archived", "bot": "removed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveGroup:
    """Only a group that no channel sends to and no group overflows into (F19)."""

    group: str


def check_receivers_of(world: World, target: Target) -> None:
    """This target has vanished or come back: every channel that names it is told."""
    for name in world.channels():
        if target in _targets(world, name):
            check_receivers(world, name)


def check_receivers(world: World, name: str) -> None:
    """Receiver and fallback, as they are now; repeated it changes nothing."""
    gone = frozenset((one.id, WHY[one.kind]) for one in _targets(world, name) if not can_receive(world, one))
    world.do(f"channel-{name}", channel.CheckReceivers(gone=gone))
    whole = not world.channel(name).invalid
    wanted: alert.AlertCommand = alert.Clear(alert="receiver_invalid", subject=name)
    world.do(f"alert-{world.tenant}", wanted if whole else alert.Raise(alert="receiver_invalid", subject=name))


def names_receivers(event: channel.SettingsChanged) -> bool:
    """Does this Save change where the channel's dialogs go?"""
    return any(change.field in ("receiver", "bot_fallback") for change in event.changes)


def _targets(world: World, name: str) -> list[Target]:
    settings = world.channel(name).settings
    return [target for target in (settings.receiver, settings.bot_fallback) if target is not None]


def follow_receiver(world: World, dialog_id: str) -> bool:
    """Send a waiting dialog where its channel sends such dialogs now. What is there already, or elsewhere by somebody's
    decision, stays. Returns whether it moved."""
    dialog = world.dialog(dialog_id)
    if dialog.phase not in ("queued", "offered"):
        return False
    target, came_from = _where_now(world, dialog)
    if target == dialog.target:
        return False
    end_offers(world, dialog_id, "policy_changed")
    if target is None:
        route(world, dialog_id, None, came_from, "receiver_changed")
        return True
    enqueue(world, dialog_id, target, came_from, "receiver_changed")
    if target.kind != "group" and world.channel(dialog.channel).working:
        route(world, dialog_id, target, came_from, "receiver_changed")
    return True


def _where_now(world: World, dialog: Dialog) -> tuple[Target | None, TargetFrom]:
    """Only what came from the channel follows it, and what waits unrouted; all else stays where it is (A26)."""
    if dialog.target is not None and dialog.target_from != "channel":
        return dialog.target, dialog.target_from
    if dialog.target_from == "hand_off":
        target, came_from = home(world, dialog)
    else:
        target, came_from = world.channel(dialog.channel).settings.receiver, "channel"
    return (target if can_receive(world, target) else None), came_from


def archive_group(world: World, command: ArchiveGroup) -> dict[str, Any]:
    mine = Target(kind="group", id=command.group)
    users = tuple(name for name in world.channels() if mine in _targets(world, name))
    sources = tuple(name for name in world.groups() if _overflows_into(world, name, command.group))
    archived = world.do(f"group-{command.group}", group.Archive(channels=users, groups=sources))
    return {"outcome": "archived" if archived else "unchanged", "group": command.group}


def _overflows_into(world: World, name: str, target: str) -> bool:
    source = world.group(name)
    return source.overflow == target and not source.archived


def leave_archived(world: World, group_id: str, limit: int) -> int:
    """Dialogs that still wait in an archived group go where their channel sends them. Returns how many there were."""
    if not world.group(group_id).archived:
        return 0
    for dialog in _offered_in(world, group_id)[:limit]:
        end_offers(world, dialog, "policy_changed")
    waiting = world.queue(group_id, limit)
    for dialog in waiting:
        send_back(world, dialog, "group_archived")
    return len(waiting)


def _offered_in(world: World, group_id: str) -> list[str]:
    members = world.group(group_id).members
    offered = {dialog for agent in members for dialog in world.offered_to(agent)}
    return sorted(dialog for dialog in offered if world.dialog(dialog).in_group == group_id)
