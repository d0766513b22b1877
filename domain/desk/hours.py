"""Working hours of a channel as of now (§8). No schedule = always open (H10).

Who looks when it opens or closes? One timer a schedule, however many dialogs wait: it marks the groups in which
somebody waits, and distribution reads their queues in order.
"""

from __future__ import annotations

from datetime import datetime

from domain.channel import Channel
from domain.desk.world import World
from domain.schedule import Schedule
from domain.working_time import is_open, next_change


def works_now(world: World, channel: Channel) -> bool:
    schedule = _schedule(world, channel)
    return schedule is None or is_open(schedule.calendar, world.now)


def closed_since(world: World, channel: Channel) -> datetime | None:
    """When the closed period of this moment began, by the hours in force at each instant; None = it is open.

    A channel that was given another schedule in the night goes on with the same night.
    """
    schedule = _schedule(world, channel)
    since = schedule.closed_since(world.now) if schedule else None
    linked = channel.schedule_linked_at
    if since is None or linked is None or since > linked:
        return since
    before = world.schedule(channel.schedule_before) if channel.schedule_before else None
    return (before.closed_since(linked) if before else None) or linked


def opening(world: World, channel: Channel) -> datetime | None:
    """When a channel that is closed now opens; None if it is open, or never will be."""
    schedule = _schedule(world, channel)
    if schedule is None or is_open(schedule.calendar, world.now):
        return None
    return next_change(schedule.calendar, world.now)


def arm(world: World, schedule: str) -> None:
    """Set the schedule's timer to the next moment at which it opens or closes."""
    found = world.schedule(schedule)
    world.alarm(f"schedule-{schedule}", next_change(found.calendar, world.now) if found.exists else None)


def _schedule(world: World, channel: Channel) -> Schedule | None:
    """A schedule that does not exist closes nothing."""
    found = world.schedule(channel.settings.schedule) if channel.settings.schedule else None
    return found if found is not None and found.exists else None
