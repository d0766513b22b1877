"""The engine at work between two moments: processors look, agents accept, waiting acts go on, until all is quiet.

An agent accepts at once what he is offered (the reaction model of a replay: who was at work did take enquiries, and how
long he took to click is not recorded). So nothing but the engine's own distribution decides who answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from adapters.feed.timers import BEGINNING, due, next_due
from adapters.feed.worker import Worker
from adapters.play.asking import Asked, Asking
from adapters.play.script import NEEDS_ASSIGNEE, Act, Close, Move
from adapters.play.talks import Talk, Talks
from adapters.play.watch import Watch
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.requests import Outcome
from domain.desk.waking import WakeDialog
from domain.errors import Rejected, Unavailable
from processors import REGISTRY, distribution, presence

NEVER_AGAIN = 1_000
"""More rounds at one moment than any honest run needs."""


class Crew:
    def __init__(
        self, database: Database, connection: Connection, executor: Executor, lane: int, asking: Asking, watch: Watch
    ) -> None:
        self.done: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self._connection = connection
        self._executor = executor
        self._lane = lane
        self._asking = asking
        self._watch = watch
        self._next: datetime | None = None
        self._workers = [Worker(one, database, executor, lane=lane) for one in REGISTRY.values()]

    # -- timers -----------------------------------------------------------------------------------------------------

    def next_timer(self) -> datetime | None:
        """When time alone causes something next; asked of the store only after what can bring it nearer."""
        if self._watch.timers_moved:
            self._watch.timers_moved = False
            self._next = next_due(self._connection, self._lane)
        return self._next

    def wake_due(self, now: datetime, talks: Talks) -> None:
        """Everything due at `now`, and what follows from it."""
        self._watch.timers_moved = True
        for _ in range(NEVER_AGAIN):
            page = due(self._connection, self._lane, BEGINNING, now)
            if not page:
                return
            dialogs = [stream.partition("-")[2] for _, stream in page]
            self._ask([self._asking.look(WakeDialog(dialog=dialog)) for dialog in dialogs])
            self._watch.marked_by_engine |= any(self._watch.in_group(dialog) for dialog in dialogs)
            self.settle(talks)
        raise Unavailable("timer_stuck", f"Timers of lane {self._lane} are due again and again at {now.isoformat()}.")

    # -- until all is quiet -----------------------------------------------------------------------------------------

    def settle(self, talks: Talks, touched: Iterable[Talk] = (), first: Sequence[Asked] = ()) -> None:
        """`first` = commands that come before everything else, `touched` = talks that may have something to do."""
        asked, ripe = list(first), list(touched)
        for _ in range(NEVER_AGAIN):
            going_on = [talk for talk in ripe if talk.waiting and self._advance(talk, asked)]
            asked += self._looks()
            if asked:
                self._ask(asked)
            elif not self._engine_marks():
                return
            asked = []
            ripe = list(dict.fromkeys([*going_on, *talks.of_dialogs(self._watch.take_ripe())]))
        raise Unavailable("never_quiet", "The processors set each other to work again and again.")

    def look_everywhere(self) -> list[Asked]:
        """After an interruption a wake-up may be missing: every group with a queue is looked at, and every offer."""
        groups, agents = self._watch.groups_with_queue(), self._watch.offered_agents()
        looks: list[object] = []
        if groups:
            looks.append(distribution.look([f"group-{group}" for group in groups]))
        if agents:
            looks.append(presence.look([f"agent-{agent}" for agent in agents]))
        return [self._asking.look(look) for look in looks]

    def _looks(self) -> list[Asked]:
        asked = [self._asking.look(processor.look(streams)) for processor, streams in self._watch.take_marks()]
        return asked + [self._asking.accept(*offer) for offer in self._watch.take_offers()]

    def _engine_marks(self) -> int:
        """Marks that a command of the engine's own left for a processor."""
        if not self._watch.marked_by_engine:
            return 0
        self._watch.marked_by_engine = False
        return sum(worker.look(self._connection) for worker in self._workers)

    def _advance(self, talk: Talk, asked: list[Asked]) -> bool:
        """Ask for what can be done now; what needs an agent waits for one, in order. Was anything asked?"""
        dialog = talk.dialog
        if dialog is None:
            return False
        assignee = self._watch.assignee.get(dialog)
        ended = dialog in self._watch.closed
        kept: list[Act] = []
        before = len(asked)
        for act in talk.waiting:
            if isinstance(act, NEEDS_ASSIGNEE) and assignee is None and not ended:
                kept.append(act)
                continue
            asked.extend(self._asking.act(talk, dialog, act, assignee))
            if isinstance(act, Move | Close):
                assignee = None
        talk.waiting = kept
        return len(asked) > before

    def _ask(self, asked: Sequence[Asked]) -> None:
        results = self._executor.execute_all([one.request for one in asked])
        for one, result in zip(asked, results, strict=True):
            if isinstance(result, Outcome):
                (self.repeated if result.repeated else self.done)[one.tally] += 1
            else:
                self._was_refused(one, result)

    def _was_refused(self, asked: Asked, refusal: Rejected) -> None:
        """Told apart: the engine is unwell (the run ends, and can go on later), or it has its reasons (counted)."""
        if isinstance(refusal, Unavailable) or asked.tally in ("looked", "presence"):
            raise refusal
        self.refused[asked.tally, refusal.code] += 1
        if asked.tally == "said" and asked.talk is not None and refusal.code == "dialog_closed":
            asked.talk.late += 1
