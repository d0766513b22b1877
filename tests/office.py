"""The engine in memory: a log, the heads folded from it, the processors' marks and a clock that moves when told.

What the store keeps beside the log (queue, offers, members, conversations) is derived from the heads here, by scanning
them: slow, obvious, and so a check of the store's own rows. Commands run on the same `World` as in production.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.customer import Created as CustomerCreated
from domain.desk.presence import LeaseOver
from domain.desk.waking import WakeDialog, WakeSchedule, due_at
from domain.desk.world import (
    Class,
    Conversation,
    FactKind,
    Head,
    Known,
    NewKey,
    Pending,
    World,
    class_of,
    empty_head,
    queue_order,
    waits_in,
)
from domain.dialog.state import Dialog
from domain.errors import Rejected
from domain.recorded import SYSTEM, Actor, Meta, Recorded
from processors import ALL_HANDLERS, REGISTRY

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT = "acme"
ENOUGH = 1_000
"""More looks than any honest fixpoint needs; beyond it two processors are chasing each other."""


class MemoryHeads:
    """`domain.desk.world.Heads` over dictionaries. `rows_read` counts queue rows handed out (F27)."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.sessions: dict[tuple[str, str], str] = {}
        self.directory: dict[tuple[str, str], Known] = {}
        self.leases: dict[str, datetime | None] = {}
        self.alarms: dict[str, datetime | None] = {}
        self.facts: dict[tuple[str, str], Any] = {}
        self.rows_read = 0

    def head(self, stream: str) -> Head:
        return self.heads.get(stream) or empty_head(stream)

    def conversation(self, channel: str, customer: str) -> Conversation | None:
        dialog = self.sessions.get((channel, customer))
        if dialog is None:
            return None
        state: Dialog = self.head(f"dialog-{dialog}").state
        return Conversation(state.session, dialog, state.open)

    def known(self, namespace: str, external_key: str) -> Known | None:
        return self.directory.get((namespace, external_key))

    def queue(self, group: str, limit: int, passing: Collection[Class] = ()) -> Sequence[str]:
        queued = [(name, state) for name, state in self.dialogs() if waits_in(state, group)]
        waiting = [(queue_order(state), name) for name, state in queued if class_of(state) not in passing]
        page = [name for _, name in sorted(waiting)[:limit]]
        self.rows_read += len(page)
        return page

    def offered_to(self, agent: str) -> Sequence[str]:
        return [name for name, state in self.dialogs() if any(one.agent == agent for one in state.offers)]

    def open_in_channel(self, channel: str, limit: int, after: str = "") -> Sequence[str]:
        mine = [name for name, state in self.dialogs() if state.open and state.channel == channel]
        return sorted(name for name in mine if name > after)[:limit]

    def waiting_groups(self) -> Sequence[str]:
        return sorted({group for _, state in self.dialogs() if (group := state.in_group) and waits_in(state, group)})

    def groups_of(self, agent: str) -> Sequence[str]:
        return [name for name, state in self.states("group") if agent in state.members]

    def channels(self) -> Sequence[str]:
        return [name for name, _ in self.states("channel")]

    def groups(self) -> Sequence[str]:
        return [name for name, _ in self.states("group")]

    def lease(self, agent: str) -> datetime | None:
        return self.leases.get(agent)

    def fact(self, kind: FactKind, key: str) -> Any:
        return self.facts.get((kind, key))

    def dialogs(self) -> Iterable[tuple[str, Dialog]]:
        return self.states("dialog")

    def states(self, prefix: str) -> list[tuple[str, Any]]:
        start = f"{prefix}-"
        return [(name[len(start) :], head.state) for name, head in self.heads.items() if name.startswith(start)]

    def keep(self, world: World) -> None:
        """Commit: only heads are taken over; what is derived from them is looked up in them."""
        for key, value in world.changed().items():
            match key:
                case ("head", stream):
                    self.heads[stream] = value
                case ("lease", agent):
                    self.leases[agent] = value
                case ("alarm", stream):
                    self.alarms[stream] = value
                case ("fact", kind, name):
                    self.facts[kind, name] = value
        for pending in world.events:
            self._index(pending)

    def _index(self, pending: Pending) -> None:
        prefix, _, name = pending.stream.partition("-")
        if isinstance(pending.event, CustomerCreated):
            known = Known(name, pending.event.subject_key_id)
            self.directory[pending.event.namespace, pending.event.external_key] = known
        if prefix == "dialog":
            state: Dialog = self.heads[pending.stream].state
            last = self.sessions.get((state.channel, state.customer))
            if last is None or self.head(f"dialog-{last}").state.session <= state.session:
                self.sessions[state.channel, state.customer] = name


class CountedChoices:
    """Ids and keys in the order in which they are asked for."""

    def __init__(self) -> None:
        self.made = 0

    def new_id(self) -> str:
        self.made += 1
        return f"id-{self.made}"

    def new_key(self) -> NewKey:
        self.made += 1
        return NewKey(f"key-{self.made}", f"commitment-{self.made}", b"wrapped")


