"""The Cloud API's side of the round trips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.checks import Checker
from adapters.doubles.faults import Fault, hang_up
from adapters.doubles.server import Reply
from adapters.doubles.whatsapp_official import APP_SECRET, NUMBER_ID, PHONE, TOKEN, WABA, WhatsAppDouble, error
from domain.recorded import Actor
from tests.adapters.channels.bakery import SETTINGS
from tests.adapters.channels.rounds.side import Side, Trouble, escaped
from tests.adapters.channels.stand import Stand
from tests.store import TENANT

CUSTOMER = "79161234567"
TYPED = {"waba_id": WABA, "access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": "a word"}
HOURS = {**SETTINGS, "auto_close": {"value": 24, "unit": "hours"}}
FAULTS = {
    "down": Fault(Reply(503, {})),
    "too fast": Fault(error(130429, "Rate limit hit")),
    "blocked": Fault(error(131026, "Message undeliverable")),
    "answer lost": hang_up(),
}


class WhatsApp(Side):
    kind = "whatsapp_official"
    receipts = frozenset({"delivered", "read"})
    blocked = "no_device"

    def __init__(self) -> None:
        self.double = WhatsAppDouble(speed=100)

    def connect(self, shop: Stand) -> None:
        Checker(shop.connector).activation(TENANT, "shop", NUMBER_ID, TYPED, actor=Actor(kind="manager", id="mia"))
        assert shop.saves(changes=HOURS)["webhook"] == "set"

    def says(self, text: str, **how: Any) -> None:
        self.double.customer_says(CUSTOMER, text, **how)

    def sends_picture(self) -> None:
        self.double.customer_sends_file(CUSTOMER, "image", b"\x89PNG", "image/png")

    def body(self, text: str) -> dict[str, Any]:
        number = f"wamid.by-hand-{next(self.double.app.numbers)}"
        facts = {"from": CUSTOMER, "id": number, "timestamp": "1700000000", "type": "text", "text": {"body": text}}
        contact = {"profile": {"name": "Anna"}, "wa_id": CUSTOMER}
        return self._change("messages", {"contacts": [contact], "messages": [facts]})

    def odd(self) -> dict[str, Any]:
        return self._change("telepathy", {})

    @property
    def malformed(self) -> bytes:
        return escaped(self._change("messages", {"messages": [{}]}))

    def proof(self, shop: Stand, raw: bytes) -> Mapping[str, str]:
        return {"X-Hub-Signature-256": self.double.app.signature(raw)}

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        self.double.fails(FAULTS[trouble], times=times)

    def revokes(self) -> None:
        self.double.revokes()

    def reads(self) -> None:
        self.double.customer_reads(self.double.sent[-1])

    def _change(self, field: str, value: Mapping[str, Any]) -> dict[str, Any]:
        about = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": PHONE, "phone_number_id": NUMBER_ID},
        }
        entry = {"id": WABA, "changes": [{"field": field, "value": {**about, **value}}]}
        return {"object": "whatsapp_business_account", "entry": [entry]}


side = WhatsApp
