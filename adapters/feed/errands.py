"""Calls to the world outside that follow from the log: messages to providers, messages to bots.

An ear turns events into rows; a few couriers take rows up and call, at most one for each dialog. Rows are claimed in
the database, so any number of processes may run the same errands; what a process that died has left is swept up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Generic, Protocol, TypeVar

import psycopg

from adapters.feed import Consumer
from adapters.feed.living import Living
from adapters.feed.log_feed import LogFeed
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.faults import where
from domain.errors import Rejected

CALLS = 8
PAGE = 200
POLL = 0.2
SWEEP = 5.0
REST = 1.0
"""What has failed for a reason of ours is let alone for so long: its row may be due again at once."""


class Errand(Protocol):
    @property
    def tenant(self) -> str: ...
    @property
    def dialog(self) -> str: ...


E = TypeVar("E", bound=Errand)


class Courier(Protocol[E]):
    """`serve` says whether a call was made; it raises what the database raises, and leaves the row to the sweep."""

    def due(self, connection: Connection, limit: int) -> Sequence[E]: ...
    def serve(self, one: E) -> bool: ...
    def sweep(self, connection: Connection) -> None: ...
    def report(self, connection: Connection) -> None: ...


class Errands(Living, Generic[E]):
    """`start` runs it in threads of its own; `run_once` does one round in the caller's thread."""

    def __init__(
        self,
        name: str,
        database: Database,
        executor: Executor,
        courier: Courier[E],
        ear: Callable[[Callable[[], None]], Consumer],
        *,
        lane: int = 0,
    ) -> None:
        super().__init__(name, database, logging.getLogger(f"parley.{name}"))
        self._executor = executor
        self._courier = courier
        self._feed = LogFeed(database, [ear(self.wake)], lane=lane)
        self._busy: set[tuple[str, str]] = set()
        self._resting: dict[tuple[str, str], float] = {}
        self._calls = ThreadPoolExecutor(CALLS, thread_name_prefix=name)

    def start(self) -> None:
        self._executor.on_commit.append(self._feed.wake)
        self._feed.start()
        super().start()

    def stop(self) -> None:
        """Finish the calls that are running, then stop."""
        super().stop()
        self._feed.stop()
        self._calls.shutdown(wait=True)

    def run_once(self) -> int:
        """Hear, call and report what is due now, one call a dialog. Returns the number of calls made."""
        self._feed.pump()
        with self._database.pool.connection() as connection:
            self._courier.sweep(connection)
            found = self._courier.due(connection, PAGE)
        made = sum(self._courier.serve(one) for one in found)
        with self._database.pool.connection() as connection:
            self._courier.report(connection)
        return made

    def live(self, connection: Connection) -> None:
        swept = float("-inf")
        while not self._stop.is_set():
            self._woken.clear()
            if monotonic() - swept > SWEEP:
                self._courier.sweep(connection)
                swept = monotonic()
            if not self._hand_out(connection):
                self._woken.wait(POLL)

    def _hand_out(self, connection: Connection) -> int:
        """Give what is due to free couriers; a dialog that one of them is serving, or that rests, is left alone."""
        busy = set(self._busy)
        free = CALLS - len(busy)
        if free <= 0:
            return 0
        aside = busy | self._at_rest()
        found = self._courier.due(connection, free + len(aside))
        chosen = [one for one in found if (one.tenant, one.dialog) not in aside][:free]
        for one in chosen:
            self._busy.add((one.tenant, one.dialog))
            self._calls.submit(self._serve, one)
        return len(chosen)

    def _at_rest(self) -> set[tuple[str, str]]:
        now = monotonic()
        for name in [name for name, until in list(self._resting.items()) if until <= now]:
            self._resting.pop(name, None)
        return set(self._resting)

    def _serve(self, one: E) -> None:
        name = (one.tenant, one.dialog)
        try:
            self._courier.serve(one)
            with self._database.pool.connection() as connection:
                self._courier.report(connection)
        except (psycopg.Error, Rejected) as error:
            self._resting[name] = monotonic() + REST
            self._log.warning("%s of one dialog interrupted: %s", self._name, type(error).__name__)
        except Exception as error:
            self._resting[name] = monotonic() + REST
            self._log.error("%s of one dialog failed: %s", self._name, where(error))
        finally:
            self._busy.discard(name)
            self._woken.set()
