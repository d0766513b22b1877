"""Heads in memory with the indexes that the store has, for long runs: what `tests.office` scans for is kept in order.

Closed dialogs are dropped: nothing is asked of them again, because a customer comes back with a new dialog.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from domain.desk.world import Class, Conversation, Head, World, class_of, queue_order, waits_in
from domain.dialog.state import Dialog
from tests.office import MemoryHeads

Row = tuple[tuple[int, int], str]


class QuickHeads(MemoryHeads):
    """What is not overridden here is found by scanning what is open, which is little."""

    def __init__(self) -> None:
        super().__init__()
        self._by_kind: dict[str, dict[str, Any]] = defaultdict(dict)
        self._talks: dict[tuple[str, str], Conversation] = {}
        self._queues: dict[str, list[Row]] = defaultdict(list)
        self._waits: dict[str, tuple[str, Row]] = {}
        self._offers: dict[str, dict[str, None]] = defaultdict(dict)

    def conversation(self, channel: str, customer: str) -> Conversation | None:
        return self._talks.get((channel, customer))

    def queue(self, group: str, limit: int, passing: Collection[Class] = ()) -> Sequence[str]:
        names: Iterator[str] = (name for _, name in self._queues[group])
        if passing:
            names = (name for name in names if class_of(self.head(f"dialog-{name}").state) not in passing)
        return list(islice(names, limit))

    def offered_to(self, agent: str) -> Sequence[str]:
        return list(self._offers[agent])

    def states(self, prefix: str) -> list[tuple[str, Any]]:
        return list(self._by_kind[prefix].items())

    def keep(self, world: World) -> None:
        for key, value in world.changed().items():
            match key:
                case ("head", stream):
                    self._take(stream, value)
                case ("conversation", channel, customer):
                    self._talks[channel, customer] = value
                case ("known", namespace, external_key):
                    self.directory[namespace, external_key] = value
                case ("lease", agent):
                    self.leases[agent] = value
                case ("alarm", stream):
                    self.alarms[stream] = value
                case ("fact", kind, name):
                    self.facts[kind, name] = value

    def _take(self, stream: str, head: Head) -> None:
        prefix, _, name = stream.partition("-")
        if prefix == "dialog":
            before = self.heads.get(stream)
            self._reindex(name, before.state if before else None, head.state)
            if not head.state.open:
                self.heads.pop(stream, None)
                self._by_kind[prefix].pop(name, None)
                return
        self.heads[stream] = head
        self._by_kind[prefix][name] = head.state

    def _reindex(self, name: str, before: Dialog | None, after: Dialog) -> None:
        for gone in before.offers if before else ():
            self._offers[gone.agent].pop(name, None)
        for made in after.offers:
            self._offers[made.agent][name] = None
        self._queue_up(name, after)

    def _queue_up(self, name: str, dialog: Dialog) -> None:
        group = dialog.in_group if dialog.in_group and waits_in(dialog, dialog.in_group) else None
        row = (queue_order(dialog), name)
        was = self._waits.pop(name, None)
        if was is not None:
            queue = self._queues[was[0]]
            del queue[bisect_left(queue, was[1])]
        if group is not None:
            insort(self._queues[group], row)
            self._waits[name] = (group, row)
