"""The shop's bot on Viber."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.viber import ViberDouble


class ViberCounter(Counter):
    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self._viber = ViberDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._viber.url

    def start(self) -> None:
        self._viber.start()

    def stop(self) -> None:
        self._viber.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.types(self.sign.channel, token=self._viber.token)

    def says(self, arrival: Arrival, text: str) -> str:
        self._viber.customer_says(f"{arrival.chat}==", text, name=arrival.name)
        return f"{arrival.chat}=="
