"""The example world at work: bots, office, customers and agents, from `start` to `stop`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.channels.connecting import Connector
from adapters.channels.http_client import http_client
from adapters.demo.crew import Crew
from adapters.demo.office import SHOPS, Office, Shop
from adapters.demo.plan import Arrival, arrivals
from adapters.doubles.telegram import TelegramDouble
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.heads import Kept, StoredHeads
from adapters.vault import Vault
from domain.channel import Channel

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

    def __init__(self, stage: Stage, *, seed: int = 7, speed: float = 1.0) -> None:
        self._stage = stage
        self._speed = speed
        self._client = http_client()
        self._telegrams = {shop.channel: self._telegram(shop) for shop in SHOPS}
        self._channels = {shop.language: shop.channel for shop in SHOPS}
        codec = Codec(stage.vault)
        self.crew = Crew(stage.executor, codec, stage.tenant, self._bring, seed=seed, speed=speed)
        self._plan = self._from_now_on(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)

    def start(self) -> None:
        """Furnish the office; then traffic keeps arriving until `stop`."""
        for telegram in self._telegrams.values():
            telegram.start()
        stage = self._stage
        connector = Connector(stage.database, stage.vault, stage.executor, self._client, stage.public_url)
        stage.executor.on_commit.append(self.crew.hear)
        Office(stage.executor, connector, stage.tenant).furnish(self._telegrams)
        self._inherit()
        self._schedule(next(self._plan), 0.0)
        self.crew.later(45, self.crew.break_now_and_then)
        self._thread.start()

    def _telegram(self, shop: Shop) -> TelegramDouble:
        """At the address of the run before, so that a new run saves no other; at a free one where that is taken."""
        for port in (self._port_before(shop.channel), 0):
            try:
                return TelegramDouble(
                    token=shop.token, name=shop.name, username=shop.bot, speed=max(self._speed, 1.0), port=port
                )
            except OSError:
                if port == 0:
                    raise
        raise AssertionError("a free port is always tried")

    def _port_before(self, channel: str) -> int:
        with self._stage.database.pool.connection() as connection:
            state: Channel = StoredHeads(connection, self._stage.tenant, Kept()).head(f"channel-{channel}").state
        return urlsplit(state.settings.base_url or "").port or 0

    def stop(self) -> None:
        """Nobody begins anything any more; what was said is in the log."""
        self._stop.set()
        self.crew.wake()
        if self._thread.is_alive():
            self._thread.join()
        if self.crew.hear in self._stage.executor.on_commit:
            self._stage.executor.on_commit.remove(self.crew.hear)
        for telegram in self._telegrams.values():
            telegram.stop()
        self._client.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.crew.work()

    def _schedule(self, arrival: Arrival, before: float) -> None:
        def arrive() -> None:
            self.crew.arrive(arrival)
            self._schedule(next(self._plan), arrival.offset)

        self.crew.later(arrival.offset - before, arrive)

    def _bring(self, arrival: Arrival, text: str) -> None:
        self._telegrams[self._channels[arrival.language]].customer_says(arrival.chat, text, name=arrival.name)

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
