"""What a command sees and leaves behind: heads as of now, one clock, one source of ids, and the events so far.

A `World` is an overlay over the heads of the store. Several commands run on one world, one after the other; each sees
what those before it decided. A command that is refused is undone as if it had never run. No I/O of its own: whatever
is not here yet is asked of `Heads`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar, cast

from domain import alert
from domain import rotation as turns
from domain.account import Account
from domain.agent import Agent
from domain.alert import Alerts
from domain.channel import Channel
from domain.customer import Created as CustomerCreated
from domain.customer import Customer, IdentityAdded
from domain.dialog.events import Assigned, BotStarted, Closed, Opened, Queued, Reopened, RoutingDecided
from domain.dialog.state import Dialog
from domain.group import Group, MembersChanged
from domain.quarantine import InboundQuarantined, QuarantineReleased
from domain.recorded import SYSTEM, Actor, Event, Policy, Stamp
from domain.rotation import Rotation
from domain.schedule import Schedule
from domain.streams import aggregate_of, fresh
from domain.widget import Widget

T = TypeVar("T")


class Head(NamedTuple):
    """The folded state of one stream and its version; version 0 = no events."""

    state: Any
    version: int


class Conversation(NamedTuple):
    """The last dialog between one channel and one customer."""

    session: int
    dialog: str
    open: bool


class Known(NamedTuple):
    """A customer that the directory knows by the keyed hash of his external id."""

    customer: str
    subject_key_id: str


class Class(NamedTuple):
    """Dialogs of one queue that fare alike: if nobody at all can serve one of them, nobody can serve any (F17, F27).

    `tried`: somebody was asked in this round. `settled`: its round is over. A tried dialog that is not settled still
    has its round to end, so its class is never passed over.
    """

    channel: str
    skills: tuple[str, ...]
    weight: int
    tried: bool = False
    settled: bool = False


FactKind = Literal["bot", "entitlement", "owner", "quarantined"]
"""Small rows beside the log that rules look at. The value is JSON; None = there is no row.

`bot` id → {}: a bot of this tenant. `entitlement` service → false: taken away by a manager. `owner` keyed hash of an
external account → tenant: whose it is, across all tenants (D20). `quarantined` item → whose, or its dialog once
it was released; `last|channel|customer` → the customer's last item,
`change|message` → the last item that changes it.
"""


class NewKey(NamedTuple):
    """A key made for a new customer. `wrapped` goes to the key table, the commitment into the log."""

    id: str
    commitment: str
    wrapped: bytes


class Heads(Protocol):
    """What the store knows. Reads happen under the lane lock, so answers cannot change while a batch runs."""

    def head(self, stream: str) -> Head: ...
    def conversation(self, channel: str, customer: str) -> Conversation | None: ...
    def known(self, namespace: str, external_key: str) -> Known | None: ...
    def queue(self, group: str, limit: int, passing: Collection[Class] = ()) -> Sequence[str]: ...
    def offered_to(self, agent: str) -> Sequence[str]: ...
    def open_in_channel(self, channel: str, limit: int, after: str = "") -> Sequence[str]: ...
    def waiting_groups(self) -> Sequence[str]: ...
    def groups_of(self, agent: str) -> Sequence[str]: ...
    def channels(self) -> Sequence[str]: ...
    def groups(self) -> Sequence[str]: ...
    def lease(self, agent: str) -> datetime | None: ...
    def fact(self, kind: FactKind, key: str) -> Any: ...


class Choices(Protocol):
    """Everything that is not decided by rules: ids and keys. Seeded in tests and simulation."""

    def new_id(self) -> str: ...
    def new_key(self) -> NewKey: ...


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that this batch will insert."""

    stream: str
    version: int
    position: int
    event: Event


@dataclass(frozen=True, slots=True)
class Ran(Generic[T]):
    """What one command answered, the events it caused and the versions of the settings it looked at."""

    answer: T
    events: list[Pending]
    policies: tuple[Policy, ...]


Key = tuple[str, ...]
_ABSENT: Any = object()
_SETTINGS_STREAMS = frozenset({"channel", "group", "schedule"})


