"""The watch over the log and the views that all live streams of a process share.

One reader a process, however many listen: each new event is decoded and framed once, kept in a ring, and handed to
every stream as the same bytes. A stream holds no queue of its own, only a position; one that is too slow falls out of
the ring and reads the log by itself. The watch sleeps while nobody listens.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile

from adapters.http.errors import AWAY
from adapters.http.parts import Parts
from adapters.http.reading import reading
from adapters.http.sse import frame_of
from domain.recorded import Recorded

log = logging.getLogger("parley.live")

POLL = 0.2
SHORTEST_PAUSE = 0.01
KEPT = 4_000
PAGE = 500
WATCHED = ("inbox", "transcript", "channels", "agent_board", "customers")


@dataclass(frozen=True, slots=True)
class Framed:
    """One event as every stream sends it."""

    position: int
    tenant: str
    kind: str
    stream: str
    frame: bytes


class Watch:
    """`head` = the log's end, `shown` = what the views have applied. Used in the event loop's thread only."""

    def __init__(self, parts: Parts) -> None:
        self.head = 0
        self.shown = 0
        self._parts = parts
        self._ring: deque[Framed] = deque(maxlen=KEPT)
        self._floor = 0
        self._read = 0
        self._listeners = 0
        self._looking = asyncio.Lock()
        self._turned = asyncio.Event()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- the life of the watch --------------------------------------------------------------------------------------

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts.executor.on_commit.append(self._committed)
        self._task = asyncio.create_task(self._run(), name="watch")

    async def stop(self) -> None:
        self._parts.executor.on_commit.remove(self._committed)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _committed(self, events: Sequence[Recorded]) -> None:
        """In the executor's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    # -- listening --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """While inside, `turn` and `behind` are kept up to date."""
        if self._listeners == 0:
            await self._look()
        self._listeners += 1
        self._woken.set()
        try:
            yield
        finally:
            self._listeners -= 1

    async def turn(self, patience: float) -> bool:
        """Wait until the log or the views have moved; False after `patience` seconds without."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._turned.wait(), patience)
            return True
        return False

    def behind(self, position: int) -> list[Framed] | None:
        """Every event behind a position, or None where the ring no longer reaches that far back."""
        if position < self._floor:
            return None
        return list(takewhile(lambda one: one.position > position, reversed(self._ring)))[::-1]

    @property
    def read(self) -> int:
        """The last position that the ring contains."""
        return self._read

    # -- looking ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL if self._listeners else None)
            self._woken.clear()
            if self._listeners:
                try:
                    await self._look()
                except AWAY as error:
                    log.warning("the store is away: %s", type(error).__name__)
            await asyncio.sleep(SHORTEST_PAUSE)

    async def _look(self) -> None:
        async with self._looking:
            head, shown = await asyncio.to_thread(self._standing)
            if self._listeners == 0:
                self._ring.clear()
                self._floor = self._read = head
            while self._read < head:
                page = await asyncio.to_thread(self._parts.log.read, self._read, PAGE, lane=self._parts.lane)
                self._keep(page, head)
        if (head, shown) != (self.head, self.shown):
            self.head, self.shown = head, shown
            turned, self._turned = self._turned, asyncio.Event()
            turned.set()

    def _keep(self, page: Sequence[Recorded], head: int) -> None:
        for one in page:
            if len(self._ring) == KEPT:
                self._floor = self._ring[0].position
            self._ring.append(Framed(one.position, one.tenant, one.event.kind, one.stream, frame_of(one)))
        self._read = page[-1].position if len(page) == PAGE else max(head, page[-1].position if page else 0)

    def _standing(self) -> tuple[int, int]:
        with reading(self._parts, WATCHED) as (_, where):
            return where.head, where.position
