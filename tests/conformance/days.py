"""A random day, written down as commands with their moments, to be carried out again: in memory and on PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any

from adapters.store.requests import Request
from adapters.vault.vault import KEY_BYTES
from domain.desk.world import NewKey
from domain.group import ALGORITHMS
from domain.recorded import SYSTEM, Actor
from tests.domain.moves import MOVES, Move, an_office, play
from tests.memory.store import MemoryExecutor, MemoryStore
from tests.office import MONDAY, TENANT, Office
from tests.store import Store


@dataclass(frozen=True)
class Entry:
    """Commands of one transaction, each with a key of its own."""

    now: datetime
    commands: tuple[Any, ...]
    actor: Actor
    key: str

    def requests(self) -> list[Request]:
        return [
            Request(tenant=TENANT, command=command, actor=self.actor, key=f"{self.key}.{n}")
            for n, command in enumerate(self.commands)
        ]


class Numbered:
    """Ids in the order in which they are asked for; keys have numbers of their own."""

    def __init__(self) -> None:
        self.ids = self.keys = 0

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    def new_key(self) -> NewKey:
        self.keys += 1
        return NewKey(f"key-{self.keys}", "commitment", b"wrapped")


class Diary(Office):
    """Writes down what it is asked to do; `after` looks at it after each entry."""

    def __init__(self, after: Callable[[Diary], None]) -> None:
        super().__init__()
        self._after = after
        self.choices = Numbered()  # type: ignore[assignment]
        self.entries: list[Entry] = []

    def batch(self, *commands: Any, actor: Actor = SYSTEM) -> list[Any]:
        self.entries.append(Entry(self.now, commands, actor, f"entry-{len(self.entries)}"))
        outcomes = super().batch(*commands, actor=actor)
        self._after(self)
        return outcomes


def a_day(seed: int, after: Callable[[Diary], None] = lambda _: None, moves: int = 120) -> Diary:
    """Of every third seed nobody has room, so that queues grow long."""
    diary = Diary(after)
    an_office(ALGORITHMS[seed % len(ALGORITHMS)], capacity=seed % 3, into=diary)
    play(diary, busy_moves(seed, moves), lambda _: None)
    return diary


OFTEN = {"says_something": 6, "tell": 4, "decline": 2}
SELDOM = {"time_passes": 0.2, "the_engine_stands_still": 0.2, "channel_off_or_on": 0.5}


def busy_moves(seed: int, n: int) -> list[Move]:
    """Mostly customers and agents; time seldom runs on so far that everything is closed."""
    chance, weights = random.Random(seed), dict.fromkeys(sorted(MOVES), 1.0) | OFTEN | SELDOM
    names = chance.choices(list(weights), list(weights.values()), k=n)
    return [(name, chance.randrange(60), chance.randrange(60)) for name in names]


def with_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """Every seventh entry comes again a little later, under its key, as after a lost answer."""
    told: list[Entry] = []
    for n, entry in enumerate(entries):
        told.append(entry)
        if n >= 3 and n % 7 == 0:
            again = entries[n - 3]
            told.append(Entry(entry.now, again.commands, again.actor, again.key))
    return told


class InMemory:
    """Two processes take turns on one store, so that what each has kept grows old."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.store = MemoryStore(lambda: self.now, Numbered())
        self._executors = cycle([MemoryExecutor(self.store), MemoryExecutor(self.store)])

    def write(self, entry: Entry) -> None:
        self.now = entry.now
        next(self._executors).execute_all(entry.requests())


class OnPostgres:
    """`clock` is what the store must have been made with."""

    def __init__(self) -> None:
        self.now = MONDAY
        self._chosen = Numbered()

    def clock(self, _: datetime) -> datetime:
        return self.now

    def write(self, store: Store, entry: Entry) -> None:
        store.executor._new_id = self._chosen.new_id
        store.vault.new_key = lambda tenant: _real(store, tenant, self._chosen.new_key())  # type: ignore[method-assign]
        self.now = entry.now
        store.executor.execute_all(entry.requests())


def _real(store: Store, tenant: str, named: NewKey) -> NewKey:
    """A key that the vault can use, under this name."""
    key = bytes(KEY_BYTES)
    store.vault._remember(tenant, named.id, key)
    return named._replace(wrapped=store.vault._master.wrap(key, f"key|{tenant}|{named.id}"))
