"""The shop's community on VK; its administrator logs in and chooses it from his list."""

from __future__ import annotations

from adapters.channels.http_client import App
from adapters.channels.keys import TOKEN
from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.vk import CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble
from adapters.doubles.vk.communities import COMMUNITY_SCOPES, Holder
from adapters.vault.secrets import Secret


class VkCounter(Counter):
    def __init__(self, sign: Sign, *, speed: float) -> None:
        self.sign = sign
        self.app = App(CLIENT_ID, Secret(CLIENT_SECRET))
        self._vk = VkDouble(name=sign.name, speed=speed)

    @property
    def url(self) -> str:
        return self._vk.url

    def start(self) -> None:
        self._vk.start()

    def stop(self) -> None:
        self._vk.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.logs_in(self.sign.channel, choose=str(GROUP))

    def recognise(self, clerk: Clerk) -> None:
        self._vk.vk.token(Holder(group=GROUP, scopes=COMMUNITY_SCOPES), clerk.secrets(self.sign.channel)[TOKEN])

    def says(self, arrival: Arrival, text: str) -> str:
        self._vk.customer_says(arrival.chat, text, name=arrival.name)
        return str(arrival.chat)
