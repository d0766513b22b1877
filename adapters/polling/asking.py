"""One look at one channel's provider: what came is taken in, and only then the cursor moves.

A provider that does not answer, or does not let us in, makes the channel degraded by the same rules as sending does;
the next success lifts it. A token that has ended is renewed once before the refusal counts.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import Patience, Polled, Polls, PollsPatiently
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult, again, bad_credentials, sent
from adapters.delivery.health import Health
from adapters.intake import Intake
from adapters.polling.table import Due
from domain.channel import Channel
from domain.errors import NotAllowed, NotFound, Unavailable

log = logging.getLogger("parley.polling")

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
LITTLE = 1.0
"""Seconds between two looks that both found something."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a look. `cursor` None: the channel is asked no more. `pause` in seconds until the next one."""

    cursor: str | None
    pause: float
    failed: int = 0
    taken: int = 0


@dataclass(frozen=True)
class Asker:
    """Thread-safe. `kept` is told each cursor before which everything is committed; False ends the look."""

    accesses: Accesses
    intake: Intake
    health: Health
    chance: random.Random

    def look(self, one: Due, patience: Patience, kept: Callable[[str], bool]) -> Looked:
        try:
            state = self.accesses.state(one.tenant, one.channel)
            adapter: object = adapter_of(state.kind)
        except NotFound:
            return Looked(None, 0.0)
        if not isinstance(adapter, Polls) or not state.working:
            return Looked(None, 0.0)
        began = monotonic()
        try:
            polled = self._polled(one, state, adapter, patience)
            taken = self._take_in(one, state, polled)
        except NotAllowed:
            return self._failed(one, state, bad_credentials())
        except NotFound:  # the provider knows the address no more, or somebody else answers there
            return self._failed(one, state, again())
        except Unavailable as refusal:
            return self._failed(one, state, again(), ours=refusal.code != "provider_unavailable")
        kept(polled.cursor)
        self.health.heard(one.tenant, one.channel, state, sent())
        rest = 0.0 if polled.more or taken else adapter.poll_every - (monotonic() - began)
        return Looked(polled.cursor, max(rest, LITTLE), 0, taken)

    def _polled(self, one: Due, state: Channel, adapter: Polls, patience: Patience) -> Polled:
        """Raises `NotAllowed` where no new token helps either."""
        access = self.accesses.of(one.tenant, one.channel, state)
        try:
            return _ask(adapter, access, one.cursor, patience)
        except NotAllowed:
            fresh = self.accesses.refreshed(one.tenant, one.channel, access)
            if fresh is None:
                raise
            return _ask(adapter, fresh, one.cursor, patience)

    def _take_in(self, one: Due, state: Channel, polled: Polled) -> int:
        """Each body by itself, in its order. Raises `Unavailable` where one could not be committed: all of them come
        again, and those that were are known."""
        for raw, things in zip(polled.raws, _things(state, polled), strict=True):
            self.intake.receive(one.tenant, one.channel, state.kind, things, raw)
        return len(polled.raws)

    def _failed(self, one: Due, state: Channel, result: SendResult, *, ours: bool = False) -> Looked:
        """`ours`: the fault is on our side; nobody else is to blame for it."""
        if not ours:
            self.health.heard(one.tenant, one.channel, state, result)
        longest = min(FIRST_PAUSE * 2.0 ** min(one.failed, 10), LONGEST_PAUSE)
        return Looked(one.cursor, longest * self.chance.uniform(0.5, 1.0), one.failed + 1)


def _ask(adapter: Polls, access: Access, cursor: str, patience: Patience) -> Polled:
    if isinstance(adapter, PollsPatiently):
        return adapter.poll_patiently(access, cursor, patience)
    return adapter.poll(access, cursor)


def _things(state: Channel, polled: Polled) -> list[list[Inbound]]:
    """As the kind has read them, or as it reads a body from its hook."""
    if polled.things:
        return [list(one) for one in polled.things]
    return [adapter_of(state.kind).parse(raw, {}) for raw in polled.raws]
