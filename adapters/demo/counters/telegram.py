"""Two bots at one Bot API: the address leads to a bot by its token, as at Telegram."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.telegram import TelegramDouble


class BotApi:
    """Started by the first counter, stopped by the last."""

    def __init__(self) -> None:
        self._bots: dict[str, TelegramDouble] = {}
        self._server = LoopbackServer(self._answer)
        self._open = 0

    @property
    def url(self) -> str:
        return self._server.url

    def add(self, bot: TelegramDouble) -> None:
        self._bots[bot.token] = bot

    def start(self) -> None:
        self._open += 1
        if self._open == 1:
            self._server.start()

    def stop(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._server.stop()

    def _answer(self, asked: Asked) -> Reply:
        token = asked.path.removeprefix("/file").removeprefix("/bot").partition("/")[0]
        bot = self._bots.get(token)
        return bot.answer(asked) if bot else Reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})


class TelegramCounter(Counter):
    def __init__(self, sign: Sign, api: BotApi, *, token: str, username: str, speed: float) -> None:
        self.sign = sign
        self._api = api
        self._bot = TelegramDouble(token=token, name=sign.name, username=username, speed=speed)
        api.add(self._bot)

    @property
    def url(self) -> str:
        return self._api.url

    def start(self) -> None:
        self._bot.start()
        self._api.start()

    def stop(self) -> None:
        self._api.stop()
        self._bot.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.types(self.sign.channel, token=self._bot.token)

    def says(self, arrival: Arrival, text: str) -> str:
        self._bot.customer_says(arrival.chat, text, name=arrival.name)
        return str(arrival.chat)
