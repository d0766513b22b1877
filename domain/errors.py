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

from collections.abc import Sequence
from typing import Any, ClassVar

from domain.recorded import Frozen


class Problem(Frozen):
    """One wrong field of a Save: where, which rule, and the sentence."""

    field: str
    code: str
    sentence: str


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
        super().__init__(first.code, first.sentence, problems=[problem.model_dump() for problem in problems])
        self.problems = tuple(problems)


class Unavailable(Rejected):
    status = 503
    exit_code = 7
    retryable = True


FAMILIES: dict[str, type[Rejected]] = {
    family.__name__: family for family in (Rejected, NotFound, NotAllowed, Conflict, Unavailable)
}
