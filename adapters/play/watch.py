"""What the run knows of the engine: its own events, heard in the process right after each commit.

From them follow who holds which dialog, what has to be looked at now, and the figures of the end. After an interruption
the same comes out of the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from adapters.play.figures import Figures
from domain.dialog.events import Offered
from domain.group import MembersChanged
from domain.recorded import Recorded
from processors import REGISTRY, Processor

MOVES_TIMERS = frozenset(
    {
        "dialog.opened",
        "dialog.offers_made",
        "dialog.unheld",
        "dialog.round_exhausted",
        "dialog.reopened",
        "channel.settings_changed",
    }
)
"""Only these can bring a timer nearer, in groups as they are set up here: without a longest wait in the queue."""
NOWHERE = ""
EVENTFUL = frozenset({"dialog.offers_ended", "channel.settings_changed", "channel.connected"})
"""After these the engine itself may have left a mark for a processor."""


class Watch:
    """`listen` is an `on_commit` listener; everything else is asked between two commits."""

    def __init__(self, processors: Mapping[str, Processor] = REGISTRY) -> None:
        self.figures = Figures()
        self.assignee: dict[str, str] = {}
        self.closed: set[str] = set()
        self.timers_moved = True
        self.marked_by_engine = False
        self._processors = processors
        self._in_group: dict[str, str] = {}
        self._waiting: defaultdict[str, int] = defaultdict(int)
        self._groups_of: defaultdict[str, set[str]] = defaultdict(set)
        self._offers: dict[str, list[Offered]] = {}
        self._unanswered: dict[str, None] = {}
        self._ripe: dict[str, None] = {}
        self._marks: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._heard: dict[str, Callable[[str, Any], None]] = {
            "dialog.assigned": self._assigned,
            "dialog.queued": self._queued,
            "dialog.offers_made": self._offered,
            "dialog.offers_ended": self._offers_ended,
            "dialog.transferred": self._let_go,
            "dialog.released": self._let_go,
            "dialog.assignment_expired": self._let_go,
            "dialog.closed": self._closed,
            "dialog.reopened": self._reopened,
            "group.members_changed": self._members,
        }

    def listen(self, events: Sequence[Recorded]) -> None:
        for event in events:
            self._hear(event)
            kind = event.event.kind
            self.timers_moved = self.timers_moved or kind in MOVES_TIMERS
            self.marked_by_engine = self.marked_by_engine or kind in EVENTFUL
            for processor in self._processors.values():
                if kind in processor.hears:
                    self._marks[processor.name].update(dict.fromkeys(processor.marks(event)))

    def remember(self, events: Iterable[Recorded]) -> None:
        """Events from before this run began: facts, but nothing to look at."""
        for event in events:
            self._hear(event)

    def _hear(self, event: Recorded) -> None:
        hear = self._heard.get(event.event.kind)
        if hear is not None:
            hear(event.entity, event.event)
        self.figures.count(event)

    # -- what is to be done -----------------------------------------------------------------------------------------

    def looked_at(self, groups: Collection[str]) -> None:
        """Distribution has looked at these groups behind all that was heard so far: their marks are settled."""
        if groups and (marks := self._marks.get("distribution")):
            left = [stream for stream in marks if self._worth_looking(stream, groups)]
            self._marks["distribution"] = dict.fromkeys(left)

    def take_marks(self) -> list[tuple[Processor, list[str]]]:
        """What the processors would look at, without the looks that cannot find anything: nobody waits there."""
        taken, self._marks = self._marks, defaultdict(dict)
        looks = []
        for name, marks in taken.items():
            streams = [stream for stream in marks if name != "distribution" or self._worth_looking(stream)]
            if name == "presence" and not self._offers:
                continue
            if streams:
                looks.append((self._processors[name], sorted(streams)))
        return looks

    def _worth_looking(self, stream: str, looked: Collection[str] = ()) -> bool:
        prefix, _, ident = stream.partition("-")
        if prefix == "agent":
            return any(self._waiting.get(group) and group not in looked for group in self._groups_of[ident])
        if prefix == "dialog":
            return ident not in self._offers and self._in_group.get(ident, NOWHERE) not in (*looked, NOWHERE)
        return True

    def take_offers(self) -> list[tuple[str, Offered]]:
        """The next offer of every dialog that has one and no answer yet."""
        taken, self._unanswered = self._unanswered, {}
        return [(dialog, self._offers[dialog].pop(0)) for dialog in taken if self._offers.get(dialog)]

    def not_accepted(self, dialog: str) -> None:
        """The agent could not take it; the next one of the same attempt may."""
        self._unanswered[dialog] = None

    def take_ripe(self) -> list[str]:
        """Dialogs that have found an agent, or have ended: what waited for that can go on."""
        taken, self._ripe = self._ripe, {}
        return list(taken)

    def groups_with_queue(self) -> list[str]:
        return sorted(group for group, n in self._waiting.items() if n)

    def offered_agents(self) -> list[str]:
        return sorted({offer.agent for offers in self._offers.values() for offer in offers})

    def in_group(self, dialog: str) -> bool:
        """Does it wait in a group, offered or not?"""
        return dialog in self._in_group

    @property
    def waiting(self) -> int:
        return len(self._in_group)

    # -- what was heard ---------------------------------------------------------------------------------------------

    def _assigned(self, dialog: str, event: Any) -> None:
        self._leave_group(dialog)
        self.assignee[dialog] = event.agent
        self._ripe[dialog] = None

    def _queued(self, dialog: str, event: Any) -> None:
        self._leave_group(dialog)
        self.assignee.pop(dialog, None)
        if event.target is not None and event.target.kind == "group":
            self._in_group[dialog] = event.target.id
            self._waiting[event.target.id] += 1

    def _offered(self, dialog: str, event: Any) -> None:
        if dialog not in self._offers and dialog in self._in_group:
            self._waiting[self._in_group[dialog]] -= 1
        self._offers[dialog] = list(event.offers)
        self._unanswered[dialog] = None

    def _offers_ended(self, dialog: str, event: Any) -> None:
        """Somebody may accept what is left; else it waits again, if its group has not lost it."""
        ended = {one.offer for one in event.offers}
        left = [one for one in self._offers.pop(dialog, ()) if one.offer not in ended]
        if left:
            self._offers[dialog] = left
        elif dialog in self._in_group:
            self._waiting[self._in_group[dialog]] += 1

    def _let_go(self, dialog: str, event: Any) -> None:
        self.assignee.pop(dialog, None)

    def _closed(self, dialog: str, event: Any) -> None:
        self._leave_group(dialog)
        self.assignee.pop(dialog, None)
        self.closed.add(dialog)
        self._ripe[dialog] = None

    def _reopened(self, dialog: str, event: Any) -> None:
        self.closed.discard(dialog)

    def _members(self, group: str, event: MembersChanged) -> None:
        for agent in event.removed:
            self._groups_of[agent].discard(group)
        for agent in event.order:
            self._groups_of[agent].add(group)

    def _leave_group(self, dialog: str) -> None:
        group = self._in_group.pop(dialog, None)
        offered = self._offers.pop(dialog, None) is not None
        self._unanswered.pop(dialog, None)
        if group is not None and not offered:
            self._waiting[group] -= 1
