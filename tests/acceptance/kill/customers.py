"""Customers on Telegram: updates to the hook as Telegram brings them, one at a time for each chat, until a 2xx.

Some updates are brought again although they were taken, some to two doors at the same moment.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import httpx2

from tests.acceptance.kill.ledger import Ledger, Sent
from tests.acceptance.shop import HEADER, Hook

FIRST_CHAT = 5_000_000_001
FIRST_UPDATE = 700_000_001
PATIENCE = 120.0
LOST_PATIENCE = "an update was refused for two minutes"


class Customers:
    """`doors`: base addresses of the processes that serve; each request goes to any of them."""

    def __init__(
        self, hook: Hook, doors: Sequence[str], ledger: Ledger, *, seed: int, threads: int = 4, chats: int = 5
    ) -> None:
        self.trouble: list[str] = []
        self.chats = [FIRST_CHAT + n for n in range(threads * chats)]
        self._hook = hook
        self._doors = list(doors)
        self._ledger = ledger
        self._updates = itertools.count(FIRST_UPDATE)
        self._over = threading.Event()
        self._twice = ThreadPoolExecutor(2 * threads, thread_name_prefix="twice")
        self._threads = [
            threading.Thread(target=self._write, args=(random.Random(f"{seed}/{n}"), self.chats[n::threads]))
            for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nothing new is written; what is on its way is brought to its end."""
        self._over.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._twice.shutdown()

    def _write(self, chance: random.Random, chats: Sequence[int]) -> None:
        numbers = dict.fromkeys(chats, 0)
        with httpx2.Client(trust_env=False, timeout=10.0) as client:
            while not self._over.wait(chance.uniform(0.0, 0.05)):
                chat = chance.choice(chats)
                numbers[chat] += 1
                one = Sent(self._hook.channel, chat, numbers[chat], next(self._updates), f"{chat} says {numbers[chat]}")
                self._bring(client, chance, one)

    def _bring(self, client: httpx2.Client, chance: random.Random, one: Sent) -> None:
        body, end = json.dumps(update(one)).encode(), monotonic() + PATIENCE
        while not self._try(client, chance, body):
            if monotonic() > end:
                self.trouble.append(f"{LOST_PATIENCE}: {one}")
                return
            threading.Event().wait(chance.uniform(0.02, 0.2))
        self._ledger.write(one)
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            self._post(client, chance.choice(self._doors), body)

    def _try(self, client: httpx2.Client, chance: random.Random, body: bytes) -> bool:
        """Once, or to two doors at the same moment; taken if either took it."""
        if chance.random() < 0.8:
            return self._post(client, chance.choice(self._doors), body)
        first, second = self._doors[0], self._doors[-1]
        both = [self._twice.submit(self._alone, door, body) for door in (first, second)]
        return [one.result() for one in both] != [False, False]

    def _alone(self, door: str, body: bytes) -> bool:
        with httpx2.Client(trust_env=False, timeout=10.0) as client:
            return self._post(client, door, body)

    def _post(self, client: httpx2.Client, door: str, body: bytes) -> bool:
        headers = {HEADER: self._hook.secret, "content-type": "application/json"}
        try:
            status = client.post(door + self._hook.path, content=body, headers=headers).status_code
        except httpx2.HTTPError:
            status = None
        self._ledger.tried(status)
        if status is not None and status not in (200, 503):
            self.trouble.append(f"the hook answered {status}")
        return status == 200


def update(one: Sent) -> dict[str, Any]:
    """As the Bot API writes it: one message in a private chat."""
    person = {"id": one.chat, "first_name": f"Customer {one.chat % 1000}"}
    return {
        "update_id": one.update,
        "message": {
            "message_id": one.number,
            "from": {**person, "is_bot": False},
            "chat": {**person, "type": "private"},
            "date": 1_790_000_000 + one.number,
            "text": one.text,
        },
    }
