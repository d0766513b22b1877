"""How well a channel works, by what its provider answers: degraded, and recovered at the next success (B05, B10).

How often a failure must be seen in a row before the channel counts as degraded is data; that it is degraded is an event
of the channel, so everybody sees since when and why.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Any

from adapters.channels.outcomes import SendResult
from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain.channel import Channel, Degradation
from domain.desk.services import AlertDelivery, DegradeChannel, RecoverChannel
from domain.errors import Rejected
from domain.kinds import KINDS
from domain.recorded import Actor

log = logging.getLogger("parley.delivery")

PROVIDER = Actor(kind="provider", id="delivery")
IN_A_ROW: dict[Degradation, int] = {"authorisation": 2, "provider": 3, "receiving_disabled": 1, "entitlement": 1}
WORKED = frozenset({"sent", "accepted"})
SHOWN_BEFORE: dict[Degradation | None, frozenset[Degradation]] = {
    "provider": frozenset(),
    "authorisation": frozenset({"provider"}),
    "entitlement": frozenset({"provider", "authorisation"}),
    "receiving_disabled": frozenset({"provider", "authorisation"}),
    None: frozenset({"provider", "authorisation", "receiving_disabled"}),
}
"""A provider that does not answer says nothing of our right, and one that refuses us nothing of its switches."""


class Health:
    """Thread-safe. Counts in memory: a restart asks for as many failures again, and forgets no event."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._failures: Counter[tuple[str, str, Degradation]] = Counter()
        self._smooth: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def heard(self, tenant: str, channel: str, state: Channel, result: SendResult) -> None:
        """`state` = the channel as it was before the call. What a person must mend is an alert until something goes."""
        if result.outcome == "operator_action":
            self._smooth.discard((tenant, channel))
            self._do(tenant, AlertDelivery(channel=channel))
        elif result.outcome in WORKED and (tenant, channel) not in self._smooth:
            self._smooth.add((tenant, channel))
            self._do(tenant, AlertDelivery(channel=channel, raised=False))
        cause = result.error.degrades if result.error is not None else None
        if cause is not None:
            if self._often(tenant, channel, cause):
                self._do(tenant, DegradeChannel(channel=channel, cause=cause))
        elif result.outcome in WORKED:
            self._forget(tenant, channel)
            for gone in sorted(state.causes & _refuted(state)):
                self._do(tenant, RecoverChannel(channel=channel, cause=gone))

    def seen(self, tenant: str, channel: str, state: Channel, trouble: Degradation | None) -> None:
        """What a look at the provider has found: `trouble`, and nothing of what would have shown before it."""
        if trouble is None:
            self._forget(tenant, channel)
        elif self._often(tenant, channel, trouble):
            self._do(tenant, DegradeChannel(channel=channel, cause=trouble))
        over = SHOWN_BEFORE[trouble] | (_refuted(state) if trouble is None else frozenset())
        for gone in sorted(state.causes & over):
            self._do(tenant, RecoverChannel(channel=channel, cause=gone))

    def _often(self, tenant: str, channel: str, cause: Degradation) -> bool:
        with self._lock:
            self._failures[tenant, channel, cause] += 1
            return self._failures[tenant, channel, cause] >= IN_A_ROW[cause]

    def _forget(self, tenant: str, channel: str) -> None:
        with self._lock:
            for cause in IN_A_ROW:
                self._failures.pop((tenant, channel, cause), None)

    def _do(self, tenant: str, command: Any) -> None:
        try:
            self._executor.execute(Request(tenant=tenant, command=command, actor=PROVIDER))
        except Rejected as refusal:
            log.warning("the state of channel %s could not be told: %s", command.channel, refusal.code)


def _refuted(state: Channel) -> frozenset[Degradation]:
    """What a message that was taken shows to be over. What the contract includes, no provider can tell."""
    shown: frozenset[Degradation] = frozenset({"provider", "authorisation"})
    return shown if KINDS[state.kind].service is not None else shown | {"entitlement"}
