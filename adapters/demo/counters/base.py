"""A counter of the example shop: one channel, with the provider's stand-in behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adapters.channels.http_client import App
from adapters.demo.clerk import Clerk
from adapters.demo.plan import Arrival
from adapters.demo.scripts import Language
from domain.kinds import ChannelKind

Period = dict[str, object]
RECEIVES: dict[Language, str] = {"ru": "support", "en": "english"}
CLOSING: dict[Language, str] = {
    "ru": "Мы закрыли обращение. Напишите, если понадобится что-то ещё!",
    "en": "We have closed your enquiry. Write any time!",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands over the counter. `share` = how many of those who speak this language come here, of all shares."""

    channel: str
    kind: ChannelKind
    language: Language
    name: str
    share: int


class Counter(ABC):
    """`says` brings a customer's words to the provider, which brings them to our hook."""

    sign: Sign
    app: App | None = None
    auto_close: tuple[Period, Period] = ({"value": 1, "unit": "days"}, {"value": 12, "unit": "hours"})
    """At first, and after a thought."""
    more: Mapping[str, object] = MappingProxyType({})
    """Other settings that the kind wants with the first Save."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the stand-in is called."""

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def connect(self, clerk: Clerk) -> None:
        """The first time: whatever the kind asks for, up to the Save."""

    def recognise(self, clerk: Clerk) -> None:  # noqa: B027 (most stand-ins know their tokens by heart)
        """On a later day: the stand-in learns what it has given us before."""

    @abstractmethod
    def says(self, arrival: Arrival, text: str) -> str:
        """The customer's id at this provider."""

    def open(self, clerk: Clerk) -> None:
        """As an administrator does, in steps; on a later day the provider only hears our address again."""
        sign = self.sign
        if not clerk.makes(sign.channel, sign.kind, sign.name):
            self.recognise(clerk)
            clerk.tells_our_address(sign.channel)
            return
        self.connect(clerk)
        receiver = {"kind": "group", "id": RECEIVES[sign.language]}
        first, later = self.auto_close
        clerk.saves(sign.channel, receiver=receiver, auto_close=first, **self.more)
        clerk.saves(sign.channel, auto_close=later, closing_message=CLOSING[sign.language])
