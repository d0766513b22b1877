"""Every few minutes each working channel's provider is asked whether our right still counts and messages are received
(B05, B10). What is wrong must be seen as often in a row as delivery wants it, and is told again when it is over.

A first bad answer is looked into soon. Two processes may watch at once: what both see is one event.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

import psycopg

from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import ConnectsByToken, Watched
from adapters.channels.http_client import Access
from adapters.delivery.health import Health
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.watching.listing import Working, working
from domain.channel import Degradation
from domain.errors import NotFound, Rejected, Unavailable

log = logging.getLogger("parley.watching")

EVERY = 600.0
SOON = 60.0
TICK = 5.0
Clock = Callable[[], float]


class Watcher:
    """`look` takes one round in the caller's thread: those whose time has come by `clock`, in seconds."""

    def __init__(
        self, database: Database, executor: Executor, accesses: Accesses, *, lane: int = 0, clock: Clock = monotonic
    ) -> None:
        self._database = database
        self._accesses = accesses
        self._health = Health(executor)
        self._lane = lane
        self._clock = clock
        self._due: dict[tuple[str, str], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> int:
        """How many channels were asked about."""
        with self._database.connect() as connection:
            due = [one for one in working(connection, self._lane) if self._is_due(one)]
        for one in due:
            if self._stop.is_set():
                break
            self._look_at(one)
        return len(due)

    def _is_due(self, one: Working) -> bool:
        """A channel that is seen for the first time has just been checked, or we have just begun."""
        return self._clock() >= self._due.setdefault((one.tenant, one.channel), self._clock() + SOON)

    def _look_at(self, one: Working) -> None:
        try:
            trouble = trouble_now(self._accesses, one)
        except NotFound:
            trouble = None
        except Unavailable:
            trouble = "provider"
        self._health.seen(one.tenant, one.channel, one.state, trouble)
        self._due[one.tenant, one.channel] = self._clock() + (SOON if trouble else EVERY)

    def _run(self) -> None:
        while not self._stop.wait(TICK):
            try:
                self.look()
            except (psycopg.Error, Rejected) as error:
                log.warning("watching interrupted: %s", type(error).__name__)


def trouble_now(accesses: Accesses, one: Working) -> Degradation | None:
    """After a refusal once more, with a token made fresh, where there are such. Raises `NotFound`, `Unavailable`."""
    adapter, access = adapter_of(one.state.kind), accesses.of(one.tenant, one.channel, one.state)
    found = trouble_of(adapter, access)
    if found != "authorisation":
        return found
    fresh = accesses.refreshed(one.tenant, one.channel, access)
    return found if fresh is None else trouble_of(adapter, fresh)


def can_be_asked(adapter: object) -> bool:
    """Some providers have nothing to be asked: they are heard of only when a customer writes."""
    return isinstance(adapter, Watched | ConnectsByToken)


def trouble_of(adapter: object, access: Access) -> Degradation | None:
    """A bot's token can be checked as it was at first; kinds that know more say so themselves. Raises `Unavailable`."""
    if isinstance(adapter, Watched):
        return adapter.trouble(access)
    if isinstance(adapter, ConnectsByToken):
        return "authorisation" if adapter.check_token(access) is None else None
    return None
