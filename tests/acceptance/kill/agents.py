"""Agents at the API: they accept what they are offered, answer, and close. Every command has its Idempotency-Key.

A command whose answer did not come is asked again with the same key, as any client has to do. It must then hear what
the first one would have heard: a reply to a dialog that one holds is never refused, however often it is asked (E14).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2

from tests.acceptance.kill.ledger import Done, Ledger

PATIENCE = 120.0
MOST_HELD = 2
MAY_BE_REFUSED = frozenset({"accept"})
"""Somebody else may have been quicker; nothing else that agents do here may be refused."""


class Agents:
    """`tokens`: by agent. Each works in a thread of his own."""

    def __init__(self, tokens: Mapping[str, str], doors: Sequence[str], ledger: Ledger, *, seed: int) -> None:
        self.trouble: list[str] = []
        self._doors = list(doors)
        self._ledger = ledger
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(token, random.Random(f"{seed}/{agent}")))
            for agent, token in tokens.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What was begun is brought to its end."""
        self._over.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _work(self, token: str, chance: random.Random) -> None:
        taken: set[str] = set()  # a list may still show for a while what was taken from it
        held: list[str] = []
        with httpx2.Client(trust_env=False, timeout=10.0, headers={"authorization": f"Bearer {token}"}) as client:
            while not self._over.wait(chance.uniform(0.1, 0.4)):
                for dialog, offer in self._offered(client, chance)[:3]:
                    if offer not in taken:
                        taken.add(offer)
                        held += [dialog] * self._serve(client, chance, dialog, offer)
                while len(held) > chance.choice((0, MOST_HELD)):
                    self._do(client, chance, "close", held.pop(0), {"cause": "agent"})

    def _offered(self, client: httpx2.Client, chance: random.Random) -> list[tuple[str, str]]:
        """What the lists show; nothing while nobody answers."""
        try:
            answer = client.get(f"{chance.choice(self._doors)}/v1/dialogs", params={"list": "offered"})
        except httpx2.HTTPError:
            return []
        if answer.status_code != 200:
            return []
        return [(row["dialog"], offer) for row in answer.json()["dialogs"] for offer in row["offers"] or {}]

    def _serve(self, client: httpx2.Client, chance: random.Random, dialog: str, offer: str) -> bool:
        """Does he hold it now?"""
        if not self._do(client, chance, "accept", dialog, {"offer": offer}):
            return False
        for _ in range(chance.choice((1, 1, 2))):
            self._do(client, chance, "messages", dialog, {"body": f"Answer {_key(chance)}"})
        return True

    def _do(self, client: httpx2.Client, chance: random.Random, what: str, dialog: str, body: dict[str, Any]) -> bool:
        key, end = _key(chance), monotonic() + PATIENCE
        while True:
            answer = self._ask(client, chance, f"/v1/dialogs/{dialog}/{what}", body, key)
            if answer is not None and answer.status_code < 500:
                return self._settle(what, dialog, key, answer, str(body.get("body", "")))
            if monotonic() > end:
                self.trouble.append(f"{what} of {dialog} was not answered for two minutes")
                return False
            threading.Event().wait(chance.uniform(0.02, 0.2))

    def _ask(
        self, client: httpx2.Client, chance: random.Random, path: str, body: dict[str, Any], key: str
    ) -> httpx2.Response | None:
        try:
            return client.post(chance.choice(self._doors) + path, json=body, headers={"idempotency-key": key})
        except httpx2.HTTPError:
            return None

    def _settle(self, what: str, dialog: str, key: str, answer: httpx2.Response, text: str) -> bool:
        if answer.status_code != 200:
            if what not in MAY_BE_REFUSED:
                self.trouble.append(f"{what} of {dialog} was refused: {answer.status_code} {answer.text}")
            return False
        told = answer.json()
        self._ledger.write(Done(what, dialog, key, told["position"], told.get("message") or "", text))
        return True


def _key(chance: random.Random) -> str:
    return UUID(int=chance.getrandbits(128), version=4).hex