class World:
    """The overlay. `now` is the batch's one moment; `position` is that of the next event."""

    def __init__(self, *, tenant: str, now: datetime, position: int, heads: Heads, choices: Choices) -> None:
        self.tenant = tenant
        self.now = now
        self.actor: Actor = SYSTEM
        self.choices = choices
        self.events: list[Pending] = []
        self.wakes: set[tuple[str, str]] = set()
        self.rearm: set[str] = set()
        self.keys: list[NewKey] = []
        self.counts: dict[tuple[str, str], int] = {}
        self.before: dict[Key, Any] = {}
        self._heads = heads
        self._position = position
        self._overlay: dict[Key, Any] = {}
        self._undo: dict[Key, tuple[Any, bool]] = {}
        self._reads: set[str] = set()
        self._named: dict[tuple[tuple[str, int], ...], tuple[Policy, ...]] = {}

    # -- one command on the overlay ---------------------------------------------------------------------------------

    def run(self, command: Callable[[], T], actor: Actor) -> Ran[T]:
        """Run one command on the overlay. If it raises, everything it did is undone and the error goes on."""
        first, keys, wakes, counts = len(self.events), len(self.keys), set(self.wakes), dict(self.counts)
        self._undo, self._reads, self.actor = {}, set(), actor
        try:
            answer = command()
        except Exception:
            self._restore()
            self._position -= len(self.events) - first
            del self.events[first:], self.keys[keys:]
            self.wakes, self.counts = wakes, counts
            raise
        return Ran(answer, self.events[first:], self._policies())

    def _restore(self) -> None:
        for key, (value, changed_before) in self._undo.items():
            if value is _ABSENT:
                self._overlay.pop(key, None)
            else:
                self._overlay[key] = value
            if not changed_before:
                self.before.pop(key, None)

    def _policies(self) -> tuple[Policy, ...]:
        """One object for all commands of the batch that looked at the same settings."""
        versions = tuple((stream, version) for stream in sorted(self._reads) if (version := self.version(stream)))
        known = self._named.get(versions)
        if known is None:
            known = tuple(Policy(stream=stream, version=version) for stream, version in versions)
            self._named[versions] = known
        return known

    # -- reading ----------------------------------------------------------------------------------------------------

    def head(self, stream: str) -> Head:
        key = ("head", stream)
        found = self._overlay.get(key)
        if found is None:
            found = self._overlay[key] = self._heads.head(stream)
        return cast(Head, found)

    def version(self, stream: str) -> int:
        return self.head(stream).version

    def _state(self, stream: str) -> Any:
        if stream.partition("-")[0] in _SETTINGS_STREAMS:
            self._reads.add(stream)
        return self.head(stream).state

    def dialog(self, dialog: str) -> Dialog:
        return cast(Dialog, self._state(f"dialog-{dialog}"))

    def channel(self, channel: str) -> Channel:
        return cast(Channel, self._state(f"channel-{channel}"))

    def agent(self, agent: str) -> Agent:
        return cast(Agent, self._state(f"agent-{agent}"))

    def group(self, group: str) -> Group:
        return cast(Group, self._state(f"group-{group}"))

    def schedule(self, schedule: str) -> Schedule:
        return cast(Schedule, self._state(f"schedule-{schedule}"))

    def widget(self, widget: str) -> Widget:
        return cast(Widget, self._state(f"widget-{widget}"))

    def account(self, account: str) -> Account:
        return cast(Account, self._state(f"account-{account}"))

    def customer(self, customer: str) -> Customer:
        return cast(Customer, self._state(f"customer-{customer}"))

    def alerts(self) -> Alerts:
        return cast(Alerts, self._state(f"alert-{self.tenant}"))

    def rotation(self, group: str) -> Rotation:
        return cast(Rotation, self.head(f"rotation-{group}").state)

    def conversation(self, channel: str, customer: str) -> Conversation | None:
        key = ("conversation", channel, customer)
        return cast("Conversation | None", self._get(key, lambda: self._heads.conversation(channel, customer)))

    def known(self, namespace: str, external_key: str) -> Known | None:
        key = ("known", namespace, external_key)
        return cast("Known | None", self._get(key, lambda: self._heads.known(namespace, external_key)))

    def queue(self, group: str, limit: int, passing: Collection[Class] = ()) -> list[str]:
        """Dialogs waiting in a group, first come first: the stored rows with what this batch has changed.

        `passing`: classes that nobody can serve; their dialogs are not even read.
        """
        changed = self._changed_dialogs()
        rows = self._heads.queue(group, limit + len(changed), passing)
        stored = [dialog for dialog in rows if dialog not in changed]
        mine = [dialog for dialog in changed if class_of(self.dialog(dialog)) not in passing]
        waiting = [dialog for dialog in (*stored, *mine) if waits_in(self.dialog(dialog), group)]
        return sorted(waiting, key=lambda dialog: queue_order(self.dialog(dialog)))[:limit]

    def offered_to(self, agent: str) -> list[str]:
        """Dialogs with a pending offer for this agent."""
        changed = self._changed_dialogs()
        stored = [dialog for dialog in self._heads.offered_to(agent) if dialog not in changed]
        mine = [dialog for dialog in changed if any(one.agent == agent for one in self.dialog(dialog).offers)]
        return sorted({*stored, *mine})

    def open_in_channel(self, channel: str, limit: int, after: str = "") -> list[str]:
        """Open dialogs of a channel, in the order of their ids, from behind `after` on."""
        changed = set(self._changed_dialogs())
        stored = [one for one in self._heads.open_in_channel(channel, limit, after) if one not in changed]
        mine = [one for one in changed if one > after and self._open_in(one, channel)]
        return sorted({*stored, *mine})[:limit]

    def _open_in(self, dialog: str, channel: str) -> bool:
        state = self.dialog(dialog)
        return state.open and state.channel == channel

    def waiting_groups(self) -> list[str]:
        """Groups in which dialogs wait."""
        mine = {group for one in self._changed_dialogs() if (group := self.dialog(one).in_group)}
        return sorted({*self._heads.waiting_groups(), *mine})

    def groups_of(self, agent: str) -> list[str]:
        return sorted(self._heads.groups_of(agent))

    def channels(self) -> list[str]:
        """Every channel of the tenant, also those made in this batch."""
        return sorted({*self._heads.channels(), *self._changed("channel")})

    def groups(self) -> list[str]:
        return sorted({*self._heads.groups(), *self._changed("group")})

    def lease(self, agent: str) -> datetime | None:
        """Until when the agent's presence is believed without another sign of life; None = without end."""
        return cast("datetime | None", self._get(("lease", agent), lambda: self._heads.lease(agent)))

    def fact(self, kind: FactKind, key: str) -> Any:
        return self._get(("fact", kind, key), lambda: self._heads.fact(kind, key))

    def _changed_dialogs(self) -> list[str]:
        return self._changed("dialog")

    def _changed(self, prefix: str) -> list[str]:
        start = f"{prefix}-"
        return [key[1][len(start) :] for key in self.before if key[0] == "head" and key[1].startswith(start)]

    def _get(self, key: Key, load: Callable[[], Any]) -> Any:
        if key not in self._overlay:
            self._overlay[key] = load()
        return self._overlay[key]

    # -- writing ----------------------------------------------------------------------------------------------------

    def do(self, stream: str, command: Any) -> list[Any]:
        """Let the aggregate decide and record what it answers."""
        decide = aggregate_of(stream).decide
        assert decide is not None, f"{stream} takes no commands"
        events = decide(command, self._state(stream))
        self.record(stream, *events)
        return events

    def record(self, stream: str, *events: Event) -> None:
        evolve = aggregate_of(stream).evolve
        for event in events:
            state, version = self.head(stream)
            stamp = Stamp(self.now, self._position)
            self.events.append(Pending(stream, version + 1, self._position, event))
            self._put(("head", stream), Head(evolve(state, event, stamp), version + 1))
            self._position += 1
            self._follow(stream, event)
            if isinstance(event, Queued | Assigned | BotStarted | Closed):
                self._settle_alerts(stream.partition("-")[2], event)

    def _settle_alerts(self, dialog: str, event: Event) -> None:
        """Somebody has the dialog, another queue holds it, or it is over: what was raised for want of that is past."""
        if not self.alerts().open:
            return
        unrouted = isinstance(event, Queued) and event.target is None
        for kind in alert.OF_A_DIALOG:
            if not (unrouted and kind == "unrouted"):
                self.do(f"alert-{self.tenant}", alert.Clear(alert=kind, subject=dialog))

    def _put(self, key: Key, value: Any) -> None:
        old = self._overlay.get(key, _ABSENT)
        if key not in self._undo:
            self._undo[key] = (old, key in self.before)
        self.before.setdefault(key, None if old is _ABSENT else old)
        self._overlay[key] = value

    def _follow(self, stream: str, event: Event) -> None:
        """Keep the derived heads in step: they are folds of events that stand in other streams."""
        match event:
            case Opened():
                value = Conversation(event.session, stream.partition("-")[2], open=True)
                self._put(("conversation", event.channel, event.customer), value)
            case Closed() | Reopened():
                self._conversation_of(stream, open=isinstance(event, Reopened))
            case CustomerCreated():
                known = Known(stream.partition("-")[2], event.subject_key_id)
                self._put(("known", event.namespace, event.external_key), known)
            case IdentityAdded(namespace=str(namespace), external_key=external_key) if namespace:
                known = Known(stream.partition("-")[2], event.subject_key_id)
                self._put(("known", namespace, external_key), known)
            case RoutingDecided(group=str() as group):
                self._turn(group, turns.decided(self.rotation(group), event))
            case MembersChanged():
                group = stream.partition("-")[2]
                self._turn(group, turns.members_changed(self.rotation(group), event))
            case InboundQuarantined():
                self._quarantined(stream.partition("-")[2], event)
            case QuarantineReleased(item=item, dialog=dialog):
                self.note("quarantined", item, {"channel": stream.partition("-")[2], "dialog": dialog})
            case _:
                pass

    def _quarantined(self, channel: str, event: InboundQuarantined) -> None:
        """Whose it is, and which item of the same customer waited before it: nobody overtakes himself (E06)."""
        last = f"last|{channel}|{event.customer}"
        value = {
            "channel": channel,
            "reason": event.reason,
            "customer": event.customer,
            "key": event.subject_key_id,
            "before": self.fact("quarantined", last) if event.customer else None,
        }
        self.note("quarantined", event.item, value)
        if event.customer:
            self.note("quarantined", last, event.item)
        if event.of is not None:
            self.note("quarantined", f"change|{event.of}", event.item)

    def _conversation_of(self, stream: str, *, open: bool) -> None:
        dialog: Dialog = self.head(stream).state
        self._put(
            ("conversation", dialog.channel, dialog.customer),
            Conversation(dialog.session, stream.partition("-")[2], open),
        )

    def _turn(self, group: str, rotation: Rotation) -> None:
        stream = f"rotation-{group}"
        self._put(("head", stream), Head(rotation, self.version(stream) + 1))

    def begin(self, stream: str) -> None:
        """A stream that cannot exist yet, because its id was made just now: nothing needs to be read."""
        self._overlay.setdefault(("head", stream), empty_head(stream))

    def note(self, kind: FactKind, key: str, value: Any) -> None:
        """Write a small fact; None takes it away."""
        self._put(("fact", kind, key), value)

    def give_lease(self, agent: str, until: datetime | None) -> None:
        """The agent has shown a sign of life; None: nothing ends his presence by itself."""
        self._put(("lease", agent), until)

    def alarm(self, stream: str, at: datetime | None) -> None:
        """The stream's own timer: it rings at this moment and no other; None = not at all."""
        self._put(("alarm", stream), at)

    @property
    def last_position(self) -> int:
        """Of the last event before whatever comes next."""
        return self._position - 1

    def wake(self, processor: str, key: str) -> None:
        """Ask a processor to look at something after this commit."""
        self.wakes.add((processor, key))

    def count(self, channel: str, outcome: str) -> None:
        """Intake counters (E11), kept in the same transaction."""
        self.counts[channel, outcome] = self.counts.get((channel, outcome), 0) + 1

    def new_key(self) -> NewKey:
        key = self.choices.new_key()
        self.keys.append(key)
        return key

    # -- what the store has to write ---------------------------------------------------------------------------------

    def held(self) -> dict[Key, Any]:
        """Everything this world has read or changed: what a cache may keep after the commit."""
        return self._overlay

    def changed(self) -> dict[Key, Any]:
        """Every head and derived row that this batch leaves different, by key."""
        return {key: self._overlay[key] for key in self.before}


def waits_in(dialog: Dialog, group: str) -> bool:
    """Is this dialog to be offered by this group's rule? A dialog blocked by its channel is not."""
    return dialog.phase == "queued" and dialog.in_group == group and not dialog.blocked


def class_of(dialog: Dialog) -> Class:
    return Class(dialog.channel, dialog.skills, dialog.weight, bool(dialog.tried), dialog.settled)


def queue_order(dialog: Dialog) -> tuple[int, int]:
    return -dialog.priority, dialog.queued_position


def empty_head(stream: str) -> Head:
    return Head(fresh(stream), 0)
