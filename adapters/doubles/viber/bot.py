"""Viber's side of a bot: its people, what it has sent to them, and the numbers that Viber gives."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Any

FIRST_TOKEN = 5_925_491_906_424_759_104
"""Larger than a float can hold to the last digit, as Viber's are."""
WITHOUT_REPLY = 100
"""Messages that may go to one person until he writes."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the bot sent. `type` as Viber names it; `media` = where it is to be fetched."""

    chat: str
    text: str
    message_token: int
    tracking_data: str = ""
    type: str = "text"
    media: str | None = None


@dataclass
class Person:
    """`opened`: he has opened the conversation, so that one may write to him although he has not subscribed."""

    id: str
    name: str
    subscribed: bool = False
    opened: bool = False
    registered: bool = True
    devices: int = 1
    since_reply: int = 0

    def shown(self) -> dict[str, Any]:
        avatar = f"https://media.viber.example/{len(self.id)}.jpg"
        return {
            "id": self.id,
            "name": self.name,
            "avatar": avatar,
            "country": "DE",
            "language": "en",
            "api_version": 10,
        }


@dataclass
class Bot:
    token: str
    id: str
    name: str
    uri: str
    url: str | None = None
    events: frozenset[str] = frozenset()
    people: dict[str, Person] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)
    tokens: count[int] = field(default_factory=lambda: count(FIRST_TOKEN))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def person(self, known: str, name: str = "Anna") -> Person:
        """He exists from the first time that he is named."""
        return self.people.setdefault(known, Person(known, name))
