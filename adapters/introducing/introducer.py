"""Asks the provider who a customer is, once he has a dialog and no name. What it says becomes his profile.

A name is worth a call and no more: what a process that dies had not asked yet is asked with the customer's next dialog.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import Introduces
from adapters.feed.log_feed import LogFeed
from adapters.store.codec import Codec
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.log import Log
from adapters.store.requests import Request
from adapters.vault.vault import KeyGone, Vault
from domain import customer as customers
from domain.desk.directory import KnowProfile
from domain.dialog.events import Opened
from domain.errors import NotAllowed, NotFound, Rejected
from domain.recorded import Actor, Recorded

log = logging.getLogger("parley.introducing")

MOST_WAITING = 10_000
PROVIDER = Actor(kind="provider", id="introducing")
REAL = "SELECT EXISTS (SELECT FROM parley.tenant WHERE tenant = %s AND virtual_now IS NULL)"


class Stranger(NamedTuple):
    tenant: str
    channel: str
    customer: str


class Introducer:
    """`start` runs it in threads of its own; `run_once` asks about everybody who waits, in the caller's thread."""

    def __init__(
        self, database: Database, vault: Vault, executor: Executor, accesses: Accesses, *, lane: int = 0
    ) -> None:
        self._database = database
        self._executor = executor
        self._accesses = accesses
        self._log = Log(database)
        self._codec = Codec(vault)
        self._dull: set[tuple[str, str]] = set()
        self._waiting: queue.Queue[Stranger | None] = queue.Queue(MOST_WAITING)
        self._feed = LogFeed(database, [Ear(self._waiting)], lane=lane)
        self._thread = threading.Thread(target=self._run, name="introducing", daemon=True)

    def start(self) -> None:
        self._executor.on_commit.append(self._feed.wake)
        self._feed.start()
        self._thread.start()

    def stop(self) -> None:
        self._feed.stop()
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def run_once(self) -> None:
        self._feed.pump()
        while not self._waiting.empty():
            if (one := self._waiting.get()) is not None:
                self._introduce(one)

    def _run(self) -> None:
        while (one := self._waiting.get()) is not None:
            self._introduce(one)

    def _introduce(self, one: Stranger) -> None:
        """Whatever goes wrong, he stays without a name, and everything else goes on."""
        try:
            self._ask(one)
        except (Rejected, KeyGone, psycopg.Error) as why:
            log.info("who customer %s is could not be learned: %s", one.customer, type(why).__name__)

    def _ask(self, one: Stranger) -> None:
        adapter = self._adapter(one)
        if adapter is None:
            return
        external_id, profile = self._known(one)
        if not external_id or profile.get("name"):
            return
        told = self._told(one, adapter, external_id)
        if told:
            wanted = KnowProfile(customer=one.customer, fields={**profile, **told})
            self._executor.execute(Request(tenant=one.tenant, command=wanted, actor=PROVIDER))

    def _adapter(self, one: Stranger) -> Introduces | None:
        """None: the kind of this channel needs nobody to be asked. A channel's kind never changes."""
        if (one.tenant, one.channel) in self._dull:
            return None
        adapter: object = adapter_of(self._accesses.state(one.tenant, one.channel).kind)
        if isinstance(adapter, Introduces) and self._lives(one.tenant):
            return adapter
        self._dull.add((one.tenant, one.channel))
        return None

    def _told(self, one: Stranger, adapter: Introduces, external_id: str) -> dict[str, str]:
        access = self._accesses.of(one.tenant, one.channel)
        try:
            return dict(adapter.who_is(access, external_id))
        except NotAllowed:
            fresh = self._accesses.refreshed(one.tenant, one.channel, access)
            return dict(adapter.who_is(fresh, external_id)) if fresh is not None else {}
        except NotFound:
            return {}

    def _known(self, one: Stranger) -> tuple[str, dict[str, str]]:
        """His id at the provider, and what his profile says so far."""
        external_id, profile = "", {}
        for recorded in self._log.stream(one.tenant, f"customer-{one.customer}"):
            match self._codec.opened(one.tenant, recorded.event):
                case customers.Created(external_id=str(known)):
                    external_id = known
                case customers.ProfileChanged(fields=dict(fields)):
                    profile = fields
        return external_id, profile

    def _lives(self, tenant: str) -> bool:
        """Customers of a played tenant are nobody."""
        with self._database.pool.connection() as connection:
            row = connection.execute(REAL, (tenant,)).fetchone()
        return bool(row and row[0])


class Ear:
    """A `Consumer`: hears of dialogs that begin."""

    name = "processor:introducing"
    hears: frozenset[str] | None = frozenset({"dialog.opened"})

    def __init__(self, waiting: queue.Queue[Stranger | None]) -> None:
        self._waiting = waiting

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        for one in events:
            if isinstance(one.event, Opened) and not self._waiting.full():
                self._waiting.put(Stranger(one.tenant, one.event.channel, one.event.customer))
