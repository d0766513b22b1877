"""Rows that are the log folded: what a batch does to queue, offers and timers. Pure; the store only writes it down.

The same functions keep the store in memory that the simulation runs on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from domain.desk.waking import due_at
from domain.desk.world import Class, Head, World, class_of, waits_in
from domain.dialog.state import Dialog

Dialogs = dict[str, Dialog]
NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
"""In place of a moment where nothing of an open dialog will ever fall due by itself."""


class Waiting(NamedTuple):
    """The queue row of a dialog. Order: priority descending, then position."""

    group: str
    priority: int
    position: int
    asks: Class


class Timer(NamedTuple):
    """`exact`: written whatever stands there; otherwise only where it is earlier than what stands there."""

    stream: str
    check_at: datetime
    exact: bool


class Timers(NamedTuple):
    """`gone`: streams without a timer from now on."""

    gone: list[str]
    rows: list[Timer]


def state_before(world: World, stream: str) -> Any:
    """What the stream added up to before this batch; None = it did not exist, or nobody had read it."""
    head = world.before.get(("head", stream))
    return head.state if isinstance(head, Head) else None


def waiting(dialog: Dialog | None) -> Waiting | None:
    """None where it does not wait in a group."""
    if dialog is None or dialog.in_group is None or not waits_in(dialog, dialog.in_group):
        return None
    return Waiting(dialog.in_group, dialog.priority, dialog.queued_position, class_of(dialog))


def offered_agents(dialog: Dialog | None) -> frozenset[str]:
    return frozenset(one.agent for one in dialog.offers) if dialog else frozenset()


def timers(world: World, after: Dialogs, before: Mapping[str, Any]) -> Timers:
    """A row is made at the opening, removed at the end, and moved only to an earlier moment or by its own wake-up."""
    gone = [name for name, dialog in after.items() if not dialog.open and _was_open(before[name])]
    gone += [name for name in sorted(world.rearm) if not world.dialog(name).open]
    exact = {name for name in world.rearm if world.dialog(name).open}
    rows = [Timer(f"dialog-{name}", _moment(world, world.dialog(name)), True) for name in sorted(exact)]
    for name, dialog in after.items():
        if name not in exact and dialog.open and not _put_off(world, before[name], dialog):
            rows.append(Timer(f"dialog-{name}", _moment(world, dialog), False))
    return Timers([f"dialog-{name}" for name in gone], rows)


def _moment(world: World, dialog: Dialog) -> datetime:
    """Never before now: a row in the past would lie where the ticker has looked already."""
    due = due_at(world, dialog)
    return NEVER if due is None else max(due, world.now)


def _put_off(world: World, was: Dialog | None, now: Dialog) -> bool:
    """A message as a rule only puts off what is due, so it writes no row: the one that stands there is early enough.

    Of anything else it is not asked whether it moves what was due before: the row was written under the settings of
    its own day, which may have been others than today's.
    """
    if was is None or not was.open:
        return False
    if UNSPOKEN(was) != UNSPOKEN(now):
        return False
    return _moment(world, was) <= _moment(world, now)


SPOKEN = frozenset({"last_activity_at", "last_activity_by", "last_customer_at", "replied", "first_reply_due"})
UNSPOKEN = attrgetter(*(one.name for one in fields(Dialog) if one.name not in SPOKEN))
"""Everything else, as a tuple: equal for most messages, and compared in one go."""


def _was_open(dialog: Dialog | None) -> bool:
    return dialog is not None and dialog.open
