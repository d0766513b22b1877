"""The worker that calls bots: hears who is with a bot, and keeps a few couriers busy (`adapters.feed.errands`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx2

from adapters.bots import table
from adapters.bots.courier import Clock, Courier
from adapters.bots.table import Due
from adapters.channels.http_client import http_client
from adapters.feed.errands import Errands
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.vault.vault import Vault
from domain.recorded import Recorded
from processors.bots import HEARS


class BotCalls(Errands[Due]):
    """`private`: bots may be at private addresses (`adapters.bots.registry`)."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        executor: Executor,
        *,
        lane: int = 0,
        client: httpx2.Client | None = None,
        clock: Clock = lambda now: now,
        private: bool = False,
    ) -> None:
        self._own_client = http_client() if client is None else None
        used = self._own_client or client
        assert used is not None
        courier = Courier(database, vault, executor, used, lane=lane, clock=clock, private=private)
        super().__init__("bots", database, executor, courier, lambda wake: Ear(lane, wake), lane=lane)

    def stop(self) -> None:
        super().stop()
        if self._own_client is not None:
            self._own_client.close()


class Ear:
    """A `Consumer`: whose turn begins, what was said in it, and whose ends, in the feed's transaction."""

    name = "processor:bots"
    hears: frozenset[str] | None = HEARS

    def __init__(self, lane: int, wake: Callable[[], None]) -> None:
        self._lane = lane
        self._wake = wake

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        if table.follow(connection, self._lane, events):
            self._wake()
