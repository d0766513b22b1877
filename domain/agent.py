"""An agent: presence, skills, and the slots that his dialogs take. The one place that counts load (§5, F10, F11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, assert_never

from pydantic import ConfigDict, Field

from domain.change import replace
from domain.errors import Conflict, Invalid, NotFound, Problem
from domain.recorded import DialogId, Event, GroupId, OfferId, Stamp

Presence = Literal["ready", "busy", "away", "offline"]
PRESENCES: tuple[Presence, ...] = ("ready", "busy", "away", "offline")
PresenceReason = Literal["declared", "administrator", "lease_lost"]
SlotEnd = Literal["declined", "expired", "rescinded", "closed", "transferred", "released"]
LARGEST_CAPACITY = 1000


class Created(Event):
    kind: Literal["agent.created"] = "agent.created"
    name: str
    skills: tuple[str, ...] = ()
    capacity: int = 5


class Reactivated(Event):
    kind: Literal["agent.reactivated"] = "agent.reactivated"


class Deactivated(Event):
    kind: Literal["agent.deactivated"] = "agent.deactivated"


class PresenceChanged(Event):
    """`graces`, for a lost lease: by group the seconds that his dialogs still wait for him, as they were set then."""

    kind: Literal["agent.presence_changed"] = "agent.presence_changed"
    before: Presence = Field(alias="from", serialization_alias="from")
    to: Presence
    reason: PresenceReason
    graces: dict[GroupId, int] = Field(default_factory=dict)

    model_config = ConfigDict(populate_by_name=True)


class CapacitySet(Event):
    kind: Literal["agent.capacity_set"] = "agent.capacity_set"
    capacity: int


class SkillsSet(Event):
    kind: Literal["agent.skills_set"] = "agent.skills_set"
    skills: tuple[str, ...]


class SlotReserved(Event):
    kind: Literal["agent.slot_reserved"] = "agent.slot_reserved"
    dialog: DialogId
    offer: OfferId
    weight: int


class SlotOccupied(Event):
    kind: Literal["agent.slot_occupied"] = "agent.slot_occupied"
    dialog: DialogId
    offer: OfferId | None = None
    weight: int
    over_capacity: bool = False


class SlotReleased(Event):
    kind: Literal["agent.slot_released"] = "agent.slot_released"
    dialog: DialogId
    offer: OfferId | None = None
    reason: SlotEnd


AgentEvent = (
    Created
    | Reactivated
    | Deactivated
    | PresenceChanged
    | CapacitySet
    | SkillsSet
    | SlotReserved
    | SlotOccupied
    | SlotReleased
)


@dataclass(frozen=True)
class Slot:
    dialog: DialogId
    weight: int
    occupied: bool


@dataclass(frozen=True)
class Agent:
    """`load` = weights of reserved and occupied slots. Capacity 0 receives nothing."""

    exists: bool = False
    active: bool = True
    name: str = ""
    presence: Presence = "offline"
    presence_since: datetime | None = None
    presence_reason: PresenceReason | None = None
    graces: tuple[tuple[GroupId, int], ...] = ()
    skills: tuple[str, ...] = ()
    capacity: int = 5
    slots: tuple[Slot, ...] = field(default=())

    @property
    def load(self) -> int:
        return sum(slot.weight for slot in self.slots)

    @property
    def ready(self) -> bool:
        return self.exists and self.active and self.presence == "ready"

    @property
    def lost_at(self) -> datetime | None:
        """Since when nobody has heard of him; None = he has not been lost, or has come back since."""
        return self.presence_since if self.presence == "offline" and self.presence_reason == "lease_lost" else None

    def grace(self, group: GroupId, otherwise: int) -> timedelta:
        """How long a group's dialogs wait for him once he is lost: a change of it counts from the next loss (§10)."""
        return timedelta(seconds=dict(self.graces).get(group, otherwise))

    @property
    def full(self) -> bool:
        return self.load >= self.capacity

    def has_room(self, weight: int, uncounted: int = 0) -> bool:
        """`uncounted` = weights of held dialogs that the asking group leaves out of the load (`held_counts`)."""
        return self.load - uncounted + weight <= self.capacity

    def holds(self, dialog: DialogId) -> Slot | None:
        return next((slot for slot in self.slots if slot.dialog == dialog), None)


def evolve(agent: Agent, event: AgentEvent, stamp: Stamp) -> Agent:
    match event:
        case Created():
            return replace(agent, exists=True, name=event.name, skills=event.skills, capacity=event.capacity)
        case Reactivated():
            return replace(agent, active=True)
        case Deactivated():
            return replace(agent, active=False)
        case PresenceChanged():
            return _moved(agent, event, stamp)
        case CapacitySet():
            return replace(agent, capacity=event.capacity)
        case SkillsSet():
            return replace(agent, skills=event.skills)
        case SlotReserved():
            return _with(agent, Slot(event.dialog, event.weight, occupied=False))
        case SlotOccupied():
            return _with(agent, Slot(event.dialog, event.weight, occupied=True))
        case SlotReleased():
            return replace(agent, slots=_without(agent.slots, event.dialog))
        case _:
            assert_never(event)