class Office:
    """One tenant in one lane, in memory."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self.now = start
        self.log: list[Recorded] = []
        self.heads = MemoryHeads()
        self.choices = CountedChoices()
        self.dirty: dict[str, dict[str, None]] = {name: {} for name in REGISTRY}
        self.counts: dict[tuple[str, str], int] = {}
        self.policies: dict[int, tuple[Any, ...]] = {}

    # -- commands ---------------------------------------------------------------------------------------------------

    def do(self, command: Any, actor: Actor = SYSTEM) -> dict[str, Any]:
        (outcome,) = self.batch(command, actor=actor)
        if isinstance(outcome, Rejected):
            raise outcome
        return outcome

    def batch(self, *commands: Any, actor: Actor = SYSTEM) -> list[dict[str, Any] | Rejected]:
        """Several commands in one transaction, as the executor runs them: a refused one leaves nothing behind."""
        world = self.world()
        outcomes: list[dict[str, Any] | Rejected] = []
        for command in commands:
            try:
                outcomes.append(self._run(world, command, actor))
            except Rejected as refusal:
                outcomes.append(refusal)
        self._commit(world)
        return outcomes

    def world(self) -> World:
        position = len(self.log) + 1
        return World(tenant=TENANT, now=self.now, position=position, heads=self.heads, choices=self.choices)

    def _run(self, world: World, command: Any, actor: Actor) -> dict[str, Any]:
        handler = ALL_HANDLERS[type(command)]
        ran = world.run(lambda: handler(world, command), actor)
        meta = Meta(actor=actor, command=type(command).__name__, policies=ran.policies)
        for one in ran.events:
            event_id = f"{one.stream}@{one.version}"
            self.policies[one.position] = ran.policies
            recorded = Recorded(one.position, TENANT, one.stream, one.version, event_id, self.now, meta, one.event)
            self.log.append(recorded)
        return ran.answer

    def _commit(self, world: World) -> None:
        first = len(self.log) - len(world.events)
        self.heads.keep(world)
        for recorded in self.log[first:]:
            self._hear(recorded)
        for processor, key in sorted(world.wakes):
            self.dirty[processor][key] = None
        for counted, n in world.counts.items():
            self.counts[counted] = self.counts.get(counted, 0) + n

    def _hear(self, recorded: Recorded) -> None:
        for processor in REGISTRY.values():
            if recorded.event.kind in processor.hears:
                self.dirty[processor.name].update(dict.fromkeys(processor.marks(recorded)))

    # -- processors and time ----------------------------------------------------------------------------------------

    def settle(self) -> None:
        for _ in range(ENOUGH):
            if not self.look():
                return
        raise AssertionError("the processors never come to rest")

    def look(self, order: Callable[[list[str]], list[str]] = sorted) -> bool:
        """Each processor looks once at what is marked. `order` may shuffle or repeat the wake-ups (F29)."""
        looked = False
        for processor in REGISTRY.values():
            marked = list(self.dirty[processor.name])
            if marked:
                self.dirty[processor.name] = {}
                self.do(processor.look(order(marked)))
                looked = True
        return looked

    def sleep(self, duration: timedelta) -> None:
        self.now += duration

    def run_for(self, duration: timedelta) -> None:
        """Timers ring at their exact moments until `duration` has passed."""
        end = self.now + duration
        for _ in range(ENOUGH):
            self.settle()
            moments = [moment for moment in self.moments() if moment <= end]
            if not moments:
                break
            self.ring(min(moments))
        else:
            raise AssertionError("the timers ring for ever")
        self.now = end
        self.settle()

    def ring(self, moment: datetime) -> None:
        """Every timer of this moment and before rings now."""
        due = [name for name, when in self.timers() if when <= moment]
        self.now = max(self.now, moment)
        for name in due:
            self.do(WakeDialog(dialog=name))
        for agent, until in list(self.heads.leases.items()):
            if until is not None and until <= moment:
                self.do(LeaseOver(agent=agent))
        for stream, at in list(self.heads.alarms.items()):
            if at is not None and at <= moment:
                self.do(WakeSchedule(schedule=stream.partition("-")[2]))

    def timers(self) -> list[tuple[str, datetime]]:
        world = self.world()
        moments = [(name, due_at(world, state)) for name, state in self.heads.dialogs()]
        return [(name, moment) for name, moment in moments if moment is not None]

    def moments(self) -> list[datetime]:
        """Of every timer: those of dialogs, the ends of leases, and those of schedules, where anybody waits for them.

        An office in which nobody waits does not count the days.
        """
        leases = [until for until in self.heads.leases.values() if until is not None]
        alarms = [at for at in self.heads.alarms.values() if at is not None] if self.heads.waiting_groups() else []
        return [*(moment for _, moment in self.timers()), *leases, *alarms]

    def catch_up(self) -> None:
        """After standing still: every open dialog is looked at once, then the processors."""
        for name, state in list(self.heads.dialogs()):
            if state.open:
                self.do(WakeDialog(dialog=name))
        self.settle()

    # -- looking ----------------------------------------------------------------------------------------------------

    def state(self, stream: str) -> Any:
        return self.heads.head(stream).state

    def dialog_id(self, customer: str) -> str:
        """The last dialog of a customer, named as in the examples (`ivan`)."""
        known = next(one for (_, key), one in self.heads.directory.items() if key == sender_key(customer))
        return [name for (_, who), name in self.heads.sessions.items() if who == known.customer][-1]

    def dialog(self, customer: str) -> Dialog:
        found: Dialog = self.state(f"dialog-{self.dialog_id(customer)}")
        return found

    def events(self, prefix: str = "") -> list[Any]:
        return [recorded.event for recorded in self.log if recorded.event.kind.startswith(prefix)]

    def kinds(self) -> list[str]:
        return [recorded.event.kind for recorded in self.log]


def sender_key(customer: str) -> str:
    """What the door would hash; readable here."""
    return f"hash of {customer}"
