"""Avito's side of the round trips."""

from __future__ import annotations

from typing import Any

from adapters.channels.http_client import App
from adapters.doubles.avito import CLIENT_ID, CLIENT_SECRET, SELLER, AvitoDouble, broken, hang_up, rate_limited
from adapters.doubles.avito.faults import error
from adapters.doubles.faults import Fault
from adapters.vault.secrets import Secret
from tests.adapters.channels.rounds.side import Side, Trouble
from tests.adapters.channels.stand import Stand

GONE = Fault(error(404, "Not found"))
FAULTS = {"down": broken(), "too fast": rate_limited(), "blocked": GONE, "answer lost": hang_up()}
"""Avito tells nobody that he was blocked: the chat is gone."""


class Avito(Side):
    kind = "avito"
    app = App(CLIENT_ID, Secret(CLIENT_SECRET))
    blocked = "chat_not_found"

    def __init__(self) -> None:
        self.double = AvitoDouble(speed=100)

    def connect(self, shop: Stand) -> None:
        self.double.oauth.redirect = f"{shop.connector.public_url}/oauth/avito"
        shop.logs_in()
        assert shop.saves()["webhook"] == "set"

    def says(self, text: str, **how: Any) -> None:
        self.double.customer_says(77, text, **how)

    def sends_picture(self) -> None:
        self.double.customer_sends(77, "image", {"image": {"sizes": {"1280x960": "https://img.example/a.jpg"}}})

    def body(self, text: str) -> dict[str, Any]:
        about = {"chat_id": f"u2i-{SELLER}~77", "user_id": SELLER, "author_id": 77, "created": 1_700_000_000}
        value = {"id": self.double.avito.message_id(), "type": "text", "content": {"text": text}, **about}
        return {"id": "by hand", "version": "v3.0.0", "payload": {"type": "message", "value": value}}

    def odd(self) -> dict[str, Any]:
        return {"id": "by hand", "version": "v4.0.0", "payload": {"type": "telepathy", "value": {}}}

    @property
    def malformed(self) -> bytes:
        return b'{"payload":{"type":"message","value":{}}}'

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        self.double.fails(FAULTS[trouble], times=times)

    def revokes(self) -> None:
        self.double.avito.revoke(SELLER)


side = Avito
