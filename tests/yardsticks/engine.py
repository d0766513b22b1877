"""The engine without a database: every command on the real `World`, every processor by the real registry.

Nothing is kept of what has happened; whoever wants to know listens. Ids come from a counter, so a run repeats itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from domain.desk.world import World
from domain.recorded import SYSTEM, Event, Meta, Recorded
from processors import ALL_HANDLERS, REGISTRY
from tests.office import CountedChoices
from tests.yardsticks.heads import QuickHeads

START = datetime(2026, 3, 2, tzinfo=UTC)
TENANT = "acme"
META = Meta()
Listener = Callable[[str, Event], None]


class Engine:
    """`listen` hears every event with its stream, at its commit."""

    def __init__(self, listen: Listener = lambda stream, event: None) -> None:
        self.now = START
        self.heads = QuickHeads()
        self.events = 0
        self._listen = listen
        self._choices = CountedChoices()
        self._dirty: dict[str, dict[str, None]] = {name: {} for name in REGISTRY}

    def do(self, command: Any) -> dict[str, Any]:
        """One command, and then whatever the processors make of it."""
        answer = self._run(command)
        while self._look():
            pass
        return answer

    def _run(self, command: Any) -> dict[str, Any]:
        world = World(tenant=TENANT, now=self.now, position=self.events + 1, heads=self.heads, choices=self._choices)
        handler = ALL_HANDLERS[type(command)]
        ran = world.run(lambda: handler(world, command), SYSTEM)
        self.events += len(world.events)
        self.heads.keep(world)
        for one in world.events:
            recorded = Recorded(one.position, TENANT, one.stream, one.version, "", self.now, META, one.event)
            for processor in REGISTRY.values():
                if one.event.kind in processor.hears:
                    self._dirty[processor.name].update(dict.fromkeys(processor.marks(recorded)))
            self._listen(one.stream, one.event)
        for name, key in sorted(world.wakes):
            self._dirty[name][key] = None
        return ran.answer

    def _look(self) -> bool:
        looked = False
        for processor in REGISTRY.values():
            marked = sorted(self._dirty[processor.name])
            if marked:
                self._dirty[processor.name] = {}
                self._run(processor.look(marked))
                looked = True
        return looked
