"""The engine at work between two moments: processors look, agents accept, waiting acts go on, until all is quiet.

An agent accepts at once what he is offered (the reaction model of a replay: who was at work did take enquiries, and how
long he took to click is not recorded), and then says at once what waited for somebody to say it. So nothing but the
engine's own distribution decides who answers.

A look that is certain to follow from a command goes out behind it, in the same transaction: it sees what the command
has decided. Every command more in a batch is a transaction less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from adapters.feed.timers import BEGINNING, due, next_due
from adapters.feed.worker import Worker
from adapters.play.asking import Asked, Asking
from adapters.play.door import Door, channel_of
from adapters.play.lines import Line
from adapters.play.outcomes import Outcomes
from adapters.play.script import NEEDS_ASSIGNEE, Act, Close, Move
from adapters.play.stage import group_id
from adapters.play.survey import Place
from adapters.play.talks import Talk, Talks
from adapters.play.together import Together
from adapters.play.watch import Watch
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from domain.desk.waking import WakeDialog
from domain.distribution import RESERVING
from domain.errors import Unavailable
from domain.group import Algorithm
from processors import REGISTRY, distribution, presence

MOST_ROUNDS = 1_000
"""More rounds at one moment than any honest run needs."""


class Crew:
    """`algorithm` is that of all groups: where it reserves a slot with the offer, an accept cannot be refused."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        executor: Executor,
        lane: int,
        asking: Asking,
        watch: Watch,
        talks: Talks,
        algorithm: Algorithm,
    ) -> None:
        self.outcomes = Outcomes(watch)
        self._connection = connection
        self._executor = executor
        self._lane = lane
        self._asking = asking
        self._watch = watch
        self._talks = talks
        self._sure = algorithm in RESERVING
        self._next: datetime | None = None
        self._workers = [Worker(one, database, executor, lane=lane) for one in REGISTRY.values()]

    # -- timers -----------------------------------------------------------------------------------------------------

    def next_timer(self) -> datetime | None:
        """When time alone causes something next; asked of the store only after what can bring it nearer."""
        if self._watch.timers_moved:
            self._watch.timers_moved = False
            self._next = next_due(self._connection, self._lane)
        return self._next

    def wakes(self, now: datetime) -> list[Asked]:
        """A page of what is due at `now`."""
        if (moment := self.next_timer()) is None or moment > now:
            return []
        self._watch.timers_moved = True
        dialogs = [stream.partition("-")[2] for _, stream in due(self._connection, self._lane, BEGINNING, now)]
        self._watch.marked_by_engine |= any(self._watch.in_group(dialog) for dialog in dialogs)
        return [self._asking.look(WakeDialog(dialog=dialog)) for dialog in dialogs]

    # -- a moment ---------------------------------------------------------------------------------------------------

    def enter(self, door: Door, lines: Sequence[Line], touched: Iterable[Talk], first: Sequence[Asked]) -> list[Talk]:
        """Customers' messages, with `first` before them and everything that is certain behind. Returns opened talks."""
        asked: list[Asked] = []
        new = {talk for line in lines if self._begins(talk := self._talks.of(line))}
        one_channel = len({channel_of(line) for line in lines}) == 1
        looked = {group_id(Place(line.set, None)) for line in lines if self._talks.of(line) in new}
        if one_channel:
            for talk in touched:
                if talk not in new:
                    looked |= self._advance(talk, asked)
            asked += self._look_at(looked)
        together = Together(self._executor, [one.request for one in first], [one.request for one in asked])
        opened = door.enter(lines, together)
        self.outcomes.count(first, together.before)
        self.outcomes.count(asked, together.behind)
        self._watch.looked_at(looked if one_channel else ())
        return opened

    def settle(self, touched: Iterable[Talk] = (), first: Sequence[Asked] = (), last: Sequence[Asked] = ()) -> None:
        """`first` and `last` = commands before and behind the first others, `touched` = talks that may go on."""
        asked, ripe = list(first), list(touched)
        for _ in range(MOST_ROUNDS):
            asked += self._accepts()
            looked = {group for talk in ripe if talk.waiting for group in self._advance(talk, asked)}
            asked += [*self._looks(), *self._look_at(looked), *last]
            if asked:
                self.outcomes.count(asked, self._executor.execute_all([one.request for one in asked]))
                self._watch.looked_at(looked)
            elif not self._engine_marks():
                return
            asked, last, ripe = [], (), self._talks.of_dialogs(self._watch.take_ripe())
        raise Unavailable("never_quiet", "The processors set each other to work again and again.")

    def look_everywhere(self) -> list[Asked]:
        """After an interruption a wake-up may be missing: every group with a queue is looked at, and every offer."""
        agents = [f"agent-{agent}" for agent in self._watch.offered_agents()]
        looks = [self._asking.look(presence.look(agents))] if agents else []
        return looks + self._look_at(self._watch.groups_with_queue())

    # -- what there is to do ----------------------------------------------------------------------------------------

    def _begins(self, talk: Talk) -> bool:
        """Will a message of this talk open a dialog?"""
        return talk.dialog is None or talk.dialog in self._watch.closed

    def _accepts(self) -> list[Asked]:
        """Offers are accepted, and where that is certain, what waited for it follows in the same breath."""
        asked: list[Asked] = []
        for dialog, offer in self._watch.take_offers():
            asked.append(self._asking.accept(dialog, offer.offer, offer.agent))
            if self._sure:
                for talk in self._talks.of_dialogs([dialog]):
                    self._advance(talk, asked, offer.agent)
        return asked

    def _looks(self) -> list[Asked]:
        return [self._asking.look(processor.look(streams)) for processor, streams in self._watch.take_marks()]

    def _look_at(self, groups: Iterable[str]) -> list[Asked]:
        streams = [f"group-{group}" for group in sorted(groups)]
        return [self._asking.look(distribution.look(streams))] if streams else []

    def _engine_marks(self) -> int:
        """Marks that a command of the engine's own left for a processor."""
        if not self._watch.marked_by_engine:
            return 0
        self._watch.marked_by_engine = False
        return sum(worker.look(self._connection) for worker in self._workers)

    def _advance(self, talk: Talk, asked: list[Asked], accepting: str | None = None) -> set[str]:
        """Ask for what can be done now; what needs an agent waits for one, in order. Returns groups it moves to.

        `accepting` = who will hold the dialog by the time these are carried out.
        """
        dialog = talk.dialog
        if dialog is None:
            return set()
        assignee = accepting or self._watch.assignee.get(dialog)
        ended = dialog in self._watch.closed
        kept: list[Act] = []
        groups: set[str] = set()
        for act in talk.waiting:
            if isinstance(act, NEEDS_ASSIGNEE) and assignee is None and not ended:
                kept.append(act)
                continue
            asked.extend(self._asking.act(talk, dialog, act, assignee))
            if isinstance(act, Move | Close):
                assignee = None
            if isinstance(act, Move) and not ended:
                groups.add(group_id(Place(talk.set, act.queue)))
        talk.waiting = kept
        return groups
