"""The shop's number at WhatsApp's Cloud API; a manager of ours activates it, with what was arranged with Meta."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles import whatsapp_official as double


class WhatsAppCounter(Counter):
    auto_close = ({"value": 24, "unit": "hours"}, {"value": 12, "unit": "hours"})

    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self._whatsapp = double.WhatsAppDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._whatsapp.url

    def start(self) -> None:
        self._whatsapp.start()

    def stop(self) -> None:
        self._whatsapp.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.activates(
            self.sign.channel,
            double.NUMBER_ID,
            waba_id=double.WABA,
            access_token=double.TOKEN,
            app_secret=double.APP_SECRET,
            verify_token="warm bread",
        )

    def says(self, arrival: Arrival, text: str) -> str:
        phone = f"7916{arrival.chat:07d}"
        self._whatsapp.customer_says(phone, text, name=arrival.name)
        return phone
