"""Every way in which the engine says no, in one tree.

    Rejected                 the command was understood and refused; the log is unchanged
    ├── NotFound             what it names does not exist, or not for this tenant            (404, exit 5)
    ├── NotAllowed           the actor may not do this                                        (403, exit 4)
    ├── Conflict             true a moment ago, not now: version, phase, offer, capacity      (409, exit 6)
    ├── Invalid              fields out of range; carries all of them at once                 (422, exit 2)
    └── Unavailable          try again later; leaves no command result                        (503, exit 7)

A rejection has a stable `code` for programs and a sentence for people. E14: all but `Unavailable` are remembered
under their command key, so that a repeated command hears the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from domain.recorded import Frozen

Limits = Mapping[str, int | float | str]


class Problem(Frozen):
    """One wrong field of a Save: where, which rule, and the sentence. `limits` = what the rule allows, by name: `least`
    and `most` of a number, `most` characters of a text, `allowed` values."""

    field: str
    code: str
    sentence: str
    limits: Limits = Field(default_factory=dict)


LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """What somebody sent us, short enough to stand in a sentence."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


class Rejected(Exception):
    """The command was refused. `detail` holds facts that help the caller, JSON values only."""

    status: ClassVar[int] = 409
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, code: str, sentence: str, **detail: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.detail = detail


class NotFound(Rejected):
    status = 404
    exit_code = 5


class NotAllowed(Rejected):
    status = 403
    exit_code = 4


class Conflict(Rejected):
    status = 409
    exit_code = 6


class Invalid(Rejected):
    """All problems of one Save together; nothing is saved if any is wrong (§10)."""

    status = 422
    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, first.sentence, problems=[_dumped(problem) for problem in problems])
        self.problems = tuple(problems)


def _dumped(problem: Problem) -> dict[str, Any]:
    return problem.model_dump(exclude=None if problem.limits else {"limits"})


class Unavailable(Rejected):
    status = 503
    exit_code = 7
    retryable = True


FAMILIES: dict[str, type[Rejected]] = {
    family.__name__: family for family in (Rejected, NotFound, NotAllowed, Conflict, Unavailable)
}
