"""One lane of the store in memory, and executors on it: log, rows, command results, dirty marks, positions.

A batch is one step: the lane lock makes it so. Each executor keeps what it knows between its batches, as a process
does, and must notice what others have changed since. Commands, rules, keys and answers are the engine's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.store.batch import meta_of
from adapters.store.heads import ABSENT, Kept
from adapters.store.requests import Mark, Outcome, Request, dump_outcome, heard_again, load_remembered
from adapters.store.writing import event_id_of
from domain.desk.waking import due_at
from domain.desk.world import Choices, Conversation, Head, Heads, Key, Known, World
from domain.errors import Rejected
from domain.recorded import Recorded
from processors import ALL_HANDLERS, Processor
from tests.memory.rows import Rows
from tests.office import TENANT, CountedChoices

Result = Outcome | Rejected
EPOCH = "memory"


class MemoryStore:
    """What a commit leaves behind. `clock` = the database's."""

    def __init__(self, clock: Callable[[], datetime], choices: Choices | None = None) -> None:
        self.clock = clock
        self.choices = choices or CountedChoices()
        self.log: list[Recorded] = []
        self.heads = Rows()
        self.streams: dict[str, list[Recorded]] = defaultdict(list)
        self.results: dict[str, tuple[bytes, int | None, int | None]] = {}
        self.dirty: dict[str, dict[str, int]] = defaultdict(dict)
        self.counts: dict[tuple[str, str], int] = {}
        self.tracking: dict[str, int] = {}
        self.keyless = 0

    @property
    def now(self) -> datetime:
        """The moment that a batch would have: the lane's time never goes back."""
        return max(self.clock(), self.log[-1].recorded_at) if self.log else self.clock()

    def state(self, stream: str) -> Any:
        return self.heads.head(stream).state

    def world(self, heads: Heads | None = None) -> World:
        return World(
            tenant=TENANT, now=self.now, position=len(self.log) + 1, heads=heads or self.heads, choices=self.choices
        )

    def timers(self) -> list[tuple[str, datetime]]:
        """When each dialog has to be looked at, computed anew, whatever the rows say."""
        world = self.world()
        moments = [(name, due_at(world, state)) for name, state in self.heads.dialogs()]
        return [(name, moment) for name, moment in moments if moment is not None]

    # -- marks ------------------------------------------------------------------------------------------------------

    def mark(self, processor: str, marks: Mapping[str, int]) -> None:
        """Dirty until looked at; a later event only moves the mark forward."""
        rows = self.dirty[processor]
        for key, position in marks.items():
            rows[key] = max(rows.get(key, position), position)

    def marked(self, processor: str, limit: int) -> list[tuple[str, str, int]]:
        return [(TENANT, key, marked) for key, marked in sorted(self.dirty[processor].items())[:limit]]

    def clear(self, marks: Iterable[Mark]) -> None:
        for processor, key, marked in ((one.processor, one.key, one.marked) for one in marks):
            if self.dirty[processor].get(key, marked + 1) <= marked:
                del self.dirty[processor][key]

    def sweep(self, processor: Processor) -> None:
        if processor.name == "distribution":
            for group in self.heads.waiting_groups():
                self.dirty[processor.name].setdefault(f"group-{group}", 0)


class MemoryExecutor:
    """One process's. `execute_all` carries out several commands in one transaction."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self._kept = Kept()
        self._seen: int | None = None

    def execute_all(self, requests: Sequence[Request]) -> list[Result]:
        store, first = self.store, len(self.store.log)
        self._kept.follow(self._seen, first, lambda since: {(one.tenant, one.stream) for one in store.log[since:]})
        world = store.world(KeptHeads(store.heads, self._kept.of(TENANT)))
        batch = Batch(store, world)
        results = [batch.run(request) for request in requests]
        self._commit(world, batch)
        self._kept.keep(TENANT, world.held())
        self._seen = len(store.log)
        return results

    def _commit(self, world: World, batch: Batch) -> None:
        store = self.store
        store.log += batch.recorded
        for one in batch.recorded:
            store.streams[one.stream].append(one)
        store.heads.keep(world)
        store.results |= batch.remembered
        for counted, n in world.counts.items():
            store.counts[counted] = store.counts.get(counted, 0) + n
        for processor, key in sorted(world.wakes):
            store.mark(processor, {key: world.last_position})
        store.clear(batch.clears)


class Batch:
    """Commands decided one after the other on one world; nothing of it is seen outside before the commit."""

    def __init__(self, store: MemoryStore, world: World) -> None:
        self.world = world
        self.recorded: list[Recorded] = []
        self.remembered: dict[str, tuple[bytes, int | None, int | None]] = {}
        self.clears: list[Mark] = []
        self._store = store

    def run(self, request: Request) -> Result:
        key = request.key or self._new_key()
        seen = self.remembered.get(key) or self._store.results.get(key)
        if seen is not None:
            return heard_again(load_remembered(*seen), request, ours=False)
        handler = ALL_HANDLERS[type(request.command)]
        try:
            ran = self.world.run(lambda: handler(self.world, request.command), request.actor)
        except Rejected as refusal:
            if not refusal.retryable:
                self._remember(key, request, refusal, None, None)
            return refusal
        meta = meta_of(request, key, ran.policies)
        for one in ran.events:
            event_id = event_id_of(EPOCH, TENANT, one.stream, one.version)
            self.recorded.append(
                Recorded(one.position, TENANT, one.stream, one.version, event_id, self.world.now, meta, one.event)
            )
        first, last = (ran.events[0].position, ran.events[-1].position) if ran.events else (None, None)
        outcome = Outcome(answer=ran.answer, first=first, position=last)
        self.clears += request.clears
        self._remember(key, request, outcome, first, last)
        return outcome

    def _new_key(self) -> str:
        self._store.keyless += 1
        return f"keyless-{self._store.keyless}"

    def _remember(self, key: str, request: Request, result: Result, first: int | None, last: int | None) -> None:
        if request.remember:
            self.remembered[key] = (dump_outcome(result, request.fingerprint), first, last)


class KeptHeads:
    """`Heads` as one process sees them: what it has kept, and the store's rows for everything else."""

    def __init__(self, rows: Rows, kept: dict[Key, Any]) -> None:
        self._rows = rows
        self._kept = kept

    def head(self, stream: str) -> Head:
        found: Head | None = self._kept.get(("head", stream))
        return found if found is not None else self._rows.head(stream)

    def conversation(self, channel: str, customer: str) -> Conversation | None:
        found: Any = self._kept.get(("conversation", channel, customer), ABSENT)
        return self._rows.conversation(channel, customer) if found is ABSENT else found

    def known(self, namespace: str, external_key: str) -> Known | None:
        found: Any = self._kept.get(("known", namespace, external_key), ABSENT)
        return self._rows.known(namespace, external_key) if found is ABSENT else found

    def __getattr__(self, name: str) -> Any:
        """Every other question goes to the rows: they are never kept."""
        return getattr(self._rows, name)
