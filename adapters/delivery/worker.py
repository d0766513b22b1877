"""The delivery worker: hears what is to be sent, and keeps a few couriers busy, at most one for each dialog."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import httpx2
import psycopg

from adapters.channels.http_client import http_client
from adapters.delivery import table
from adapters.delivery.courier import PAGE, Clock, Courier
from adapters.delivery.table import Due
from adapters.feed.log_feed import LogFeed
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.faults import where
from adapters.vault.vault import Vault
from domain.errors import Rejected
from domain.recorded import Recorded
from processors.delivery import HEARS

log = logging.getLogger("parley.delivery")

CALLS = 8
POLL = 0.2
SWEEP = 5.0


class Delivery:
    """`start` runs it in threads of its own; `run_once` does one round in the caller's thread.

    `provider_urls`: by kind, another address than the provider's own, for channels whose settings name none.
    """

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
    ) -> None:
        self._database = database
        self._executor = executor
        self._own_client = http_client() if client is None else None
        used = self._own_client or client
        assert used is not None
        urls = provider_urls or {}
        self._courier = Courier(database, vault, executor, used, lane=lane, clock=clock, provider_urls=urls)
        self._feed = LogFeed(database, [Ear(lane, self.wake)], lane=lane)
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._busy: set[tuple[str, str]] = set()
        self._calls = ThreadPoolExecutor(CALLS, thread_name_prefix="delivery")
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        self._executor.on_commit.append(self._feed.wake)
        self._feed.start()
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        """Finish the calls that are running, then stop."""
        self._stop.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        self._feed.stop()
        self._calls.shutdown(wait=True)
        if self._own_client is not None:
            self._own_client.close()

    def run_once(self) -> int:
        """Hear, deliver and report what is due now, one message a dialog. Returns the number of calls made."""
        self._feed.pump()
        with self._database.pool.connection() as connection:
            self._courier.sweep(connection)
            found = self._courier.due(connection, PAGE)
        made = sum(self._courier.deliver(one) for one in found)
        with self._database.pool.connection() as connection:
            self._courier.report(connection)
        return made

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.connect() as connection:
                    self._live(connection)
            except (psycopg.Error, Rejected) as error:
                log.warning("delivery interrupted: %s", type(error).__name__)
                self._stop.wait(1.0)

    def _live(self, connection: Connection) -> None:
        swept = float("-inf")
        while not self._stop.is_set():
            self._woken.clear()
            if monotonic() - swept > SWEEP:
                self._courier.sweep(connection)
                swept = monotonic()
            if not self._hand_out(connection):
                self._woken.wait(POLL)

    def _hand_out(self, connection: Connection) -> int:
        """Give what is due to free couriers; a dialog that one of them is serving is left alone."""
        busy = set(self._busy)
        free = CALLS - len(busy)
        if free <= 0:
            return 0
        found = self._courier.due(connection, free + len(busy))
        chosen = [one for one in found if (one.tenant, one.dialog) not in busy][:free]
        for one in chosen:
            self._busy.add((one.tenant, one.dialog))
            self._calls.submit(self._serve, one)
        return len(chosen)

    def _serve(self, one: Due) -> None:
        try:
            self._courier.deliver(one)
            with self._database.pool.connection() as connection:
                self._courier.report(connection)
        except (psycopg.Error, Rejected) as error:
            log.warning("delivery of one message interrupted: %s", type(error).__name__)
        except Exception as error:
            log.error("delivery of one message failed: %s", where(error))
        finally:
            self._busy.discard((one.tenant, one.dialog))
            self._woken.set()


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
