"""A number at WhatsApp through MessageBird: key and channel id are typed, the phone number appears."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.whatsapp_messagebird import CHANNEL, KEY, SIGNING_KEY, MessageBirdDouble


class MessageBirdCounter(Counter):
    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self._bird = MessageBirdDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._bird.url

    def start(self) -> None:
        self._bird.start()

    def stop(self) -> None:
        self._bird.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.types(self.sign.channel, key=KEY, channel_id=CHANNEL, signing_key=SIGNING_KEY)

    def says(self, arrival: Arrival, text: str) -> str:
        phone, (first, _, last) = f"7985{arrival.chat:07d}", arrival.name.partition(" ")
        self._bird.customer(phone, first, last)
        self._bird.customer_says(phone, text)
        return phone
