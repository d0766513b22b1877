"""What the run knows of the engine: its own events, heard in the process right after each commit.

From them follow who holds which dialog, what has to be looked at now, and the figures of the end. After an interruption
the same comes out of the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from adapters.play.figures import Figures
from domain.group import MembersChanged
from domain.recorded import Recorded
from processors import REGISTRY, Processor

MOVES_TIMERS = frozenset(
    {
        "dialog.opened",
        "dialog.queued",
        "dialog.offers_made",
        "dialog.assigned",
        "dialog.held",
        "dialog.unheld",
        "dialog.round_exhausted",
        "dialog.reopened",
        "channel.settings_changed",
    }
)
"""Only these can bring a timer nearer; others leave the earliest one where it is."""
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
        self._offers: dict[str, tuple[str, str]] = {}
        self._ripe: set[str] = set()
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

    def _worth_looking(self, stream: str) -> bool:
        prefix, _, ident = stream.partition("-")
        if prefix == "agent":
            return any(self._waiting.get(group) for group in self._groups_of[ident])
        return prefix != "dialog" or ident in self._in_group

    def take_offers(self) -> list[tuple[str, str, str]]:
        """Offers that nobody has answered yet: dialog, offer, agent."""
        taken, self._offers = self._offers, {}
        return [(dialog, *offer) for dialog, offer in taken.items()]

    def take_ripe(self) -> set[str]:
        """Dialogs that have found an agent, or have ended: what waited for that can go on."""
        taken, self._ripe = self._ripe, set()
        return taken

    def groups_with_queue(self) -> list[str]:
        return sorted(group for group, n in self._waiting.items() if n)

    def offered_agents(self) -> list[str]:
        return sorted({agent for _, agent in self._offers.values()})

    def in_group(self, dialog: str) -> bool:
        """Does it wait in a group, offered or not?"""
        return dialog in self._in_group

    @property
    def waiting(self) -> int:
        return len(self._in_group)

    # -- what was heard ---------------------------------------------------------------------------------------------

    def _assigned(self, dialog: str, event: Any) -> None:
        self._leave_group(dialog)
        self._offers.pop(dialog, None)
        self.assignee[dialog] = event.agent
        self._ripe.add(dialog)

    def _queued(self, dialog: str, event: Any) -> None:
        self._leave_group(dialog)
        self.assignee.pop(dialog, None)
        if event.target is not None and event.target.kind == "group":
            self._in_group[dialog] = event.target.id
            self._waiting[event.target.id] += 1

    def _offered(self, dialog: str, event: Any) -> None:
        self._offers[dialog] = (event.offers[0].offer, event.offers[0].agent)

    def _offers_ended(self, dialog: str, event: Any) -> None:
        pending = self._offers.get(dialog)
        if pending is not None and any(one.offer == pending[0] for one in event.offers):
            del self._offers[dialog]

    def _let_go(self, dialog: str, event: Any) -> None:
        self.assignee.pop(dialog, None)

    def _closed(self, dialog: str, event: Any) -> None:
        self._leave_group(dialog)
        self._offers.pop(dialog, None)
        self.assignee.pop(dialog, None)
        self.closed.add(dialog)
        self._ripe.add(dialog)

    def _reopened(self, dialog: str, event: Any) -> None:
        self.closed.discard(dialog)

    def _members(self, group: str, event: MembersChanged) -> None:
        for agent in event.removed:
            self._groups_of[agent].discard(group)
        for agent in event.order:
            self._groups_of[agent].add(group)

    def _leave_group(self, dialog: str) -> None:
        group = self._in_group.pop(dialog, None)
        if group is not None:
            self._waiting[group] -= 1
