"""The shop's skill at Alice: nobody can call her, so agents' answers are heard with a customer's next words."""

from __future__ import annotations

from types import MappingProxyType

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.yandex_dialogs import SKILL, AliceDouble, Person


class AliceCounter(Counter):
    more = MappingProxyType({"alice_webhook": True, "skill_id": SKILL})

    def __init__(self, sign: Sign) -> None:
        self.sign = sign
        self._alice = AliceDouble()
        self._people: dict[int, Person] = {}

    @property
    def url(self) -> str:
        return ""

    def start(self) -> None:
        """She calls us; there is nothing to be called."""

    def stop(self) -> None:
        self._alice.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.issues_chat_id(self.sign.channel)
        self.recognise(clerk)

    def recognise(self, clerk: Clerk) -> None:
        self._alice.webhook = clerk.hook(self.sign.channel)

    def says(self, arrival: Arrival, text: str) -> str:
        person = self._people.setdefault(arrival.chat, Person(f"station-{arrival.chat}"))
        self._alice.says(person, text)
        return person.device
