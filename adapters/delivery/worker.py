"""The delivery worker: hears what is to be sent, and keeps a few couriers busy (`adapters.feed.errands`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import httpx2

from adapters.attachments import Shelf
from adapters.channels.access import Providers
from adapters.channels.http_client import App, by_proxy, http_client
from adapters.channels.rates import RATES
from adapters.delivery import table
from adapters.delivery.courier import Clock, Courier, Rates
from adapters.delivery.table import Due
from adapters.feed.errands import Errands
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.vault.vault import Vault
from domain.recorded import Recorded
from processors.delivery import HEARS


class Delivery(Errands[Due]):
    """`provider_urls`, `apps` and `proxies` (by name, an address): see `Providers`. `rates` = how fast each kind's
    provider lets messages leave."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        executor: Executor,
        *,
        lane: int = 0,
        client: httpx2.Client | None = None,
        clock: Clock = lambda now: now,
        provider_urls: Mapping[str, str] | None = None,
        apps: Mapping[str, App] | None = None,
        proxies: Mapping[str, str] | None = None,
        private_providers: bool = False,
        rates: Rates = RATES,
        shelf: Shelf | None = None,
    ) -> None:
        self._own_client = http_client() if client is None else None
        used = self._own_client or client
        assert used is not None
        self._proxies = by_proxy(proxies or {})
        providers = Providers(used, provider_urls or {}, apps or {}, self._proxies, private_providers)
        courier = Courier(database, vault, executor, providers, lane=lane, clock=clock, rates=rates, shelf=shelf)
        super().__init__("delivery", database, executor, courier, lambda wake: Ear(lane, wake), lane=lane)

    def stop(self) -> None:
        super().stop()
        for client in (self._own_client, *self._proxies.values()):
            if client is not None:
                client.close()


class Ear:
    """A `Consumer`: what an event asks to be sent becomes a row, in the feed's transaction."""

    name = "processor:delivery"
    hears: frozenset[str] | None = HEARS

    def __init__(self, lane: int, wake: Callable[[], None]) -> None:
        self._lane = lane
        self._wake = wake

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        if table.add(connection, self._lane, events):
            self._wake()
