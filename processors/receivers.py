"""Receivers: waiting dialogs follow their channel to another receiver, and leave an archived group (A26, F19).

A page at a time, each with a wake-up of its own. Looking again changes nothing: what is in its place is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.channel import SettingsChanged
from domain.desk.receivers import follow_receiver, leave_archived, names_receivers
from domain.desk.world import World
from domain.recorded import Recorded

HEARS = frozenset({"channel.settings_changed", "channel.receiver_restored", "group.archived"})
PAGE = 500
PAGE_MARK = "|"
"""Between a stream and the last dialog looked at, where there is more than a page."""


def marks(recorded: Recorded) -> list[str]:
    event = recorded.event
    return [] if isinstance(event, SettingsChanged) and not names_receivers(event) else [recorded.stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtReceivers:
    """Waiting dialogs of these channels and archived groups: are they where they are sent now?"""

    streams: tuple[str, ...]


def look(streams: Sequence[str]) -> LookAtReceivers:
    return LookAtReceivers(streams=tuple(streams))


def look_at(world: World, command: LookAtReceivers) -> dict[str, Any]:
    moved = sum(_look_at_page(world, key) for key in command.streams)
    return {"outcome": "done" if moved else "nothing", "moved": moved}


def _look_at_page(world: World, key: str) -> int:
    stream, _, after = key.partition(PAGE_MARK)
    prefix, _, ident = stream.partition("-")
    match prefix:
        case "channel":
            return _follow(world, stream, ident, after)
        case "group":
            return _leave(world, stream, ident, after)
        case _:
            return 0


def _follow(world: World, stream: str, channel: str, after: str) -> int:
    dialogs = world.open_in_channel(channel, PAGE, after)
    moved = sum(follow_receiver(world, dialog) for dialog in dialogs)
    if len(dialogs) == PAGE:
        world.wake("receivers", f"{stream}{PAGE_MARK}{dialogs[-1]}")
    return moved


def _leave(world: World, stream: str, group: str, after: str) -> int:
    """What was moved has left the queue, so every page is the first; the mark only makes the wake-ups differ."""
    left = leave_archived(world, group, PAGE)
    if left == PAGE:
        world.wake("receivers", f"{stream}{PAGE_MARK}{int(after or 0) + 1}")
    return left
