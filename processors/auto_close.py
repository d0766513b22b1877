"""Auto-close and everything else that time causes: a change of settings wakes the timers of its dialogs (§7, G07, G08).

A message never touches a timer. Only what can bring a deadline nearer does: a channel's period or mode, and a schedule
that opens earlier, where bots answer until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.desk.waking import WakeDialog, wake
from domain.desk.world import World
from domain.kinds import KINDS
from domain.recorded import Recorded

HEARS = frozenset({"channel.settings_changed", "schedule.changed"})
PAGE = 2_000
PAGE_MARK = "|"
"""Between a channel's stream and the last dialog looked at, where a channel has more than a page of open dialogs."""


def marks(recorded: Recorded) -> list[str]:
    return [recorded.stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtChannels:
    """Compute the deadlines of a channel's open dialogs anew; none closes before the settings' floor."""

    streams: tuple[str, ...]


def look(streams: Sequence[str]) -> LookAtChannels:
    return LookAtChannels(streams=tuple(streams))


def look_at(world: World, command: LookAtChannels) -> dict[str, Any]:
    looked = sum(_look_at_page(world, key) for key in command.streams)
    return {"outcome": "done" if looked else "nothing", "looked": looked}


def _look_at_page(world: World, key: str) -> int:
    """One page of a channel's open dialogs; the next page is a wake-up of its own, so no transaction grows long."""
    stream, _, after = key.partition(PAGE_MARK)
    if stream.startswith("schedule-"):
        return _look_at_schedule(world, stream.partition("-")[2])
    dialogs = world.open_in_channel(stream.partition("-")[2], PAGE, after)
    for dialog in dialogs:
        wake(world, WakeDialog(dialog=dialog))
    if len(dialogs) == PAGE:
        world.wake("auto_close", f"{stream}{PAGE_MARK}{dialogs[-1]}")
    return len(dialogs)


def _look_at_schedule(world: World, schedule: str) -> int:
    """Its channels that can have bots are looked at in turn, each page by page."""
    channels = [(name, world.channel(name)) for name in world.channels()]
    mine = [
        name
        for name, channel in channels
        if channel.settings.schedule == schedule and "bot" in KINDS[channel.kind].receivers
    ]
    for name in mine:
        world.wake("auto_close", f"channel-{name}")
    return len(mine)
