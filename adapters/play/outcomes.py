"""What became of what our side asked for: done, done before, or refused for a reason that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from adapters.play.asking import Asked
from adapters.play.watch import Watch
from adapters.store.requests import Outcome
from domain.errors import Rejected, Unavailable

NEVER_REFUSED = frozenset({"looked", "presence"})


class Outcomes:
    def __init__(self, watch: Watch) -> None:
        self.done: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self._watch = watch

    def count(self, asked: Sequence[Asked], results: Sequence[Outcome | Rejected]) -> None:
        for one, result in zip(asked, results, strict=True):
            if isinstance(result, Outcome):
                (self.repeated if result.repeated else self.done)[one.tally] += 1
            else:
                self._was_refused(one, result)

    def _was_refused(self, asked: Asked, refusal: Rejected) -> None:
        """Told apart: the engine is unwell (the run ends, and can go on later), or it has its reasons (counted)."""
        if isinstance(refusal, Unavailable) or asked.tally in NEVER_REFUSED:
            raise refusal
        self.refused[asked.tally, refusal.code] += 1
        if asked.tally == "accepted":
            self._watch.not_accepted(asked.request.command.dialog)
        if asked.tally == "said" and asked.talk is not None and refusal.code == "dialog_closed":
            asked.talk.late += 1
