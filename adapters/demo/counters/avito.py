"""The shop's account at Avito; its owner consents to reading, sending and deleting."""

from __future__ import annotations

from time import time

from adapters.channels.http_client import App
from adapters.channels.keys import TOKEN
from adapters.channels.logins import CALLBACK
from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.avito import CLIENT_ID, CLIENT_SECRET, SELLER, AvitoDouble
from adapters.doubles.avito.accounts import TOKEN_LASTS, Holder
from adapters.vault.secrets import Secret

SCOPES = frozenset({"messenger:read", "messenger:write", "user:read"})


class AvitoCounter(Counter):
    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self.app = App(CLIENT_ID, Secret(CLIENT_SECRET))
        self._avito = AvitoDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._avito.url

    def start(self) -> None:
        self._avito.start()

    def stop(self) -> None:
        self._avito.stop()

    def connect(self, clerk: Clerk) -> None:
        self._avito.oauth.redirect = f"{clerk.connector.public_url}{CALLBACK}/avito"
        clerk.logs_in(self.sign.channel)

    def recognise(self, clerk: Clerk) -> None:
        known, holder = clerk.secrets(self.sign.channel), Holder(SELLER, SCOPES, time() + TOKEN_LASTS)
        self._avito.avito.tokens[known[TOKEN]] = holder
        self._avito.avito.refreshers[known["refresh_token"]] = holder

    def says(self, arrival: Arrival, text: str) -> str:
        self._avito.customer_says(arrival.chat, text, name=arrival.name)
        return f"u2i-{SELLER}~{arrival.chat}"
