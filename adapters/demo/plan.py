"""Who writes when: an endless, seeded row of arrivals. The same seed always gives the same row.

The day of this world begins at nine and passes `HOUR` seconds an hour, so that mornings are busy, nights are quiet, and
one can watch both. `offset` is in seconds at speed 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from adapters.demo.people import CUSTOMERS, STREETS
from adapters.demo.scripts import Language, Line, Script, scripts

BEGINS_AT = 9
HOUR = 300.0
BUSIEST_PAUSE = 14.0
"""Seconds between two new conversations at the busiest hour."""
FIRST = 8
"""So many conversations wait at the door when it opens."""
LOAD = (1, 1, 1, 1, 1, 2, 4, 10, 30, 70, 95, 100, 80, 75, 90, 95, 85, 80, 85, 70, 45, 20, 8, 3)
"""How busy each hour of the day is, of 100."""
ENGLISH = 0.3
RETURNS, FEW = 0.25, 6
"""How many of the arrivals are customers who wrote before, once there are a few."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One conversation: `chat` names the customer, `lines` what both sides will say, `draw` seeds what agents do."""

    number: int
    offset: float
    chat: int
    name: str
    language: Language
    topic: str
    lines: tuple[Line, ...]
    draw: int


def arrivals(seed: int, first_chat: int = 100_000) -> Iterator[Arrival]:
    chance = Random(seed)
    known: dict[Language, list[tuple[int, str]]] = {"ru": [], "en": []}
    decks: dict[Language, list[Script]] = {"ru": [], "en": []}
    offset, number = 0.0, 0
    while True:
        language: Language = "en" if chance.random() < ENGLISH else "ru"
        chat, name = _customer(chance, known[language], language, first_chat + number)
        script = _drawn(chance, decks[language], language)
        lines = script.filled(_facts(chance, name, language))
        yield Arrival(number, offset, chat, name, language, script.name, lines, chance.randrange(2**32))
        number += 1
        offset += 0.6 if number < FIRST else _pause(chance, offset)


def busy(offset: float) -> float:
    """How busy it is at this moment of the world, of 1."""
    hour = (BEGINS_AT + offset / HOUR) % 24
    here, there = LOAD[int(hour)], LOAD[(int(hour) + 1) % 24]
    return (here + (there - here) * (hour % 1)) / 100


def _pause(chance: Random, offset: float) -> float:
    return min(chance.expovariate(1.0) * BUSIEST_PAUSE / busy(offset), HOUR)


def _customer(chance: Random, known: list[tuple[int, str]], language: Language, chat: int) -> tuple[int, str]:
    if len(known) >= FEW and chance.random() < RETURNS:
        return chance.choice(known)
    known.append((chat, CUSTOMERS[language][len(known) % len(CUSTOMERS[language])]))
    return known[-1]


def _drawn(chance: Random, deck: list[Script], language: Language) -> Script:
    """Every conversation once before any comes again."""
    if not deck:
        deck += scripts(language)
        chance.shuffle(deck)
    return deck.pop()


def _facts(chance: Random, name: str, language: Language) -> dict[str, str]:
    return {
        "name": name.partition(" ")[0],
        "order": str(chance.randrange(10_000, 99_999)),
        "time": f"{chance.randrange(9, 20)}:{chance.choice(('00', '15', '30', '45'))}",
        "price": f"{chance.randrange(4, 60) * 50}" if language == "ru" else f"£{chance.randrange(5, 90)}",
        "street": chance.choice(STREETS[language]),
    }
