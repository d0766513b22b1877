"""Viber's side of the round trips."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from adapters.channels.checks import Checker
from adapters.channels.viber.webhook import HEADER
from adapters.doubles.viber import TOKEN, ViberDouble, broken, hang_up, refused
from tests.adapters.channels.bakery import OWNER
from tests.adapters.channels.rounds.side import Side, Trouble
from tests.adapters.channels.stand import Stand
from tests.store import TENANT

FAULTS = {"down": broken(), "too fast": refused(12), "blocked": refused(6), "answer lost": hang_up()}


class Viber(Side):
    kind = "viber"
    receipts = frozenset({"delivered", "read"})
    blocked = "user_did_not_allow_messages"

    def __init__(self) -> None:
        self.double = ViberDouble(speed=100)

    def connect(self, shop: Stand) -> None:
        Checker(shop.connector).credentials(TENANT, "shop", {"token": TOKEN}, actor=OWNER)
        assert shop.saves()["webhook"] == "set"

    def says(self, text: str, **how: Any) -> None:
        self.double.customer_says("anna=", text, **how)

    def sends_picture(self) -> None:
        self.double.customer_sends("anna=", {"type": "picture", "media": "https://media.example/a.jpg", "text": ""})

    def body(self, text: str) -> dict[str, Any]:
        facts = {"event": "message", "timestamp": 1_700_000_000_000, "message_token": next(self.double.bot.tokens)}
        return {**facts, "sender": {"id": "anna=", "name": "Anna"}, "message": {"type": "text", "text": text}}

    def odd(self) -> dict[str, Any]:
        return {"event": "telepathy", "timestamp": 1_700_000_000_000, "message_token": next(self.double.bot.tokens)}

    def proof(self, shop: Stand, raw: bytes) -> Mapping[str, str]:
        return {HEADER: hmac.new(TOKEN.encode(), raw, hashlib.sha256).hexdigest()}

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        self.double.fails(FAULTS[trouble], times=times)

    def revokes(self) -> None:
        self.double.bot.token = "another"

    def reads(self) -> None:
        self.double.customer_reads(self.double.sent[-1])


side = Viber
