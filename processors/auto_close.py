"""Auto-close and everything else that time causes: a change of settings wakes the timers of its dialogs (§7, G07, G08).

A message never touches a timer. Only what can bring a deadline nearer does: a channel's period or mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.desk.waking import WakeDialog, wake
from domain.desk.world import World
from domain.recorded import Recorded

HEARS = frozenset({"channel.settings_changed", "schedule.changed"})
PAGE = 5_000


def marks(recorded: Recorded) -> list[str]:
    return [recorded.stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtChannels:
    """Compute the deadlines of a channel's open dialogs anew; none closes before the settings' floor."""

    streams: tuple[str, ...]


def look(streams: Sequence[str]) -> LookAtChannels:
    return LookAtChannels(streams=tuple(streams))


def look_at(world: World, command: LookAtChannels) -> dict[str, Any]:
    looked = 0
    for stream in command.streams:
        prefix, _, channel = stream.partition("-")
        if prefix != "channel":
            continue
        for dialog in world.open_in_channel(channel, PAGE):
            wake(world, WakeDialog(dialog=dialog))
            looked += 1
    return {"outcome": "done" if looked else "nothing", "looked": looked}
