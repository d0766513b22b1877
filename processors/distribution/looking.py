"""A look at groups: their rows are read under the lane lock, a plan is made and carried out, page by page.

A page is read after the last one only while somebody is free, and without the classes that nobody can serve: the rows
that are read grow with the offers made and the classes met, not with the queue (F27). A dialog that a wake-up was about
is looked at in any case, so that nothing of its own (a pause that is over, a wait too long) is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.desk.hours import works_now
from domain.desk.world import World, class_of, queue_order, waits_in
from domain.recorded import DialogId, GroupId
from processors.distribution.desk import Desk, desk_of
from processors.distribution.hearing import WHOLE, concerned
from processors.distribution.plan import Waiting, plan
from processors.distribution.steps import carry_out
from processors.distribution.sticky import served

Least = Literal["whole", "page", "named"]
PAGE = 100
ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribute:
    """Look at the groups that these streams concern and offer what can be offered there."""

    streams: tuple[str, ...]


def look(streams: Sequence[str]) -> Distribute:
    return Distribute(streams=tuple(streams))


def distribute(world: World, command: Distribute) -> dict[str, Any]:
    """One decision at a time per group: the lane lock sees to it."""
    whole = _groups(world, [key.removeprefix(WHOLE) for key in command.streams if key.startswith(WHOLE)])
    dialogs = [stream for stream in command.streams if stream.startswith("dialog-")]
    others = _groups(world, [key for key in command.streams if not key.startswith((WHOLE, "dialog-"))])
    named = {stream.partition("-")[2] for stream in dialogs}
    steps = 0
    for group in sorted({*whole, *others, *_groups(world, dialogs)}):
        steps += _look_at(world, group, named, "whole" if group in whole else "page" if group in others else "named")
    return {"outcome": "done" if steps else "nothing", "steps": steps}


def _groups(world: World, streams: Iterable[str]) -> set[GroupId]:
    return {group for stream in streams for group in concerned(world, stream)}


def _look_at(world: World, group_id: GroupId, named: Collection[DialogId], least: Least) -> int:
    """`least` = what is looked at even while nobody is free; where only dialogs were named, they themselves."""
    group = world.group(group_id)
    if not group.exists or group.archived:
        return 0
    looking = Looking(world, desk_of(world, group_id), named)
    if least == "whole":
        queue = world.queue(group_id, ALL)
        # What changed may bring their next moments nearer, also of those that must wait on.
        world.rearm |= set(queue)
        looking.at(queue)
    elif least == "page" or looking.desk.somebody_free():
        looking.page_by_page()
    looking.at(sorted(_not_seen(looking), key=lambda name: queue_order(world.dialog(name))))
    return looking.steps


def _not_seen(looking: Looking) -> Iterator[DialogId]:
    for name in looking.named:
        if name not in looking.seen and waits_in(looking.world.dialog(name), looking.desk.group_id):
            yield name


@dataclass
class Looking:
    """One look at one group. `open` = whether a channel works now, asked once."""

    world: World
    desk: Desk
    named: Collection[DialogId]
    seen: set[DialogId] = field(default_factory=set)
    steps: int = 0
    open: dict[str, bool] = field(default_factory=dict)

    def page_by_page(self) -> None:
        """A page holds room for those that stay unserved before it, and grows with what is being served."""
        staying = served_now = 0
        while True:
            limit = PAGE + staying + 4 * served_now
            page = self.world.queue(self.desk.group_id, limit, self.desk.hopeless)
            fresh = [name for name in page if name not in self.seen]
            self.at(fresh)
            if len(page) < limit or not fresh or not self.desk.somebody_free():
                return
            staying = sum(1 for name in page if self._stays(name))
            served_now += sum(1 for name in fresh if not waits_in(self.world.dialog(name), self.desk.group_id))

    def at(self, names: Sequence[DialogId]) -> None:
        self.seen.update(names)
        steps = plan([one for name in names if (one := self._waiting(name))], self.desk)
        for step in steps:
            carry_out(self.world, step)
        self.steps += len(steps)

    def _waiting(self, name: DialogId) -> Waiting | None:
        """None where it must wait: its channel does not work, or not now. Its class is passed over."""
        dialog = self.world.dialog(name)
        if not self._works(dialog.channel):
            self.desk.hopeless.add(class_of(dialog))
            return None
        last = served(self.world, dialog) if self.desk.group.sticky_window else None
        return Waiting(name, dialog, last, name in self.named)

    def _works(self, channel_id: str) -> bool:
        found = self.open.get(channel_id)
        if found is None:
            channel = self.world.channel(channel_id)
            found = self.open[channel_id] = channel.working and works_now(self.world, channel)
        return found

    def _stays(self, name: DialogId) -> bool:
        """Read, and it would be read again: not offered, and not of a class that is passed over."""
        dialog = self.world.dialog(name)
        return waits_in(dialog, self.desk.group_id) and class_of(dialog) not in self.desk.hopeless
