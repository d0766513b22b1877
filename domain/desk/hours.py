"""Working time of a channel: is it open now, and when does that change (§8, H10)?"""

from __future__ import annotations

from datetime import datetime

from domain.channel import Channel
from domain.desk.world import World
from domain.working_time import is_open, next_change


def works_now(world: World, channel: Channel) -> bool:
    """No schedule = always open (H10)."""
    schedule = channel.settings.schedule
    if schedule is None or not world.schedule(schedule).exists:
        return True
    return is_open(world.schedule(schedule).calendar, world.now)


def opening(world: World, channel: Channel) -> datetime | None:
    """When a channel that is closed now opens; None if it is open, or never will be."""
    schedule = channel.settings.schedule
    if schedule is None or works_now(world, channel):
        return None
    return next_change(world.schedule(schedule).calendar, world.now)


def next_turn(world: World, channel: Channel) -> datetime | None:
    """When a channel opens or closes next; None without a schedule, or if that never happens."""
    schedule = channel.settings.schedule
    if schedule is None or not world.schedule(schedule).exists:
        return None
    return next_change(world.schedule(schedule).calendar, world.now)
