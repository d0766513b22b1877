"""Operating systems' processes, and the loops that live and die with them."""

from __future__ import annotations

from collections.abc import Callable

from tests.memory.store import MemoryExecutor, MemoryStore
from tests.simulation import lives
from tests.simulation.lives import Life


class Loop:
    """One life after the other of the same kind."""

    def __init__(self, name: str, begin: Callable[[], Life]) -> None:
        self.name = name
        self._begin = begin
        self._life: Life | None = None
        self.word = lives.IDLE

    def step(self) -> str:
        if self._life is None:
            self._life = self._begin()
        try:
            self.word = next(self._life)
        except lives.Cut:
            self._life, self.word = None, f"{self.name} begins again"
        return self.word

    def die(self) -> None:
        if self._life is not None:
            self._life.close()  # type: ignore[attr-defined]
        self._life, self.word = None, lives.IDLE


class Unit:
    """An operating system's process: its loops live and die together, and it has one executor."""

    def __init__(self, name: str, store: MemoryStore) -> None:
        self.name = name
        self.loops: list[Loop] = []
        self._store = store
        self.executor = MemoryExecutor(store)

    def die(self) -> None:
        for loop in self.loops:
            loop.die()
        self.executor = MemoryExecutor(self._store)
