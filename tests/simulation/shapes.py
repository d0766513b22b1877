"""What one run is like: people, settings, machines, faults. Everything is drawn from the seed; no two are alike.

A fault that only shows where dialogs have one message, or where time goes slowly against work, is found because some
shapes are like that. Moves are drawn before anything runs, so that any part of them is a run as well.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.group import ALGORITHMS
from domain.kinds import ChannelKind
from projections.base import projections
from tests.domain.moves import MOVES

STAFF = ("anna", "boris", "vera", "gleb", "sofia")
GROUPS = ("support", "seniors", "night")
CHANNELS: dict[str, ChannelKind] = {"shop": "telegram", "bakery": "telegram", "page": "facebook"}
SKILLS = ("english", "returns")
COUNTING = ("inbox", "dialog_facts")
"""Projections that add up: of these a repeat would be seen."""
Move = tuple[str, int, int, int]
"""Name, serial number, and two numbers below 60 that say whom and how."""
TIME = frozenset({"time_passes", "the_engine_stands_still", "accept_at_the_last_moment"})
"""Moves of the desk that turn the clock themselves: here time and machines move on their own."""
DESK = tuple(name for name in sorted(MOVES) if name not in TIME and name != "says_something")
FAULTS = (
    "dies",
    "dies_in_silence",
    "a_mark_is_lost_in_silence",
    "connection_breaks",
    "stands_still",
    "everybody_wakes",
    "a_mark_is_lost",
    "the_lead_is_lost",
    "rebalances",
    "rewinds",
    "repeats",
)
Deployment = Literal["one", "split", "double"]


@dataclass(frozen=True)
class Shape:
    """`pace` = seconds that a long move of the clock takes; `views` = projections that are followed."""

    seed: int
    deployment: Deployment = "one"
    feed: Literal["log", "topics"] = "log"
    partitions: int = 3
    page: int = 50
    pace: float = 10.0
    customers: int = 5
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    length: int = 300


def draw(seed: int) -> Shape:
    chance = random.Random(f"shape {seed}")
    pick = chance.choice
    return Shape(
        seed=seed,
        deployment=pick(("one", "one", "split", "double")),
        feed=pick(("log", "topics")),
        partitions=pick((1, 3, 12)),
        page=pick((1, 3, 50, 500)),
        pace=pick((0.5, 5, 30, 300, 3600)),
        customers=pick((2, 6, 40, 40)),
        agents={name: _agent(chance) for name in STAFF[: chance.randint(1, len(STAFF))]},
        groups={name: _group(chance, n) for n, name in enumerate(GROUPS[: chance.randint(2, 3)])},
        channels={name: _channel(chance) for name in pick((("shop",), ("shop", "bakery")))} | _page(chance),
        views=(pick(COUNTING), *chance.sample(sorted(projections().keys() - set(COUNTING)), 1)),
        weights=_weights(chance),
        length=pick((15, 40, 80, 150, 300)),
    )


def _agent(chance: random.Random) -> dict[str, Any]:
    skills = chance.choice(((), (), SKILLS, SKILLS[:1]))
    return {"capacity": chance.choice((0, 1, 1, 2, 3, 5)), "skills": list(skills)}


def _group(chance: random.Random, n: int) -> dict[str, Any]:
    """A group may overflow only to one behind it, so that there is no circle."""
    pick, behind = chance.choice, GROUPS[n + 1 : 2]
    rules = {
        "algorithm": pick(ALGORITHMS),
        "by_ratio": pick((False, True)),
        "width": pick((1, 2, 50)),
        "answer_wait": pick((5, 20, 60, 600)),
        "max_rounds": pick((0, 1, 2, 3)),
        "retry_pause": pick((5, 30, 300)),
        "overflow": pick((None, *behind)),
        "max_queue_wait": pick((0, 0, 60, 1800)),
        "first_reply_wait": pick((0, 0, 120)),
        "sticky_window": pick((0, 3600)),
        "agent_lost_grace": pick((0, 300)),
        "held_counts": pick((True, True, False)),
    }
    return {name: value for name, value in rules.items() if chance.random() < 0.7 or name == "algorithm"}


def _channel(chance: random.Random) -> dict[str, Any]:
    pick = chance.choice
    receivers = [("group", "support"), ("group", "support"), ("group", "seniors"), ("agent", "anna")]
    kind, name = pick(receivers)
    settings = {
        "idle_mode": pick(("any_side", "any_side", "waiting_for_customer")),
        "reopen_window": pick((0, 1, 24)),
        "weight": pick((1, 1, 2)),
        "required_skills": list(pick(((), (), SKILLS[:1]))),
        "priority": pick((0, 5)),
        "closing_message": pick((None, "We close this now.")),
        "schedule": pick((None, None, "office-hours")),
    }
    kept = {name: value for name, value in settings.items() if chance.random() < 0.6}
    period = pick(({"value": 1, "unit": "hours"}, {"value": 1, "unit": "hours"}, {"value": 1, "unit": "days"}))
    return {"receiver": {"kind": kind, "id": name}, "auto_close": period, **kept}


def _page(chance: random.Random) -> dict[str, dict[str, Any]]:
    """Perhaps one more channel, of a kind that a bot may answer."""
    if chance.random() < 0.5:
        return {}
    pick = chance.choice
    settings = {
        "receiver": pick(({"kind": "bot", "id": "greeter"}, {"kind": "group", "id": "support"})),
        "bot.fallback": pick(({"kind": "group", "id": "support"}, {"kind": "agent", "id": "anna"}, None)),
        "bot.timeout": pick((5, 60, 600)),
        "bot.keywords": pick(([], ["5"], ["message"])),
        "bot_may_close": pick((False, True)),
        "schedule": pick((None, "office-hours")),
    }
    if settings["schedule"]:
        settings |= {"out_of_hours.policy": pick(("bot", "queue_and_reply")), "out_of_hours.text": "We sleep."}
        settings |= {"out_of_hours.bot": "greeter"} if settings["out_of_hours.policy"] == "bot" else {}
    return {"page": {**_channel(chance), **settings}}


def _weights(chance: random.Random) -> dict[str, float]:
    """A third of the desk's moves and half of the faults do not happen at all; the rest more or less often."""
    weights = {"writes": chance.choice((1.0, 3.0)), "bustle": chance.choice((1.0, 3.0, 8.0)), "runs": 5.0, "rests": 0.5}
    weights |= {"clock": chance.choice((0.3, 1.0, 3.0)), "to_the_moment": chance.choice((0.0, 1.0, 3.0))}
    weights |= {name: chance.choice((0.0, 0.2, 0.5)) for name in DESK}
    weights |= {"a_bot_answers": chance.choice((0.5, 3.0)), "a_bot_fails": chance.choice((0.0, 0.5))}
    weights |= {"edits": chance.choice((0.0, 0.3)), "other_hours": chance.choice((0.0, 0.0, 0.3))}
    weights |= {"accepts": chance.choice((0.5, 2.0, 4.0)), "declines": chance.choice((0.0, 1.0))}
    weights |= {name: chance.choice((0.0, 0.2, 1.0)) for name in FAULTS}
    return weights | {"channel_off_or_on": weights["channel_off_or_on"] / 4, "dies": chance.choice((0.0, 0.5, 2.0))}


def moves(shape: Shape) -> list[Move]:
    chance = random.Random(f"moves {shape.seed}")
    names: Sequence[str] = chance.choices(list(shape.weights), list(shape.weights.values()), k=shape.length)
    return [(name, n, chance.randrange(60), chance.randrange(60)) for n, name in enumerate(names)]
