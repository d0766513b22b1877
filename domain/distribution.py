"""The five rules by which a dialog is offered to the members of a group (behaviour.md §6, F04).

A rule is one function, registered under its own name; settings, help texts and property tests iterate over `RULES`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from domain.group import ALGORITHMS, Algorithm
from domain.recorded import AgentId
from domain.rotation import Rotation, in_turn


@dataclass(frozen=True, slots=True)
class Member:
    """An eligible member. `ordinal` = his place in the group's list, from 0."""

    agent: AgentId
    ordinal: int
    load: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Question:
    """One attempt to offer one dialog. `order` = all members of the group in configured order."""

    dialog: str
    round: int
    attempt: int
    order: tuple[AgentId, ...]
    rotation: Rotation = field(default_factory=Rotation)
    seed: str = ""
    width: int = 50
    by_ratio: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is offered, in order, and what was compared. `cursor` = the rotation's cursor afterwards."""

    chosen: tuple[AgentId, ...]
    cursor: AgentId | None
    keys: dict[AgentId, str] = field(default_factory=dict)


Rule = Callable[[Sequence[Member], Question], Choice]
RULES: dict[Algorithm, Rule] = {}
RESERVING: frozenset[Algorithm] = frozenset(ALGORITHMS) - {"all_at_once"}
"""These keep a slot free from the offer on; `all_at_once` takes one only at the accept."""


def rule(name: Algorithm) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


def choose(algorithm: Algorithm, eligible: Sequence[Member], question: Question) -> Choice:
    """`eligible` must not be empty and stands in configured order."""
    return RULES[algorithm](eligible, question)


@rule("all_at_once")
def all_at_once(eligible: Sequence[Member], question: Question) -> Choice:
    """Everybody at once, at most `width`; the first to accept wins."""
    chosen = tuple(member.agent for member in eligible[: question.width])
    return Choice(chosen, question.rotation.cursor, {agent: str(place) for place, agent in enumerate(chosen)})


@rule("round_robin")
def round_robin(eligible: Sequence[Member], question: Question) -> Choice:
    """The first who may, cyclically after the one last offered."""
    turns = in_turn(question.rotation, question.order)
    place = {agent: turn for turn, agent in enumerate(turns)}
    best = min(eligible, key=lambda member: place[member.agent])
    return Choice((best.agent,), best.agent, {member.agent: str(place[member.agent]) for member in eligible})


@rule("in_order")
def in_order(eligible: Sequence[Member], question: Question) -> Choice:
    """The first of the list who may; every dialog starts from the top."""
    best = min(eligible, key=lambda member: member.ordinal)
    return Choice((best.agent,), question.rotation.cursor, {member.agent: str(member.ordinal) for member in eligible})


@rule("least_busy")
def least_busy(eligible: Sequence[Member], question: Question) -> Choice:
    """The least load, or the least load/capacity; then who waited longest for an offer; then the list."""

    def burden(member: Member) -> Fraction:
        return Fraction(member.load, max(member.capacity, 1)) if question.by_ratio else Fraction(member.load)

    def last(member: Member) -> int:
        return question.rotation.last_offered.get(member.agent, -1)

    best = min(eligible, key=lambda member: (burden(member), last(member), member.ordinal))
    keys = {member.agent: f"{burden(member)},{last(member)},{member.ordinal}" for member in eligible}
    return Choice((best.agent,), question.rotation.cursor, keys)


@rule("random")
def random(eligible: Sequence[Member], question: Question) -> Choice:
    """By a keyed hash of dialog, round and attempt: a replay draws the same agent (F24)."""
    order = sorted(eligible, key=lambda member: member.ordinal)
    index = draw(question.seed, f"{question.dialog}|{question.round}|{question.attempt}", len(order))
    return Choice((order[index].agent,), question.rotation.cursor, {order[index].agent: str(index)})


def draw(seed: str, text: str, n: int) -> int:
    """HMAC-SHA256 as a big-endian integer of all 32 bytes, modulo n."""
    return int.from_bytes(hmac.new(seed.encode(), text.encode(), hashlib.sha256).digest(), "big") % n
