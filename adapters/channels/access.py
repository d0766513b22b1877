"""How a channel reaches its provider: its secrets, its settings, our application there, a token made fresh in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Lock

import httpx2
from psycopg.errors import LockNotAvailable

from adapters.channels import channel as adapter_of
from adapters.channels.base_urls import callable_now
from adapters.channels.contract import Refreshes
from adapters.channels.http_client import Access, App
from adapters.channels.keys import BASE_URL, candidate_owner, channel_owner
from adapters.store.database import Database
from adapters.store.heads import Kept, StoredHeads
from adapters.vault.secrets import Secret
from adapters.vault.vault import Vault
from domain.channel import Channel
from domain.errors import Conflict, NotFound, Unavailable

TOLD_TO_PROVIDERS = ("number", "address", "namespace_id")


@dataclass(frozen=True, slots=True)
class Providers:
    """What an installation says of providers. `urls`: by kind another address than the provider's own, for channels
    whose settings name none; `apps`: by kind, or by the name of a mail service, our application there; `proxies`: by
    the name that settings use, a client whose calls go through that proxy; `private`: settings may name addresses in
    our own network."""

    client: httpx2.Client
    urls: Mapping[str, str] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    proxies: Mapping[str, httpx2.Client] = field(default_factory=dict)
    private: bool = False

    def access(self, state: Channel, secrets: Mapping[str, Secret]) -> Access:
        settings = state.settings
        values = {name: str(value) for name in TOLD_TO_PROVIDERS if (value := getattr(settings, name))}
        base_url = callable_now(settings.base_url, private=self.private) or self.urls.get(state.kind)
        app = self.apps.get(state.kind)
        return Access(self._client(settings.proxy), secrets, base_url, state.external_id or "", app, self.apps, values)

    def _client(self, proxy: str | None) -> httpx2.Client:
        """Never past a proxy that was asked for: what the network does not let through must not leave it elsewhere."""
        if proxy is None:
            return self.client
        if proxy not in self.proxies:
            raise Unavailable("proxy_unknown", "This installation has no proxy of that name any more.")
        return self.proxies[proxy]


def app_of(access: Access) -> App:
    """Our application at the provider. Raises `Conflict` where the installation has none."""
    if access.app is None:
        raise Conflict("no_app", "This installation has no application at the provider yet; set PARLEY_APPS.")
    return access.app


class Accesses:
    """Of any channel of the store. Blocks."""

    def __init__(self, database: Database, vault: Vault, providers: Providers) -> None:
        self._database = database
        self._vault = vault
        self._providers = providers

    def state(self, tenant: str, channel: str) -> Channel:
        """Raises `NotFound`."""
        with self._database.pool.connection() as connection:
            state: Channel = StoredHeads(connection, tenant, Kept()).head(f"channel-{channel}").state
        if state.phase == "unknown":
            raise NotFound("channel_unknown", "There is no such channel.")
        return state

    def of(self, tenant: str, channel: str, state: Channel | None = None) -> Access:
        """With the secrets in effect."""
        secrets = self._vault.secrets_of(tenant, channel_owner(channel))
        return self._providers.access(state or self.state(tenant, channel), secrets)

    def candidate(
        self, tenant: str, channel: str, state: Channel, secrets: Mapping[str, Secret] | None = None
    ) -> Access:
        """With those that are being checked in front of those in effect."""
        waiting = {**self._vault.secrets_of(tenant, candidate_owner(channel)), **(secrets or {})}
        access = self._providers.access(state, {**self._vault.secrets_of(tenant, channel_owner(channel)), **waiting})
        if BASE_URL not in waiting:
            return access
        url = callable_now(waiting[BASE_URL].reveal(), private=self._providers.private)
        return replace(access, base_url=url)

    def refreshed(self, tenant: str, channel: str, stale: Access) -> Access | None:
        """The same with new tokens, made by us or, while we waited, by somebody else. None: there are none to be had.

        One at a time: a provider that renews both tokens at once forgets the old ones, and who uses those is out.
        Raises `Unavailable`."""
        state = self.state(tenant, channel)
        adapter = adapter_of(state.kind)
        if not isinstance(adapter, Refreshes):
            return None
        with _turn(tenant, channel), AT_ONCE:
            try:
                return self._renewed(tenant, channel, state, adapter, stale)
            except LockNotAvailable:
                raise Unavailable("provider_unavailable", "The token is being renewed elsewhere; try again.") from None

    def _renewed(self, tenant: str, channel: str, state: Channel, adapter: Refreshes, stale: Access) -> Access | None:
        with self._database.pool.connection() as connection, connection.transaction():
            connection.execute(ONE_AT_A_TIME, (f"{tenant}|{channel}",))
            now = self.of(tenant, channel, state)
            if dict(now.secrets) != dict(stale.secrets):
                return now
            fresh = adapter.refresh(now)
            if fresh is None:
                return None
            self._vault.put_secrets(tenant, channel_owner(channel), fresh)
        return self.of(tenant, channel, state)


ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('parley refresh ' || %s, 0))"
"""Between processes. Within one, a thread that waits must not hold a connection, or those who wait take them all from
the one who works."""
TURNS = tuple(Lock() for _ in range(64))
AT_ONCE = BoundedSemaphore(2)


def _turn(tenant: str, channel: str) -> Lock:
    return TURNS[hash((tenant, channel)) % len(TURNS)]
