"""How Viber brings callbacks to a webhook: signed with the bot's token, again for about an hour until it hears a 200.

The pauses between the tries are not published; here they double from one second.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from time import time
from typing import Any
from urllib.parse import urlsplit

from adapters.doubles.couriers import Attempt, Courier, Parcel
from adapters.doubles.server import LOOPBACK
from adapters.doubles.viber.bot import Bot

SIGNATURE = "X-Viber-Content-Signature"
ALWAYS = frozenset({"message", "subscribed", "unsubscribed"})
"""What no bot can leave out."""
GIVEN_UP_AFTER = 3600.0
MOST_TRIES = 12
_NEAR = frozenset({LOOPBACK, "localhost", "::1"})


class Callbacks:
    def __init__(self, bot: Bot, *, speed: float = 1.0) -> None:
        self._bot = bot
        self.courier = Courier(_again, speed=speed)

    def tried(self, url: str) -> bool:
        """The call that Viber makes while a webhook is being set. Nothing outside this machine is called."""
        if urlsplit(url).hostname not in _NEAR:
            return False
        return self.courier.try_now(self._parcel(url, "webhook", {})).status == 200

    def tell(self, event: str, facts: Mapping[str, Any], **how: Any) -> None:
        url = self._bot.url
        if url is not None and (event in ALWAYS or event in self._bot.events):
            self.courier.bring(self._parcel(url, event, facts), **how)

    def _parcel(self, url: str, event: str, facts: Mapping[str, Any]) -> Parcel:
        moment = {"event": event, "timestamp": int(time() * 1000), "chat_hostname": "SN-CHAT-05_"}
        token = {} if "message_token" in facts else {"message_token": next(self._bot.tokens)}
        body = json.dumps({**moment, **token, **facts}, ensure_ascii=False).encode()
        signature = hmac.new(self._bot.token.encode(), body, hashlib.sha256).hexdigest()
        return Parcel(event, url, body, lambda before: {SIGNATURE: signature})


def _again(attempt: Attempt) -> float | None:
    pause = float(1 << (attempt.tries - 1))
    return None if attempt.status == 200 or attempt.tries >= MOST_TRIES or 2 * pause > GIVEN_UP_AFTER else pause
