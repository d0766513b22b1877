"""What is asked of the executor, and what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from domain.errors import FAMILIES, Conflict, Invalid, Problem, Rejected
from domain.recorded import SYSTEM, Actor


@dataclass(frozen=True, slots=True)
class Mark:
    """A dirty mark that a processor has taken up. `marked` = the position it had when it was read."""

    processor: str
    key: str
    marked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command with its circumstances. `key` makes it safe to repeat; without one it gets a random key.

    `remember=False`: a wake-up of our own, sent again anyway; it leaves no command result. `fingerprint` = a hash of
    what was asked, where the key is a client's: the same key for something else is refused (`key_reused`).
    """

    tenant: str
    command: Any
    actor: Actor = SYSTEM
    key: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    occurred_at: datetime | None = None
    clears: tuple[Mark, ...] = ()
    remember: bool = True
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`first` and `position` = its first and last event in the lane, None if it caused none."""

    answer: dict[str, Any] = field(default_factory=dict)
    first: int | None = None
    position: int | None = None
    repeated: bool = False


def dump_outcome(result: Outcome | Rejected, fingerprint: str | None = None) -> bytes:
    """What a repeated command will hear: an answer, or the same refusal."""
    asked = {"asked": fingerprint} if fingerprint else {}
    if isinstance(result, Outcome):
        return _ENCODE({"answer": result.answer, **asked}).encode()
    refusal = {
        "family": type(result).__name__,
        "code": result.code,
        "sentence": result.sentence,
        "detail": result.detail,
    }
    return _ENCODE({"refused": refusal, **asked}).encode()


_ENCODE = json.JSONEncoder(separators=(",", ":"), default=str).encode


class Remembered(NamedTuple):
    """The outcome of a key that was seen before, and the fingerprint of what was asked then."""

    result: Outcome | Rejected
    fingerprint: str | None


def heard_again(seen: Remembered, request: Request, *, ours: bool) -> Outcome | Rejected:
    """The first answer again. `ours`: we have tried to commit it ourselves, so it is no repeat."""
    asked = request.fingerprint
    if asked is not None and seen.fingerprint is not None and asked != seen.fingerprint:
        return Conflict("key_reused", "This key was used for another request before; take a new key.")
    return replace(seen.result, repeated=not ours) if isinstance(seen.result, Outcome) else seen.result


def load_remembered(data: bytes, first: int | None, position: int | None) -> Remembered:
    facts = json.loads(data)
    return Remembered(_outcome_of(facts, first, position), facts.get("asked"))


def load_outcome(data: bytes, first: int | None, position: int | None) -> Outcome | Rejected:
    return load_remembered(data, first, position).result


def _outcome_of(facts: dict[str, Any], first: int | None, position: int | None) -> Outcome | Rejected:
    refused = facts.get("refused")
    if refused is None:
        return Outcome(answer=facts["answer"], first=first, position=position, repeated=True)
    if refused["family"] == "Invalid":
        return Invalid([Problem(**one) for one in refused["detail"]["problems"]])
    family = FAMILIES.get(refused["family"], Rejected)
    return family(refused["code"], refused["sentence"], **refused["detail"])
