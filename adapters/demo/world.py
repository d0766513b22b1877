"""The example world at work: bots, office, customers and agents, from `start` to `stop`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.channels.connecting import Connector
from adapters.channels.http_client import http_client
from adapters.demo.clerk import Clerk
from adapters.demo.counters import Street
from adapters.demo.crew import Crew
from adapters.demo.office import furnish
from adapters.demo.plan import Arrival, arrivals
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.heads import Kept, StoredHeads
from adapters.vault import Vault

log = logging.getLogger("parley.demo")

CHATS_A_RUN = 1_000_000
OPEN_DIALOGS = "SELECT dialog FROM parley.conversation WHERE tenant = %s AND open ORDER BY dialog"


@dataclass(frozen=True)
class Stage:
    """The engine that the world plays on."""

    database: Database
    vault: Vault
    executor: Executor
    tenant: str
    public_url: str


class World:
    """`seed` decides who writes what and when; `speed` 60 lets an hour's traffic come in a minute."""

    def __init__(self, stage: Stage, street: Street, *, seed: int = 7, speed: float = 1.0) -> None:
        """`street` is open already: the engine was told its addresses."""
        self._stage = stage
        self._street = street
        self._client = http_client()
        codec = Codec(stage.vault)
        self.crew = Crew(stage.executor, codec, stage.tenant, street.says, seed=seed, speed=speed)
        self._plan = self._from_now_on(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)

    def start(self) -> None:
        """Furnish the office; then traffic keeps arriving until `stop`."""
        stage, street = self._stage, self._street
        connector = Connector(
            stage.database, stage.vault, stage.executor, self._client, stage.public_url, street.urls, street.apps
        )
        stage.executor.on_commit.append(self.crew.hear)
        furnish(Clerk(connector, stage.tenant), street)
        self._inherit()
        self._schedule(next(self._plan), 0.0)
        self.crew.later(45, self.crew.break_now_and_then)
        self._thread.start()

    def stop(self) -> None:
        """Nobody begins anything any more; what was said is in the log."""
        self._stop.set()
        self.crew.wake()
        if self._thread.is_alive():
            self._thread.join()
        if self.crew.hear in self._stage.executor.on_commit:
            self._stage.executor.on_commit.remove(self.crew.hear)
        self._client.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.crew.work()

    def _schedule(self, arrival: Arrival, before: float) -> None:
        def arrive() -> None:
            self.crew.arrive(arrival)
            self._schedule(next(self._plan), arrival.offset)

        self.crew.later(arrival.offset - before, arrive)

    def _from_now_on(self, seed: int) -> Iterator[Arrival]:
        """A world that goes on after a restart meets new people: chats and message numbers begin anew with each run."""
        with self._stage.database.pool.connection() as connection:
            row = connection.execute(
                "SELECT count(*) FROM parley.event WHERE tenant = %s AND kind = 'customer.created'",
                (self._stage.tenant,),
            ).fetchone()
        met = row[0] if row else 0
        return arrivals(seed + met, CHATS_A_RUN * (1 + met) if met else 100_000)

    def _inherit(self) -> None:
        with self._stage.database.pool.connection() as connection:
            dialogs = [dialog for (dialog,) in connection.execute(OPEN_DIALOGS, (self._stage.tenant,))]
            heads = StoredHeads(connection, self._stage.tenant, Kept())
            heads.load_heads(f"dialog-{dialog}" for dialog in dialogs)
            for dialog in dialogs:
                self.crew.inherit(dialog, heads.head(f"dialog-{dialog}").state.assignee)


__all__ = ["Stage", "World"]
