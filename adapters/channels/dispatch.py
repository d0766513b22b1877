"""Which channel is it for? Meta knows one address for all pages of an application, and one for all numbers of a
business account; so what comes through a channel's door may be another's, even another tenant's.

An account leads to the channel that is in effect for it, else to the one last in effect (§3, D15). What nobody has ever
connected stays with the door: its messages go to the quarantine (C17), all else is ignored. The sender of the body
never learns whose an account is, and a tenant sees only what is for its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import NamedTuple

from adapters.channels.contract import ChannelAdapter
from adapters.channels.doors import Door
from adapters.channels.inbound import Inbound
from adapters.store.database import Connection, Database
from adapters.store.heads import EVERYBODY, Kept, StoredHeads
from adapters.vault.vault import Vault
from domain.account import Account

KEPT_FOR = 5.0
MOST_KEPT = 10_000
LONGEST_ACCOUNT = 200
WAITS = frozenset({"message", "button", "invalid"})
"""Of a stranger's things only these can wait in a quarantine; the others are about messages that we do not have."""
OWNER = "SELECT value FROM parley.fact WHERE tenant = %s AND kind = 'owner' AND key = %s"
FORMER_OWNERS = """
SELECT event.tenant FROM parley.tenant
JOIN parley.event ON event.tenant = tenant.tenant AND event.stream = 'account-' || tenant.tenant || ':' || %s
GROUP BY event.tenant ORDER BY max(event.recorded_at) DESC LIMIT 10
"""


class Address(NamedTuple):
    tenant: str
    channel: str


class Share(NamedTuple):
    """What of one body is for one channel."""

    address: Address
    things: tuple[Inbound, ...]


class Dispatch:
    """Accounts are looked up once in a few seconds, so that a stranger's body cannot keep the database busy."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._kept: dict[tuple[str, str], tuple[float, Address | None]] = {}

    async def shares(self, door: Door, adapter: ChannelAdapter, things: Sequence[Inbound]) -> list[Share]:
        """In the order of their first things. May ask the database, in a thread."""
        ours = Address(door.tenant, door.channel)
        if not adapter.names_account or not any(_elsewhere(door, thing) for thing in things):
            return [Share(ours, tuple(things))]
        shared: dict[Address, list[Inbound]] = {}
        for thing in things:
            found = await self._whose(door, str(thing.account_id)) if _elsewhere(door, thing) else ours
            address = found or ours
            shared.setdefault(address, []).append(thing if found else _strange(thing))
        return [Share(address, tuple(of_one)) for address, of_one in shared.items()]

    async def _whose(self, door: Door, account: str) -> Address | None:
        until, found = self._kept.get((door.kind, account), (0.0, None))
        if monotonic() < until:
            return found
        found = await asyncio.to_thread(self._look_up, door.kind, account)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[door.kind, account] = (monotonic() + KEPT_FOR, found)
        return found

    def _look_up(self, kind: str, account: str) -> Address | None:
        key = f"{kind}:{self._vault.account_key(kind, account[:LONGEST_ACCOUNT])}"
        with self._database.pool.connection() as connection:
            for tenant in _tenants(connection, key):
                state: Account = StoredHeads(connection, tenant, Kept()).head(f"account-{tenant}:{key}").state
                channel = state.in_effect or state.last
                if channel is not None:
                    self._vault.lane_of(tenant)  # brings the tenant's hashing key, so that nobody waits for it later
                    return Address(tenant, channel)
        return None


def _tenants(connection: Connection, key: str) -> list[str]:
    """Whose the account is; of one that is nobody's now, whose it was, the last of them first."""
    owner = connection.execute(OWNER, (EVERYBODY, key)).fetchone()
    if owner is not None:
        return [str(owner[0])]
    return [tenant for (tenant,) in connection.execute(FORMER_OWNERS, (key,)).fetchall()]


def _elsewhere(door: Door, thing: Inbound) -> bool:
    return thing.account_id is not None and thing.account_id != door.account


def _strange(thing: Inbound) -> Inbound:
    return thing if thing.kind in WAITS else replace(thing, kind="ignore", reason="account_not_connected")
