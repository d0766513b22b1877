"""The fetching worker: hears of files, and keeps a few couriers busy (`adapters.feed.errands`)."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.attachments.courier import Clock, Courier
from adapters.attachments.ear import Ear
from adapters.attachments.guarded import Caller, Limits, file_client, origins_of
from adapters.attachments.letter import Desk
from adapters.attachments.table import Attachment
from adapters.blobs import Blobs
from adapters.channels.access import Accesses, Providers
from adapters.channels.http_client import App, by_proxy, http_client
from adapters.feed.errands import Errands
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.vault.vault import Vault


class Fetching(Errands[Attachment]):
    """`provider_urls`: by kind, another address than the provider's own; files may be fetched from there although it is
    not public. `private` = from any address, also without TLS."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        executor: Executor,
        blobs: Blobs,
        *,
        lane: int = 0,
        clock: Clock = lambda now: now,
        provider_urls: Mapping[str, str] | None = None,
        apps: Mapping[str, App] | None = None,
        proxies: Mapping[str, str] | None = None,
        private: bool = False,
        limits: Limits | None = None,
    ) -> None:
        urls = provider_urls or {}
        asks, fetches = http_client(), file_client()
        asks_by, fetches_by = (
            by_proxy(proxies or {}),
            {name: file_client(proxy=url) for name, url in (proxies or {}).items()},
        )
        self._clients = (asks, fetches, *asks_by.values(), *fetches_by.values())
        near = origins_of(list(urls.values()))
        caller = Caller(fetches, limits or Limits(), fetches_by, near, private)
        accesses = Accesses(database, vault, Providers(asks, urls, apps or {}, asks_by))
        desk = Desk(database, vault, accesses, lane=lane)
        self.courier = Courier(database, vault, blobs, desk, caller, lane=lane, clock=clock)
        super().__init__(
            "attachments", database, executor, self.courier, lambda wake: Ear(vault, lane, wake), lane=lane
        )

    def stop(self) -> None:
        super().stop()
        for client in self._clients:
            client.close()
