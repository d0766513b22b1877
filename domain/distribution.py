"""The five rules by which a dialog is offered to the members of a group (behaviour.md §6, F04).

A rule is one function, registered under its own name; settings, help texts and property tests iterate over `RULES`.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter

from domain.group import ALGORITHMS, Algorithm
from domain.recorded import AgentId
from domain.rotation import Rotation, next_place


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
    """Who is offered, in order; `cursor` = the rotation's cursor afterwards.

    `key` tells what was compared of an eligible member; it is asked only of the few that a decision shows.
    """

    chosen: tuple[AgentId, ...]
    cursor: AgentId | None
    key: Callable[[Member], str | None] = field(default=lambda _: None, compare=False)


BY_PLACE = attrgetter("ordinal")
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
    return Choice(chosen, question.rotation.cursor, _place)


@rule("round_robin")
def round_robin(eligible: Sequence[Member], question: Question) -> Choice:
    """The first who may, cyclically after the one last offered."""
    begin = next_place(question.rotation, question.order)
    at = bisect_left(eligible, begin, key=BY_PLACE)
    best = eligible[at] if at < len(eligible) else eligible[0]
    return Choice((best.agent,), best.agent, lambda member: str((member.ordinal - begin) % len(question.order)))


@rule("in_order")
def in_order(eligible: Sequence[Member], question: Question) -> Choice:
    """The first of the list who may; every dialog starts from the top."""
    return Choice((eligible[0].agent,), question.rotation.cursor, _place)


@rule("least_busy")
def least_busy(eligible: Sequence[Member], question: Question) -> Choice:
    """The least load, or the least load/capacity; then who waited longest for an offer; then the list.

    Ratios are compared as whole numbers of a common denominator, which is exact and quicker than fractions.
    """
    last_offered = question.rotation.last_offered
    burdens = _ratios(eligible) if question.by_ratio else [member.load for member in eligible]
    least = min(burdens)
    equal = [member for member, burden in zip(eligible, burdens, strict=True) if burden == least]
    best = min(equal, key=lambda member: last_offered.get(member.agent, -1))

    def key(member: Member) -> str:
        burden = Fraction(member.load, max(member.capacity, 1)) if question.by_ratio else member.load
        return f"{burden},{last_offered.get(member.agent, -1)},{member.ordinal}"

    return Choice((best.agent,), question.rotation.cursor, key)


def _ratios(members: Sequence[Member]) -> list[int]:
    whole = math.lcm(*{max(member.capacity, 1) for member in members})
    return [member.load * (whole // max(member.capacity, 1)) for member in members]


@rule("random")
def random(eligible: Sequence[Member], question: Question) -> Choice:
    """By a keyed hash of dialog, round and attempt: a replay draws the same agent (F24)."""
    order = sorted(eligible, key=BY_PLACE)
    index = draw(question.seed, f"{question.dialog}|{question.round}|{question.attempt}", len(order))
    return Choice(
        (order[index].agent,),
        question.rotation.cursor,
        lambda member: str(bisect_left(order, member.ordinal, key=BY_PLACE)),
    )


def _place(member: Member) -> str:
    return str(member.ordinal)


def draw(seed: str, text: str, n: int) -> int:
    """HMAC-SHA256 as a big-endian integer of all 32 bytes, modulo n."""
    return int.from_bytes(hmac.new(seed.encode(), text.encode(), hashlib.sha256).digest(), "big") % n
