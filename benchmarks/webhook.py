"""A webhook at concurrency 32, for every kind of channel that has one: POST → committed → 2xx.

Ours: the real route `/hooks/{kind}/…` (address, signature, body read, decided, sealed, committed), of one API process.
Peer: a bare Starlette route that reads the same JSON and does one INSERT on a pooled connection.
Both behind uvicorn in a process of their own, driven from this one over keep-alive connections, one after the other.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2

from adapters.channels.keys import hook_path, open_door
from benchmarks.peers.servers import Served, bare_starlette, parley
from benchmarks.report import Comparison
from domain.desk.channels import CreateChannel
from tests.adapters.channels.connected import connect, secrets_of
from tests.adapters.channels.samples import SAMPLES, Sample
from tests.desk import hire_bakers
from tests.store import TENANT, Store, store

CONCURRENCY = 32
KINDS = tuple(kind for kind, sample in SAMPLES.items() if sample.posted)
AGAINST = "bare Starlette, one INSERT"
NUMBERS = itertools.count(1)
TEXT = "x" * 200


@dataclass
class Run:
    """`took`: seconds of each request; `cpu`: seconds of the server's process for all of them."""

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return sorted(self.took)[min(int(len(self.took) * share), len(self.took) - 1)] * 1000

    @property
    def cpu_each(self) -> float:
        """In microseconds."""
        return self.cpu / len(self.took) * 1e6


def run(*, smoke: bool) -> Iterator[Comparison]:
    seconds, rounds = (0.3, 1) if smoke else (2.0, 3)
    with store() as shop:
        hire_bakers(shop)
        for kind in KINDS:
            connect(shop, SAMPLES[kind], made(shop, kind))
        with parley(shop) as ours, bare_starlette(shop.owner_dsn) as theirs:
            for kind in KINDS:
                yield from compared(shop, SAMPLES[kind], ours, theirs, seconds, rounds)


def made(shop: Store, kind: str) -> str:
    """A channel named as its kind."""
    shop.do(CreateChannel(channel=kind, kind=SAMPLES[kind].kind, name=kind))
    return kind


def compared(
    shop: Store, sample: Sample, ours: Served, theirs: Served, seconds: float, rounds: int
) -> Iterator[Comparison]:
    path, _ = open_door(shop.vault, TENANT, sample.kind)
    address = ours.url + hook_path(sample.kind, sample.kind, path)
    secrets = secrets_of(shop, sample.kind)
    best: list[Run] = [Run(), Run()]
    for _ in range(rounds):
        for place, (url, server) in enumerate(((address, ours), (f"{theirs.url}/hook", theirs))):
            one = asyncio.run(_drive(sample, secrets, url, server, seconds))
            best[place] = max(best[place], one, key=lambda run: run.rate if run.took else 0.0)
    mine, peer = best
    name = f"webhook {sample.kind}"
    yield Comparison(f"{name}, messages/s", mine.rate, peer.rate, AGAINST, 1)
    yield Comparison(f"{name}, p50, ms", mine.percentile(0.5), peer.percentile(0.5), AGAINST)
    yield Comparison(f"{name}, p99, ms", mine.percentile(0.99), peer.percentile(0.99), AGAINST)
    yield Comparison(f"{name}, CPU a message, µs", mine.cpu_each, peer.cpu_each, AGAINST)


async def _drive(sample: Sample, secrets: dict[str, str], url: str, server: Served, seconds: float) -> Run:
    limits = httpx2.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    found = Run()

    async with httpx2.AsyncClient(limits=limits, timeout=30) as client:

        async def worker(customer: int) -> None:
            while time.perf_counter() < end:
                body, headers = sample.signed(sample.says(sample.chat(customer), TEXT, next(NUMBERS)), secrets)
                sent = time.perf_counter()
                answer = await client.post(url, content=body, headers=headers)
                assert answer.status_code == 200, answer.text
                found.took.append(time.perf_counter() - sent)

        cpu, began = server.cpu(), time.perf_counter()
        end = began + seconds
        await asyncio.gather(*(worker(number) for number in range(CONCURRENCY)))
        found.seconds, found.cpu = time.perf_counter() - began, server.cpu() - cpu
    return found
