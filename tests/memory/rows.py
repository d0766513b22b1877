"""Heads and the rows derived from them, with an index for every question that a rule may ask.

`tests.office.MemoryHeads` answers the same questions by scanning; PostgreSQL by SQL. A conformance suite compares.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from adapters.store.derived import Waiting, offered_agents, state_before, timers, waiting
from domain.desk.world import Class, Conversation, FactKind, Head, Known, World, empty_head
from domain.dialog.state import Dialog


class Place(NamedTuple):
    """A dialog in a queue, in the order in which queues are read."""

    before_others: int
    position: int
    dialog: str
    asks: Class


class Rows:
    """`domain.desk.world.Heads`. `keep` takes over what a batch has changed; nothing else changes anything."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.conversations: dict[tuple[str, str], Conversation] = {}
        self.directory: dict[tuple[str, str], Known] = {}
        self.facts: dict[tuple[str, str], Any] = {}
        self.timers: dict[str, datetime] = {}
        self._named: dict[str, dict[str, None]] = defaultdict(dict)
        self._queues: dict[str, list[Place]] = defaultdict(list)
        self._offers: dict[str, dict[str, None]] = defaultdict(dict)
        self._member_of: dict[str, dict[str, None]] = defaultdict(dict)
        self._open: dict[str, list[str]] = defaultdict(list)

    # -- what a world asks ------------------------------------------------------------------------------------------

    def head(self, stream: str) -> Head:
        return self.heads.get(stream) or empty_head(stream)

    def conversation(self, channel: str, customer: str) -> Conversation | None:
        return self.conversations.get((channel, customer))

    def known(self, namespace: str, external_key: str) -> Known | None:
        return self.directory.get((namespace, external_key))

    def queue(self, group: str, limit: int, passing: Collection[Class] = ()) -> Sequence[str]:
        return [one.dialog for one in self._queues[group] if one.asks not in passing][:limit]

    def offered_to(self, agent: str) -> Sequence[str]:
        return list(self._offers[agent])

    def open_in_channel(self, channel: str, limit: int, after: str = "") -> Sequence[str]:
        known = self._open[channel]
        first = bisect_right(known, after)
        return known[first : first + limit]

    def waiting_groups(self) -> Sequence[str]:
        return sorted(group for group, queue in self._queues.items() if queue)

    def groups_of(self, agent: str) -> Sequence[str]:
        return list(self._member_of[agent])

    def channels(self) -> Sequence[str]:
        return list(self._named["channel"])

    def groups(self) -> Sequence[str]:
        return list(self._named["group"])

    def lease(self, agent: str) -> datetime | None:
        return self.timers.get(f"agent-{agent}")

    def fact(self, kind: FactKind, key: str) -> Any:
        return self.facts.get((kind, key))

    # -- what tests ask ---------------------------------------------------------------------------------------------

    def dialogs(self) -> Iterable[tuple[str, Dialog]]:
        return self.states("dialog")

    def states(self, prefix: str) -> list[tuple[str, Any]]:
        return [(name, self.heads[f"{prefix}-{name}"].state) for name in self._named[prefix]]

    @property
    def open_dialogs(self) -> int:
        return sum(len(dialogs) for dialogs in self._open.values())

    def due(self, floor: datetime, now: datetime, limit: int) -> list[str]:
        """Streams whose timers lie in (floor, now], by their moments."""
        found = sorted((at, stream) for stream, at in self.timers.items() if floor < at <= now)
        return [stream for _, stream in found[:limit]]

    # -- commit -----------------------------------------------------------------------------------------------------

    def keep(self, world: World) -> None:
        dialogs: dict[str, Dialog] = {}
        for key, value in world.changed().items():
            match key:
                case ("head", stream):
                    self._keep_head(world, stream, value, dialogs)
                case ("conversation", channel, customer):
                    self._keep_conversation(channel, customer, value)
                case ("known", namespace, external_key):
                    self.directory[namespace, external_key] = value
                case ("fact", kind, name):
                    _put(self.facts, (kind, name), value)
                case ("alarm", stream):
                    _put(self.timers, stream, value)
                case ("lease", agent):
                    _put(self.timers, f"agent-{agent}", value)
                case _:
                    raise LookupError(f"nobody keeps {key}")
        before = {name: state_before(world, f"dialog-{name}") for name in dialogs}
        for name, dialog in dialogs.items():
            self._keep_waiting(name, waiting(before[name]), waiting(dialog))
            self._keep_offers(name, offered_agents(before[name]), offered_agents(dialog))
        self._keep_timers(world, dialogs, before)

    def _keep_head(self, world: World, stream: str, head: Head, dialogs: dict[str, Dialog]) -> None:
        prefix, _, name = stream.partition("-")
        self.heads[stream] = head
        self._named[prefix][name] = None
        if prefix == "dialog":
            dialogs[name] = head.state
        elif prefix == "group":
            was = state_before(world, stream)
            for agent in was.members if was else ():
                self._member_of[agent].pop(name, None)
            for agent in head.state.members:
                self._member_of[agent][name] = None

    def _keep_conversation(self, channel: str, customer: str, value: Conversation) -> None:
        was, known = self.conversations.get((channel, customer)), self._open[channel]
        if was is not None and was.open:
            known.remove(was.dialog)
        if value.open:
            insort(known, value.dialog)
        self.conversations[channel, customer] = value

    def _keep_waiting(self, dialog: str, was: Waiting | None, now: Waiting | None) -> None:
        if was == now:
            return
        if was is not None:
            self._queues[was.group].remove(_place(dialog, was))
        if now is not None:
            insort(self._queues[now.group], _place(dialog, now))

    def _keep_offers(self, dialog: str, was: frozenset[str], now: frozenset[str]) -> None:
        for agent in sorted(was - now):
            del self._offers[agent][dialog]
        for agent in sorted(now - was):
            self._offers[agent][dialog] = None

    def _keep_timers(self, world: World, dialogs: dict[str, Dialog], before: dict[str, Any]) -> None:
        gone, rows = timers(world, dialogs, before)
        for stream in gone:
            self.timers.pop(stream, None)
        for stream, at, exact in rows:
            if exact or stream not in self.timers or at < self.timers[stream]:
                self.timers[stream] = at


def _place(dialog: str, row: Waiting) -> Place:
    return Place(-row.priority, row.position, dialog, row.asks)


def _put(rows: dict[Any, Any], key: Any, value: Any) -> None:
    if value is None:
        rows.pop(key, None)
    else:
        rows[key] = value
