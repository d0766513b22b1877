"""Telegram's side of the round trips."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from adapters.channels.checks import Checker
from adapters.channels.keys import open_door
from adapters.channels.telegram.webhook import HEADER
from adapters.doubles.telegram import TOKEN, TelegramDouble, blocked, broken, flood, hang_up
from tests.adapters.channels.bakery import OWNER
from tests.adapters.channels.rounds.side import Side, Trouble
from tests.adapters.channels.stand import Stand
from tests.store import TENANT

FAULTS = {"down": broken(), "too fast": flood(1), "blocked": blocked(), "answer lost": hang_up()}


class Telegram(Side):
    kind = "telegram"
    blocked = "blocked_by_user"

    def __init__(self) -> None:
        self.double = TelegramDouble(speed=100)
        self._numbers = count(900_000_000)

    def connect(self, shop: Stand) -> None:
        Checker(shop.connector).credentials(TENANT, "shop", {"token": TOKEN}, actor=OWNER)
        assert shop.saves()["webhook"] == "set"

    def says(self, text: str, **how: Any) -> None:
        self.double.customer_says(77, text, **how)

    def sends_picture(self) -> None:
        sizes = [{"file_id": "big", "file_unique_id": "b", "width": 900, "height": 600}]
        self.double.customer_sends(77, {"photo": sizes})

    def body(self, text: str) -> dict[str, Any]:
        who = self.double.bot.customer(77, "Anna")
        number = next(self._numbers)
        message = {"message_id": number, "from": who.user(), "chat": who.private(), "date": 1_700_000_000, "text": text}
        return {"update_id": number, "message": message}

    def odd(self) -> dict[str, Any]:
        return {"update_id": next(self._numbers), "telepathy": {}}

    def proof(self, shop: Stand, raw: bytes) -> Mapping[str, str]:
        return {HEADER: open_door(shop.store.vault, TENANT, "shop")[1].reveal()}

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        self.double.fails(FAULTS[trouble], times=times)

    def revokes(self) -> None:
        self.double.bot.token = "1:another"


side = Telegram
