"""May this message leave now? Its place is reserved in the database, so all processes keep one pace, also after a
restart; a message that must wait is not looked at before its moment, and holds back nobody else's.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from adapters.delivery import table
from adapters.delivery.table import Due
from adapters.store.database import Connection
from domain.kinds import ChannelKind
from processors.pace import Rate, Scope, goes_at

HELD = "held"


class Pace:
    def __init__(self, rates: Mapping[ChannelKind, tuple[Rate, ...]]) -> None:
        self._rates = rates

    def must_wait(
        self,
        connection: Connection,
        one: Due,
        kind: ChannelKind,
        channel: str,
        keys: Mapping[Scope, str],
        now: datetime,
    ) -> bool:
        """True: its row has got the moment at which it is its turn. `keys` = the name of each scope's row."""
        held = table.free_at(connection, one.tenant, channel, HELD)
        if held is not None and held > now:
            table.postpone(connection, one, held)
            return True
        rates = self._rates.get(kind, ())
        for number in range(one.paced, len(rates)):
            rate = rates[number]
            free_at = table.reserve(connection, one.tenant, channel, keys[rate.per], rate.spacing, now)
            if (moment := goes_at(free_at, rate, now)) > now:
                table.pace(connection, one, moment, number + 1)
                return True
        if one.paced:
            self._kept_waiting(connection, one, channel, rates, keys, now)
        return False

    def hold(self, connection: Connection, tenant: str, channel: str, until: datetime) -> None:
        """The whole account was told to slow down."""
        table.hold(connection, tenant, channel, HELD, until)

    def _kept_waiting(
        self,
        connection: Connection,
        one: Due,
        channel: str,
        rates: tuple[Rate, ...],
        keys: Mapping[Scope, str],
        now: datetime,
    ) -> None:
        """It leaves later than its chat was told; the chat's next message counts from now."""
        for rate in rates[: one.paced]:
            if rate.per != "account" and rate.burst == 1:
                table.hold(connection, one.tenant, channel, keys[rate.per], now + rate.spacing)


class Crowd:
    """How many calls of one channel run at once in this process: a provider that hangs never takes all couriers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def full(self) -> list[str]:
        """Channels of which no more may run now. A namesake in another tenant waits for a moment, too."""
        with self._lock:
            return [channel for (_, channel), running in self._running.items() if running >= self._most]

    @contextmanager
    def place(self, tenant: str, channel: str) -> Iterator[bool]:
        """True: there is one, and it is ours until the end."""
        name = (tenant, channel)
        with self._lock:
            free = self._running[name] < self._most
            self._running[name] += free
        try:
            yield free
        finally:
            with self._lock:
                self._running[name] -= free
                if not self._running[name]:
                    del self._running[name]
