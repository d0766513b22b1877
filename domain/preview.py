"""What a Save would close, before it is saved: a shorter period may make many open dialogs due at once (§7, G07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.change import replace
from domain.channel import Channel, floor_after
from domain.dialog.state import Dialog
from domain.errors import Invalid
from domain.idleness import deadline
from domain.kinds import KINDS
from domain.settings import check


@dataclass(frozen=True, slots=True)
class Preview:
    """`due_now`: dialogs whose new deadline would have passed already, were there no floor; nothing closes before it.

    `due_at_floor`: those that close at the latest when the floor ends, the former among them. `floor_until` None = the
    Save changes no deadline. `open`: how many dialogs were looked at.
    """

    open: int
    due_now: int
    due_at_floor: int
    floor_until: datetime | None


def would_close(dialogs: Iterable[Dialog], channel: Channel, changes: Mapping[str, object], now: datetime) -> Preview:
    """For the open dialogs of this channel. Raises `Invalid` with every problem, as the Save itself would."""
    after, problems = check(channel.settings, changes, KINDS[channel.kind])
    if problems:
        raise Invalid(problems)
    floor = floor_after(channel, after, now)
    bare = replace(channel, settings=after, floor_until=None if floor else channel.floor_until)
    found = [deadline(dialog, bare) for dialog in dialogs if dialog.open]
    moments = [moment for moment in found if moment is not None]
    return Preview(
        open=len(found),
        due_now=sum(moment <= now for moment in moments),
        due_at_floor=sum(moment <= (floor or now) for moment in moments),
        floor_until=floor,
    )
