"""The polling worker: claims the channels that are due, and looks at each in a thread of its own.

A row is claimed in the database, so that any number of processes may run this and each channel is asked by one of them;
the claim is renewed while the look lasts. As long as there are threads to spare, a look waits for news.
"""

from __future__ import annotations

import logging
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

import psycopg

from adapters.channels.access import Accesses, Providers
from adapters.channels.contract import Patience
from adapters.delivery.health import Health
from adapters.feed.living import Living
from adapters.feed.log_feed import LogFeed
from adapters.intake import Intake
from adapters.polling import table
from adapters.polling.asking import Asker, Looked
from adapters.polling.ear import Ear
from adapters.polling.table import Due
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.faults import where
from adapters.vault.vault import Vault
from domain.errors import Rejected

log = logging.getLogger("parley.polling")

LOOKS = 32
PATIENT_LOOKS = 24
"""Looks at a time, and up to how many of them news are waited for."""
PATIENCE = 240.0
POLL = 0.5
HOLD_EVERY = 15.0
STUMBLED = 30.0


class Polling(Living):
    """`start` runs it in threads of its own; `run_once` looks at what is due in the caller's thread, and waits for no
    news."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        executor: Executor,
        providers: Providers,
        intake: Intake,
        *,
        lane: int = 0,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__("polling", database, log)
        self._executor = executor
        self._lane = lane
        self._patience = patience
        self._holder = uuid4().hex
        self._asker = Asker(Accesses(database, vault, providers), intake, Health(executor), random.Random())
        self._feed = LogFeed(database, [Ear(lane, self.wake)], lane=lane)
        self._ours: set[tuple[str, str]] = set()
        self._looks = ThreadPoolExecutor(LOOKS, thread_name_prefix="polling")

    def start(self) -> None:
        self._executor.on_commit.append(self._feed.wake)
        self._feed.start()
        super().start()

    def stop(self) -> None:
        """Looks that wait for news end within a second; what they have brought is taken in first."""
        super().stop()
        self._feed.stop()
        self._looks.shutdown(wait=True)

    def run_once(self) -> int:
        """Returns how many bodies were taken in."""
        self._feed.pump()
        with self._database.pool.connection() as connection:
            found = table.claim(connection, self._lane, self._holder, _now(connection), LOOKS)
        return sum(self._look(one, Patience()) for one in found)

    def live(self, connection: Connection) -> None:
        held = float("-inf")
        while not self._stop.is_set():
            self._woken.clear()
            now = _now(connection)
            if monotonic() - held > HOLD_EVERY:
                table.hold(connection, self._holder, list(self._ours), now)
                held = monotonic()
            free = LOOKS - len(self._ours)
            for one in table.claim(connection, self._lane, self._holder, now, free) if free > 0 else ():
                self._begin(one)
            self._woken.wait(POLL)

    def _begin(self, one: Due) -> None:
        self._ours.add((one.tenant, one.channel))
        patient = len(self._ours) <= PATIENT_LOOKS
        self._looks.submit(self._serve, one, Patience(self._patience if patient else 0.0, self._stop.is_set))

    def _serve(self, one: Due, patience: Patience) -> None:
        try:
            self._look(one, patience)
        finally:
            self._ours.discard((one.tenant, one.channel))
            self._woken.set()

    def _look(self, one: Due, patience: Patience) -> int:
        """One look, and what follows from it; a fault of ours leaves the cursor where it was."""
        try:
            looked = self._asker.look(one, patience, lambda cursor: self._keep(one, cursor))
        except (psycopg.Error, Rejected) as error:
            log.warning("a look at channel %s was interrupted: %s", one.channel, type(error).__name__)
            looked = Looked(one.cursor, STUMBLED, one.failed)
        except Exception as error:
            log.error("a look at channel %s failed: %s", one.channel, where(error))
            looked = Looked(one.cursor, STUMBLED, one.failed)
        self._settle(one, looked)
        return looked.taken

    def _keep(self, one: Due, cursor: str) -> bool:
        with self._database.pool.connection() as connection:
            return table.keep(connection, self._holder, one, cursor)

    def _settle(self, one: Due, looked: Looked) -> None:
        """If it cannot be written down, the claim ends by itself, and the look is taken again."""
        try:
            with self._database.pool.connection() as connection:
                if looked.cursor is None:
                    table.end(connection, one.tenant, one.channel, one.since)
                    return
                at = _now(connection) + timedelta(seconds=looked.pause)
                table.settle(connection, self._holder, one, looked.cursor, at, looked.failed)
        except psycopg.Error as error:
            log.warning("a look at channel %s was not written down: %s", one.channel, type(error).__name__)


def _now(connection: Connection) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
