"""One run: an office, its machines and the people outside, moved step by step by a list of moves.

Any list of moves is a run: a move that makes no sense at its moment does nothing. At the end `rest` lets everything
come to its end without faults, and `go_home` lets time run on until nothing is due any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from adapters.store.requests import Request
from domain.desk.administration import SetAgent, SetGroup, SetPresence, SetSchedule
from domain.desk.bots import SetBot
from domain.desk.channels import CreateChannel
from domain.errors import Rejected
from domain.idleness import moments_of
from domain.recorded import SYSTEM, Actor
from processors import REGISTRY
from projections.base import projection
from tests.connections import connects
from tests.examples import WEEKDAYS_9_TO_18, saves
from tests.memory.outbox import Outbox
from tests.memory.store import MemoryExecutor, MemoryStore
from tests.memory.topics import Consumer, Ear, MemoryView, Notebook, Positions, Topics
from tests.office import MONDAY, TENANT
from tests.simulation import courier, feeds, lives
from tests.simulation.clients import Book
from tests.simulation.lives import Life
from tests.simulation.shapes import CHANNELS, Move, Shape
from tests.simulation.units import Loop, Unit

ROUNDS = 2_000
"""More than any honest run needs to come to rest."""
STEPS_AT_ONCE = 40


class NeverRests(AssertionError):
    """Somebody finds something to do for ever."""


class Simulation:
    """Looks like `tests.office.Office` to moves and laws. `told` = what happened, in words, if `telling`."""

    def __init__(self, shape: Shape, *, telling: bool = False) -> None:
        self.shape = shape
        self.now = MONDAY
        self.steps = 0
        self.faultless_from = 0
        self.told: list[str] = []
        self.telling = telling
        self.store = MemoryStore(lambda: self.now)
        self.topics = Topics(shape.partitions)
        self.positions = Positions()
        self.lead = feeds.Lead()
        self.provider = courier.Provider()
        self.outbox, self.notebook = Outbox(), Notebook()
        self.views = [MemoryView(projection(name)) for name in shape.views]
        self.book = Book()
        self.clients: dict[int, tuple[Callable[[], Iterator[str]], Iterator[str]]] = {}
        self.units = self._units()
        self.loops = [loop for unit in self.units for loop in unit.loops]
        self._open_office()

    # -- what looks like an office -----------------------------------------------------------------------------------

    @property
    def log(self) -> Any:
        return self.store.log

    @property
    def heads(self) -> Any:
        return self.store.heads

    def state(self, stream: str) -> Any:
        return self.store.state(stream)

    def world(self) -> Any:
        return self.store.world()

    def timers(self) -> list[tuple[str, datetime]]:
        return self.store.timers()

    def run_for(self, duration: timedelta) -> None:
        """Time passes; what runs meanwhile is another move's business."""
        self.now += duration

    def do(self, command: Any, actor: Actor = SYSTEM) -> dict[str, Any]:
        """At once, as somebody with a quick connection."""
        before = len(self.log)
        (result,) = self.units[0].executor.execute_all([Request(tenant=TENANT, command=command, actor=actor)])
        self._tell(type(command).__name__, before)
        if isinstance(result, Rejected):
            raise result
        return result.answer

    # -- machines ----------------------------------------------------------------------------------------------------

    def _units(self) -> list[Unit]:
        match self.shape.deployment:
            case "one":
                parts = [("engine", "api engine feeds relay")]
            case "split":
                parts = [(part, part) for part in ("api", "engine", "feeds", "relay")]
            case "double":
                parts = [(f"engine {n}", "api engine feeds relay") for n in (1, 2)]
        consumers: list[Consumer] = [Ear(self.store, one) for one in REGISTRY.values()]
        consumers += [*self.views, self.outbox, self.notebook]
        return [self._unit(name, does.split(), consumers) for name, does in parts]

    def _unit(self, name: str, does: list[str], consumers: list[Consumer]) -> Unit:
        unit, shape, store = Unit(name, self.store), self.shape, self.store
        topics = self.topics if shape.feed == "topics" else None

        def add(what: str, begin: Callable[[], Life]) -> None:
            unit.loops.append(Loop(f"{what} of {name}", begin))

        if "engine" in does:
            for processor in REGISTRY.values():
                add(processor.name, lambda of=processor: lives.working(store, unit.executor, of))  # type: ignore[misc]
            add("ticker", lambda: lives.ticking(store, unit.executor, shape.page))
            add("courier", lambda: courier.delivering(store, unit.executor, self.outbox, self.provider))
        if "feeds" in does:
            for consumer in consumers:
                for life in feeds.feeding(store, topics, self.positions, consumer, shape.page):
                    add(consumer.name, life)
        if "relay" in does:
            add("relay", lambda: feeds.relaying(store, self.topics, self.lead, shape.page))
        return unit

    def api(self, serial: int) -> Callable[[], MemoryExecutor]:
        """Some unit that answers; a client stays with its unit, which may be another process by then."""
        units = self.units if self.shape.deployment == "double" else self.units[:1]
        return lambda: units[serial % len(units)].executor

    def _open_office(self) -> None:
        shape = self.shape
        steps: list[Any] = [SetBot(bot="greeter", name="Greeter")]
        steps += [SetSchedule(schedule="office-hours", name="Hours", zone="UTC", week=WEEKDAYS_9_TO_18)]
        for name, hire in shape.agents.items():
            steps += [
                SetAgent(agent=name, name=name),
                SetAgent(agent=name, **hire),
                SetPresence(agent=name, to="ready"),
            ]
        for name, rules in reversed(shape.groups.items()):
            steps.append(SetGroup(group=name, name=name, changes={"members": list(shape.agents), "seed": "s", **rules}))
        for name, settings in shape.channels.items():
            made = CreateChannel(channel=name, kind=CHANNELS[name], name=name)
            steps += [made, *connects(name, CHANNELS[name]), saves(name, **settings)]
        requests = [Request(tenant=TENANT, command=step) for step in steps]
        for result in self.units[0].executor.execute_all(requests):
            assert not isinstance(result, Rejected), result

    # -- time and steps ----------------------------------------------------------------------------------------------

    def play(self, moves: Iterable[Move], after: Callable[[str], None] = lambda _: None) -> None:
        """`after` is told the name of each move."""
        from tests.simulation.moves import MOVES

        for name, serial, a, b in moves:
            self._tell(f"> {name} {a} {b}", len(self.log))
            MOVES[name](self, serial, a, b)
            after(name)

    def enter(self, serial: int, begin: Callable[[], Iterator[str]]) -> None:
        """Somebody outside wants something."""
        self.clients[serial] = (begin, begin())

    def step(self, loop: Loop) -> bool:
        self.steps += 1
        if not self.telling:
            return loop.step() != lives.IDLE
        before = len(self.log)
        word = loop.step()
        if word:
            self._tell(f"[{loop.name}] {word}", before)
        return bool(word)

    def step_client(self, serial: int) -> None:
        before = len(self.log)
        word = next(self.clients[serial][1], lives.IDLE)
        self.steps += 1
        if not word:
            del self.clients[serial]
        if self.telling:
            self._tell(f"[outside] {word or 'has heard the answer'}", before)

    def bustle(self, turn: int, steps: int) -> bool:
        """Everybody does so many steps, beginning with somebody else each time."""
        busy = False
        for serial in list(self.clients):
            self.step_client(serial)
            busy = True
        first = turn % len(self.loops)
        for loop in (*self.loops[first:], *self.loops[:first]):
            for _ in range(steps):
                if not self.step(loop):
                    break
                busy = True
        return busy

    def rest(self) -> None:
        for turn in range(ROUNDS):
            if not self.bustle(turn, STEPS_AT_ONCE):
                return
        raise NeverRests("the machines never come to rest")

    def settle(self) -> None:
        """Rest, and a sweep's and a tick's time later rest again."""
        self.rest()
        self.now += timedelta(seconds=lives.SWEEP + lives.TICK)
        self.rest()

    def go_home(self) -> None:
        """Nobody is ready any more; time goes on from timer to timer until nothing can become idle any more."""
        self.faultless_from = len(self.log)
        for name, _ in self.heads.states("agent"):
            with suppress(Rejected):  # who was dismissed has gone already
                self.do(SetPresence(agent=name, to="offline"))
        self.settle()
        for _ in range(ROUNDS):
            moments = self._timers_that_end() + self.outbox.moments()
            if not moments:
                return
            self.now = max(self.now + timedelta(seconds=1), min(moments))
            self.rest()
        raise NeverRests("the timers ring for ever")

    def _timers_that_end(self) -> list[datetime]:
        """Without those of schedules, which open and close for ever, and of dialogs that nothing closes."""
        found = []
        for stream, moment in self.heads.timers.items():
            if stream.startswith("schedule-"):
                continue
            state = self.state(stream)
            if stream.startswith("agent-") or any(moments_of(state, self.state(f"channel-{state.channel}"))):
                found.append(moment)
        return found

    def _tell(self, words: str, before: int) -> None:
        if self.telling:
            new = [f"{one.stream}: {one.event.kind}" for one in self.log[before:]]
            self.told.append(f"{self.now:%d %H:%M:%S.%f}  {words}" + "".join(f"\n{'':21}→ {one}" for one in new))