def _moved(agent: Agent, event: PresenceChanged, stamp: Stamp) -> Agent:
    return replace(
        agent,
        presence=event.to,
        presence_since=stamp.at,
        presence_reason=event.reason,
        graces=tuple(event.graces.items()),
    )


def _with(agent: Agent, slot: Slot) -> Agent:
    return replace(agent, slots=(*_without(agent.slots, slot.dialog), slot))


def _without(slots: Sequence[Slot], dialog: DialogId) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots if slot.dialog != dialog)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    name: str
    skills: tuple[str, ...] = ()
    capacity: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Configure:
    capacity: object = None
    skills: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPresence:
    to: Presence
    reason: PresenceReason = "declared"
    graces: Mapping[GroupId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetActive:
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """`uncounted`, here and in `Occupy`: what the dialog's group leaves out of his load, see `Agent.has_room`."""

    dialog: DialogId
    offer: OfferId
    weight: int
    uncounted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupy:
    """`force`: a direct or forced assignment, which may exceed the capacity and then says so (F11)."""

    dialog: DialogId
    weight: int
    offer: OfferId | None = None
    force: bool = False
    uncounted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    dialog: DialogId
    reason: SlotEnd
    offer: OfferId | None = None


AgentCommand = Create | Configure | SetPresence | SetActive | Reserve | Occupy | Release


def decide(command: AgentCommand, agent: Agent) -> list[AgentEvent]:
    match command:
        case Create():
            return [] if agent.exists else _create(command)
        case _ if not agent.exists:
            raise NotFound("agent_unknown", "There is no such agent.")
        case Configure():
            return _configure(command, agent)
        case SetPresence():
            if command.to == agent.presence:
                return []
            graces = dict(command.graces)
            return [PresenceChanged(before=agent.presence, to=command.to, reason=command.reason, graces=graces)]
        case SetActive(active=active):
            if active == agent.active:
                return []
            return [Reactivated() if active else Deactivated()]
        case Reserve():
            return _reserve(command, agent)
        case Occupy():
            return _occupy(command, agent)
        case Release():
            if agent.holds(command.dialog) is None:
                return []
            return [SlotReleased(dialog=command.dialog, offer=command.offer, reason=command.reason)]
        case _:
            assert_never(command)


def _create(command: Create) -> list[AgentEvent]:
    problems = [p for p in (_wrong_capacity(command.capacity), _wrong_skills(command.skills)) if p]
    if problems:
        raise Invalid(problems)
    return [Created(name=command.name, skills=command.skills, capacity=command.capacity)]


def _configure(command: Configure, agent: Agent) -> list[AgentEvent]:
    problems = []
    events: list[AgentEvent] = []
    if command.capacity is not None:
        if wrong := _wrong_capacity(command.capacity):
            problems.append(wrong)
        elif isinstance(command.capacity, int) and command.capacity != agent.capacity:
            events.append(CapacitySet(capacity=command.capacity))
    if command.skills is not None:
        if wrong := _wrong_skills(command.skills):
            problems.append(wrong)
        elif isinstance(command.skills, list | tuple) and tuple(command.skills) != agent.skills:
            events.append(SkillsSet(skills=tuple(command.skills)))
    if problems:
        raise Invalid(problems)
    return events


def _wrong_capacity(value: object) -> Problem | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_CAPACITY:
        return None
    sentence = f"capacity must be a whole number from 0 to {LARGEST_CAPACITY}."
    limits = {"least": 0, "most": LARGEST_CAPACITY}
    return Problem(field="capacity", code="out_of_range", sentence=sentence, limits=limits)


def _wrong_skills(value: object) -> Problem | None:
    right = isinstance(value, list | tuple) and len(value) <= 50 and all(isinstance(skill, str) for skill in value)
    if right:
        return None
    return Problem(field="skills", code="unknown_skill", sentence="skills must be a list of at most 50 skills.")


def _reserve(command: Reserve, agent: Agent) -> list[AgentEvent]:
    if agent.holds(command.dialog):
        return []
    if not agent.has_room(command.weight, command.uncounted):
        raise Conflict("agent_full", "The agent has no room for this dialog.")
    return [SlotReserved(dialog=command.dialog, offer=command.offer, weight=command.weight)]


def _occupy(command: Occupy, agent: Agent) -> list[AgentEvent]:
    held = agent.holds(command.dialog)
    if held is not None and held.occupied:
        return []
    if not agent.active:
        raise Conflict("agent_deactivated", "The agent is deactivated and takes no dialogs.")
    # What was reserved stays his, also after his capacity was lowered; only what goes beyond it needs room.
    beyond = command.weight - (held.weight if held is not None else 0)
    room = (held is not None and beyond <= 0) or agent.has_room(beyond, command.uncounted)
    if not room and not command.force:
        raise Conflict("agent_full", "The agent has no room for this dialog.")
    return [SlotOccupied(dialog=command.dialog, offer=command.offer, weight=command.weight, over_capacity=not room)]
