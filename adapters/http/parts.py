"""What the HTTP door is made of. The composition root fills it; nothing here knows how the parts came to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.attachments import Shelf
from adapters.channels.http_client import App
from adapters.intake_outbox import Outbox
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.log import Log
from adapters.vault.vault import Vault
from domain.kinds import ChannelKind


@dataclass(frozen=True)
class Parts:
    """`schema` = the migration that this release needs. `public_url` = where providers reach our hooks.

    `presence_lease` = how long an agent's sign of life counts, seconds.
    `provider_urls` = per kind of channel another address than the provider's own: the doubles of tests and the demo.
    `apps` = per kind of channel, or mail service, our application there: what logins go through.
    `proxies` = by the name that channels' settings use, the address of an outbound proxy.
    `private_providers` = channels' settings may name addresses in our own network.
    `kinds_off` = kinds of channel that are not connected here.
    `private_bots` = bots may be at private addresses and without TLS.
    `shelf` = where files of messages are kept; None: this door neither shows nor takes any.
    """

    database: Database
    vault: Vault
    log: Log
    executor: Executor
    schema: int
    lane: int = 0
    outbox: Outbox | None = None
    public_url: str | None = None
    presence_lease: int = 60
    provider_urls: dict[str, str] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    proxies: Mapping[str, str] = field(default_factory=dict)
    private_bots: bool = False
    private_providers: bool = False
    kinds_off: frozenset[ChannelKind] = frozenset()
    shelf: Shelf | None = None
