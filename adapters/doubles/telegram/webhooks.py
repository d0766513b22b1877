"""How Telegram brings updates to a webhook: one at a time for each chat, again and again until it hears a 2xx.

The pause between tries begins at one second and doubles up to a random 60 to 120 s; a `Retry-After` is obeyed up to an
hour; an update older than a day is dropped. `speed` shortens all of it. An update that is refused holds back the later
ones of its own chat, and of no other.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx2

FIRST_PAUSE = 1.0
CAPS = (60.0, 120.0)
LONGEST_RETRY_AFTER = 3600.0
DROPPED_AFTER = 24 * 3600.0
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what the webhook answered, None = nothing."""

    update_id: int
    status: int | None


@dataclass
class Waiting:
    """One update on its way. `copies`: how many times it is sent although it was taken."""

    update: dict[str, Any]
    copies: int = 1
    tries: int = 0
    born: float = field(default_factory=monotonic)


class Courier:
    """Brings the updates of one bot. `webhook` None = they wait, as Telegram keeps them for a day."""

    def __init__(self, speed: float, *, seed: int = 0) -> None:
        self.webhook: Webhook | None = None
        self.attempts: list[Attempt] = []
        self._speed = speed
        self._random = random.Random(seed)
        self._client = httpx2.Client(timeout=10.0, trust_env=False)
        self._chats: dict[str, deque[Waiting]] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._threads: set[threading.Thread] = set()

    def bring(self, chat: str, update: Mapping[str, Any], *, copies: int = 1) -> None:
        with self._changed:
            if chat not in self._chats:
                self._chats[chat] = deque()
                thread = threading.Thread(target=self._serve, args=(chat,), name="double-courier", daemon=True)
                self._threads.add(thread)
                thread.start()
            self._chats[chat].append(Waiting(dict(update), copies))
            self._changed.notify_all()

    def set_webhook(self, webhook: Webhook | None) -> None:
        with self._changed:
            self.webhook = webhook
            self._changed.notify_all()

    @property
    def pending(self) -> int:
        return sum(len(queue) for queue in self._chats.values())

    def settle(self, timeout: float) -> bool:
        """Wait until every update was taken or dropped."""
        with self._changed:
            return self._changed.wait_for(lambda: self.pending == 0, timeout)

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in list(self._threads):
            thread.join()
        self._client.close()

    def _serve(self, chat: str) -> None:
        """One chat's thread: it lives as long as there is something to bring."""
        queue = self._chats[chat]
        while found := self._first(chat, queue):
            one, webhook = found
            pause = self._try(one, webhook)
            with self._changed:
                if pause is None or monotonic() - one.born > DROPPED_AFTER / self._speed:
                    queue.popleft()
                    self._changed.notify_all()
                else:
                    self._changed.wait_for(lambda: self._stopping, pause / self._speed)

    def _first(self, chat: str, queue: deque[Waiting]) -> tuple[Waiting, Webhook] | None:
        """The chat's next update, as soon as there is a webhook; None: nothing is left, or it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or not queue or self.webhook is not None)
            if self._stopping or not queue or self.webhook is None:
                self._chats.pop(chat, None)
                self._threads.discard(threading.current_thread())
                return None
            return queue[0], self.webhook

    def _try(self, one: Waiting, webhook: Webhook) -> float | None:
        """None: it is taken, or not wanted. Otherwise the pause before the next try, in Telegram's seconds."""
        if webhook.allowed and not set(one.update) & set(webhook.allowed):
            return None
        status, retry_after = self._post(one.update, webhook)
        self.attempts.append(Attempt(one.update["update_id"], status))
        if status is not None and 200 <= status < 300:
            one.copies -= 1
            return None if one.copies <= 0 else 0.0
        one.tries += 1
        if retry_after is not None:
            return min(retry_after, LONGEST_RETRY_AFTER)
        return min(FIRST_PAUSE * (1 << min(one.tries - 1, 16)), self._random.uniform(*CAPS))

    def _post(self, update: Mapping[str, Any], webhook: Webhook) -> tuple[int | None, float | None]:
        headers = {HEADER: webhook.secret} if webhook.secret else {}
        try:
            response = self._client.post(webhook.url, json=update, headers=headers)
        except httpx2.HTTPError:
            return None, None
        named = response.headers.get("retry-after", "")
        return response.status_code, float(named) if named.isdigit() else None
