"""The part of a recording that an earlier run has played already: every key answers, and nothing is done twice.

Customers' messages go through the door again and turn out to be repeats. Acts of ours are looked up by their keys: what
was never done was waiting for an agent, and waits on.
"""

from __future__ import annotations

from collections import Counter

from adapters.play.asking import NAMES, Asking
from adapters.play.door import Door
from adapters.play.lines import Line
from adapters.play.script import Act, is_inbound
from adapters.play.talks import Talk, Talks
from adapters.play.together import Together
from adapters.store.database import Connection
from adapters.store.executor import Executor
from adapters.store.requests import load_outcome
from domain.errors import Rejected

PAGE = 500


class Recall:
    """`repeated` counts acts that had been done, `refused` those that had been refused."""

    def __init__(self, connection: Connection, executor: Executor, asking: Asking, door: Door, talks: Talks) -> None:
        self.repeated: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self._connection = connection
        self._executor = executor
        self._asking = asking
        self._door = door
        self._talks = talks
        self._inbound: list[Line] = []
        self._acts: list[tuple[Talk, Act]] = []

    def add(self, line: Line) -> None:
        talk = self._talks.of(line)
        if is_inbound(line, talk.ticket):
            self._inbound.append(line)
        self._acts += [(talk, act) for act in self._talks.asked(talk, line)]
        if len(self._inbound) + len(self._acts) >= PAGE:
            self.flush()

    def flush(self) -> None:
        if self._inbound:
            self._door.enter(self._inbound, Together(self._executor))
        known = self._known([self._asking.key(talk, act) for talk, act in self._acts])
        for talk, act in self._acts:
            result = known.get(self._asking.key(talk, act))
            if result is None:
                talk.waiting.append(act)
            else:
                self._count(talk, act, result[0])
        self._inbound, self._acts = [], []

    def _count(self, talk: Talk, act: Act, outcome: bytes) -> None:
        tally, result = NAMES[type(act)], load_outcome(outcome, None, None)
        if not isinstance(result, Rejected):
            self.repeated[tally] += 1
            return
        self.refused[tally, result.code] += 1
        talk.late += tally == "said" and result.code == "dialog_closed"

    def _known(self, keys: list[str]) -> dict[str, tuple[bytes]]:
        rows = self._connection.execute(
            "SELECT key, outcome FROM parley.command_result WHERE tenant = %s AND key = ANY (%s)",
            (self._asking.tenant, keys),
            prepare=True,
        ).fetchall()
        return {key: (bytes(outcome),) for key, outcome in rows}
