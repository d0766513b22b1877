"""Whose door is this? A hook's address leads to a tenant and a channel, if its secret is right.

Addresses are looked up in the vault and kept for a few seconds, so that a rotated secret counts soon and a stranger who
guesses cannot keep the database busy.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType

from adapters.channels.http_client import App
from adapters.channels.keys import APP_SECRET, HOOK_PATH, channel_owner, hook_owner
from adapters.store.database import Database
from adapters.store.heads import Kept, StoredHeads
from adapters.vault.secrets import Secret
from adapters.vault.vault import Vault
from domain.channel import Channel
from domain.kinds import KINDS, ChannelKind

KEPT_FOR = 5.0
ASKED_AGAIN = 0.2
MOST_KEPT = 10_000
LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Door:
    """`values` = the settings that channels of this kind alone have; `account` = the external id of the channel."""

    tenant: str
    channel: str
    kind: ChannelKind
    path_secret: Secret
    secrets: Mapping[str, Secret]
    values: Mapping[str, object] = field(default_factory=dict)
    account: str = ""


class Doors:
    """`known` answers from memory, None = ask `look_up`, which reads the database and may block.

    `apps`: our applications by kind; the secret of one signs what comes in, for all channels of the kind. `newer`:
    worth asking again although it is known, because somebody who knows the address proves himself by a secret that we
    may have got since.
    """

    def __init__(self, database: Database, vault: Vault, apps: Mapping[str, App] = MappingProxyType({})) -> None:
        self._database = database
        self._vault = vault
        self._apps = apps
        self._kept: dict[tuple[str, str], tuple[float, tuple[Door, ...]]] = {}

    def known(self, kind: str, channel: str) -> tuple[Door, ...] | None:
        until, doors = self._kept.get((kind, channel), (0.0, ()))
        return doors if monotonic() < until else None

    def newer(self, kind: str, channel: str) -> tuple[Door, ...]:
        """As `look_up`, but not oftener than every `ASKED_AGAIN` seconds: then an empty answer."""
        until, _ = self._kept.get((kind, channel), (0.0, ()))
        asked_at = until - KEPT_FOR
        return self.look_up(kind, channel) if monotonic() - asked_at >= ASKED_AGAIN else ()

    def look_up(self, kind: str, channel: str) -> tuple[Door, ...]:
        """Every tenant's door under this name: two tenants may call a channel alike."""
        tenants = self._tenants(channel) if 0 < len(channel) <= LONGEST_ID and channel.isprintable() else []
        doors = tuple(door for tenant in tenants if (door := self._door(tenant, channel, kind)))
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[kind, channel] = (monotonic() + KEPT_FOR, doors)
        return doors

    def _tenants(self, channel: str) -> list[str]:
        with self._database.pool.connection() as connection:
            rows = connection.execute(
                "SELECT tenant FROM parley.secret WHERE owner = %s AND name = %s", (hook_owner(channel), HOOK_PATH)
            ).fetchall()
        return [tenant for (tenant,) in rows]

    def _door(self, tenant: str, channel: str, kind: str) -> Door | None:
        self._vault.lane_of(tenant)  # brings the tenant's hashing key, so that no request waits for it later
        secrets = self._vault.secrets_of(tenant, hook_owner(channel), channel_owner(channel))
        with self._database.pool.connection() as connection:
            state: Channel = StoredHeads(connection, tenant, Kept()).head(f"channel-{channel}").state
        path = secrets.get(HOOK_PATH)
        if path is None or state.phase == "unknown" or state.kind != kind:
            return None
        values = {name: getattr(state.settings, name) for name in KINDS[state.kind].own}
        if (app := self._apps.get(state.kind)) is not None:
            secrets = {APP_SECRET: app.secret, **secrets}
        return Door(tenant, channel, state.kind, path, secrets, values, state.external_id or "")


def opened_by(doors: tuple[Door, ...], path_secret: str) -> Door | None:
    """The door that this secret opens. Every door is compared, in constant time."""
    given = path_secret.encode("utf-8", "surrogatepass")
    fits = [door for door in doors if hmac.compare_digest(given, door.path_secret.reveal().encode())]
    return fits[0] if fits else None
