"""How Avito brings messages to an address: version 3, with a signature whose making it does not publish.

200 within two seconds counts. Whether and how Avito repeats is not published either: here it tries three times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from secrets import token_hex
from time import time
from typing import Any
from urllib.parse import urlsplit

from adapters.doubles.avito.accounts import Avito, Chat
from adapters.doubles.couriers import Attempt, Courier, Parcel
from adapters.doubles.server import LOOPBACK

DEADLINE = 2.0
MOST_TRIES = 3
SIGNATURE = "x-avito-messenger-signature"
_NEAR = frozenset({LOOPBACK, "localhost", "::1"})


class Webhooks:
    def __init__(self, avito: Avito, *, speed: float = 1.0) -> None:
        self._avito = avito
        self.courier = Courier(_again, speed=speed, timeout=DEADLINE)

    def probe(self, url: str) -> bool:
        """Does the address answer an empty object with 200 in time? Nothing outside this machine is called."""
        return urlsplit(url).hostname in _NEAR and self.courier.try_now(_parcel("probe", url, {})).status == 200

    def tell(
        self, chat: Chat, message: Mapping[str, Any], *, author: int, copies: int = 1, after: float = 0.0
    ) -> dict[str, Any] | None:
        """The notification, as it is brought; None where nobody listens."""
        url = self._avito.accounts[chat.account].webhook
        if url is None:
            return None
        about = {"chat_id": chat.id, "chat_type": "u2i", "user_id": chat.account, "item_id": chat.item}
        payload = {"type": "message", "value": {**message, **about, "author_id": author}}
        number = next(self._avito.numbers)
        body = {"id": f"notification-{number}", "version": "v3.0.0", "timestamp": int(time()), "payload": payload}
        self.courier.bring(_parcel(str(message["id"]), url, body), copies=copies, after=after)
        return body


def _parcel(name: str, url: str, body: Mapping[str, Any]) -> Parcel:
    headers = {SIGNATURE: token_hex(32)}
    return Parcel(name, url, json.dumps(body, ensure_ascii=False).encode(), lambda before: headers)


def _again(attempt: Attempt) -> float | None:
    if attempt.status == 200 or attempt.tries >= MOST_TRIES:
        return None
    return float(1 << (attempt.tries - 1))
