"""A number at WhatsApp through Infobip: its key is typed, our address is copied into the number's keyword."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.whatsapp_infobip import KEY, NUMBER, InfobipDouble


class InfobipCounter(Counter):
    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self.more = {"number": NUMBER}
        self._infobip = InfobipDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._infobip.url

    def start(self) -> None:
        self._infobip.start()

    def stop(self) -> None:
        self._infobip.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.types(self.sign.channel, api_key=KEY)
        self.recognise(clerk)

    def recognise(self, clerk: Clerk) -> None:
        self._infobip.forwards(NUMBER, clerk.copies_url(self.sign.channel))

    def says(self, arrival: Arrival, text: str) -> str:
        phone = f"44770{arrival.chat:07d}"
        self._infobip.customer(phone, arrival.name)
        self._infobip.customer_says(phone, text)
        return phone
