"""What wakes a group up, and which groups a stream's change may concern (§6 "Re-evaluation triggers").

A mark names a stream to look at. `whole-<stream>` asks for every waiting dialog of the groups concerned, because the
settings that changed decide about dialogs that nobody could be offered anyway: how long they wait, where they overflow
to, when work begins. What time alone causes comes from the timers.
"""

from __future__ import annotations

from domain.channel.events import SettingsChanged
from domain.desk.load import counting_groups
from domain.desk.world import World
from domain.dialog.events import OffersEnded
from domain.recorded import Recorded

HEARS = frozenset(
    {
        "dialog.queued",
        "dialog.offers_ended",
        "dialog.held",
        "dialog.unheld",
        "dialog.priority_set",
        "dialog.assignment_expired",
        "dialog.released",
        "agent.slot_released",
        "agent.presence_changed",
        "agent.reactivated",
        "agent.capacity_set",
        "agent.skills_set",
        "group.members_changed",
        "group.algorithm_set",
        "group.policy_set",
        "group.rounds_set",
        "group.overflow_set",
        "channel.connected",
        "channel.recovered",
        "channel.reactivated",
        "channel.settings_changed",
        "schedule.changed",
    }
)
WHOLE = "whole-"


def marks(recorded: Recorded) -> list[str]:
    """The stream whose change may let somebody be offered: looked at, not believed."""
    match recorded.event:
        case OffersEnded(reason="dialog_closed"):
            return []
        case SettingsChanged(changes=changes) if any(change.field == "schedule" for change in changes):
            return [f"{WHOLE}{recorded.stream}"]
        case _ if recorded.event.kind in ("group.overflow_set", "schedule.changed"):
            return [f"{WHOLE}{recorded.stream}"]
        case _:
            return [recorded.stream]


def concerned(world: World, stream: str) -> list[str]:
    """The groups that a stream's change may concern. Dialogs of one channel may wait in any group: they move on."""
    prefix, _, ident = stream.partition("-")
    match prefix:
        case "group":
            return [ident]
        case "agent":
            return world.groups_of(ident)
        case "dialog":
            return _of_dialog(world, ident)
        case "channel" | "schedule":
            return world.waiting_groups()
        case _:
            return []


def _of_dialog(world: World, ident: str) -> list[str]:
    """Where it waits; where its agent is held busy by it, the groups for which a hold makes a difference."""
    dialog = world.dialog(ident)
    if dialog.in_group is not None:
        return [dialog.in_group]
    return counting_groups(world, dialog.assignee) if dialog.assignee is not None else []
