"""Who writes? Some providers give a message only a number for its sender; then they are asked for his name, once a day.

Beside the hook and after it: a message never waits for it, and what cannot be found out now is asked again with a later
message. A name is the customer's own, so it goes into his profile, sealed with his key; the same one changes nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import monotonic
from typing import Protocol

from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import Introduces
from adapters.channels.inbound import Inbound
from adapters.intake import Executes, IntakeOutcome
from adapters.intake_commands import Hashes, sender_key
from adapters.store.requests import Request
from domain.desk.directory import LearnProfile
from domain.errors import NotFound, Rejected, Unavailable
from domain.kinds import ChannelKind
from domain.recorded import Actor

log = logging.getLogger("parley.channels")

PROVIDER = Actor(kind="provider", id="introducing")
DAY = 86_400.0
MOST_KNOWN = 50_000
MOST_WAITING = 500
WORKERS = 2
SPEAKS = frozenset({"message", "button"})


class Clock(Protocol):
    def __call__(self) -> float: ...


class Introductions:
    """Never raises and never blocks: where too many wait, the rest is left for a later message."""

    def __init__(self, accesses: Accesses, executor: Executes, hashes: Hashes, *, clock: Clock = monotonic) -> None:
        self._accesses = accesses
        self._executor = executor
        self._hashes = hashes
        self._clock = clock
        self._asked: dict[tuple[str, str, str], float] = {}
        self._waiting = 0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="introducing")

    def meet(self, tenant: str, channel: str, kind: ChannelKind, outcomes: Iterable[IntakeOutcome]) -> None:
        """Ask about those of whom nothing but a number is known."""
        adapter = adapter_of(kind)
        if not isinstance(adapter, Introduces):
            return
        for one in outcomes:
            if one.fate == "routed" and _nameless(one.thing) and self._take(tenant, channel, str(one.thing.sender_id)):
                self._pool.submit(self._introduce, adapter, tenant, channel, kind, str(one.thing.sender_id))

    def close(self) -> None:
        """A call that is out is not waited for: what it brings would be asked again anyway."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _take(self, tenant: str, channel: str, sender: str) -> bool:
        now, whose = self._clock(), (tenant, channel, sender)
        with self._lock:
            if self._waiting >= MOST_WAITING or now < self._asked.get(whose, 0.0):
                return False
            if len(self._asked) >= MOST_KNOWN:
                self._asked.clear()
            self._asked[whose] = now + DAY
            self._waiting += 1
            return True

    def _introduce(self, adapter: Introduces, tenant: str, channel: str, kind: ChannelKind, sender: str) -> None:
        try:
            told = adapter.person(self._accesses.of(tenant, channel), sender)
            if told:
                self._learn(tenant, channel, kind, sender, told)
        except (Unavailable, NotFound):
            with self._lock:
                self._asked.pop((tenant, channel, sender), None)
        except Rejected as refusal:
            log.warning("a customer's name could not be kept: %s", refusal.code)
        finally:
            with self._lock:
                self._waiting -= 1

    def _learn(self, tenant: str, channel: str, kind: ChannelKind, sender: str, told: Mapping[str, str]) -> None:
        """Under a key made of what was told: what is known already is a repeat."""
        whose = sender_key(self._hashes, tenant, kind, sender)
        key = self._hashes.blind(tenant, "profile", channel, whose, json.dumps(dict(told), sort_keys=True))
        command = LearnProfile(channel=channel, sender_key=whose, fields=tuple(sorted(told.items())))
        self._executor.submit(Request(tenant=tenant, command=command, actor=PROVIDER, key=key)).result()


def _nameless(thing: Inbound) -> bool:
    return thing.kind in SPEAKS and bool(thing.sender_id) and not thing.sender_name
