"""The shop's page on Facebook; its administrator logs in and chooses it from his pages."""

from __future__ import annotations

from adapters.channels.http_client import App
from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, FacebookDouble
from adapters.vault.secrets import Secret


class FacebookCounter(Counter):
    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self.app = App(APP_ID, Secret(APP_SECRET))
        self._facebook = FacebookDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._facebook.url

    def start(self) -> None:
        self._facebook.start()

    def stop(self) -> None:
        self._facebook.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.logs_in(self.sign.channel, choose=PAGE)

    def says(self, arrival: Arrival, text: str) -> str:
        self._facebook.customer_says(str(arrival.chat), text, name=arrival.name)
        return str(arrival.chat)
