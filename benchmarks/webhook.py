"""A webhook at concurrency 32: POST → committed → 2xx.

Ours: the real route `/hooks/telegram/…` (address and header checked, update parsed, decided, sealed, committed).
Peer: a bare Starlette route that parses the same body and does one INSERT on a pooled connection.
Both behind uvicorn in a process of their own, driven from this one over keep-alive connections.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import httpx2

from benchmarks.peers.servers import Served, bare_starlette, parley
from benchmarks.report import Comparison
from tests.desk import open_shop
from tests.store import store

CONCURRENCY = 32


def run(*, smoke: bool) -> Iterator[Comparison]:
    seconds, rounds = (0.5, 1) if smoke else (4.0, 3)
    with store() as shop:
        open_shop(shop)
        with parley(shop) as ours, bare_starlette(shop.owner_dsn) as theirs:
            best = [0.0, 0.0]
            for round_ in range(rounds):
                for place, server in enumerate((ours, theirs)):
                    best[place] = max(best[place], asyncio.run(_drive(server, seconds, round_)))
    yield Comparison("webhook, concurrency 32, requests/s", best[0], best[1], "bare Starlette, one INSERT", 1)


async def _drive(server: Served, seconds: float, round_: int) -> float:
    """2xx answers per second."""
    limits = httpx2.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    end, counts = time.perf_counter() + seconds, [0] * CONCURRENCY

    async with httpx2.AsyncClient(limits=limits, timeout=30) as client:

        async def worker(number: int) -> None:
            while time.perf_counter() < end:
                body = _update(number, round_ * 10_000_000 + number * 100_000 + counts[number])
                answer = await client.post(server.url, content=body, headers=server.headers)
                assert answer.status_code == 200, answer.text
                counts[number] += 1

        began = time.perf_counter()
        await asyncio.gather(*(worker(number) for number in range(CONCURRENCY)))
        return sum(counts) / (time.perf_counter() - began)


def _update(customer: int, number: int) -> bytes:
    """A Telegram update of about half a kilobyte."""
    person = {"id": 7_000 + customer, "is_bot": False, "first_name": "Vera", "language_code": "ru"}
    message = {
        "message_id": number,
        "date": 1_780_000_000,
        "chat": {"id": person["id"], "type": "private", "first_name": "Vera"},
        "from": person,
        "text": "x" * 200,
    }
    return json.dumps({"update_id": number, "message": message}).encode()
