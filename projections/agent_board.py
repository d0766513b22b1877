"""The board of agents: presence, capacity and what each of them carries, one row an agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import agent as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Json, changed, existing

VERSION = 1


@dataclass(frozen=True)
class Row:
    """`slots` = dialog → {weight, occupied}; `load` = `reserved` + `occupied`, sums of weights.

    `since` = when the present presence began.
    """

    tenant: str
    agent: str
    version: int
    position: int
    name: str
    active: bool
    presence: str
    presence_reason: str | None
    since: datetime
    capacity: int
    skills: tuple[str, ...]
    load: int = 0
    reserved: int = 0
    occupied: int = 0
    dialogs: int = 0
    slots: Json = None


KEY = ("tenant", "agent")
INDEXES = {"presence": "(tenant, presence, agent)"}


def _created(row: Row | None, event: fact.Created, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        agent=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        name=event.name,
        active=True,
        presence="offline",
        presence_reason=None,
        since=recorded.recorded_at,
        capacity=event.capacity,
        skills=event.skills,
    )


def _activated(row: Row, event: fact.Reactivated, recorded: Recorded) -> Row:
    return changed(row, recorded, active=True)


def _deactivated(row: Row, event: fact.Deactivated, recorded: Recorded) -> Row:
    return changed(row, recorded, active=False)


def _presence(row: Row, event: fact.PresenceChanged, recorded: Recorded) -> Row:
    return changed(row, recorded, presence=event.to, presence_reason=event.reason, since=recorded.recorded_at)


def _capacity(row: Row, event: fact.CapacitySet, recorded: Recorded) -> Row:
    return changed(row, recorded, capacity=event.capacity)


def _skills(row: Row, event: fact.SkillsSet, recorded: Recorded) -> Row:
    return changed(row, recorded, skills=event.skills)


def _reserved(row: Row, event: fact.SlotReserved, recorded: Recorded) -> Row:
    return _with(row, recorded, event.dialog, {"weight": event.weight, "occupied": False})


def _occupied(row: Row, event: fact.SlotOccupied, recorded: Recorded) -> Row:
    return _with(row, recorded, event.dialog, {"weight": event.weight, "occupied": True})


def _released(row: Row, event: fact.SlotReleased, recorded: Recorded) -> Row:
    return _with(row, recorded, event.dialog, None)


def _with(row: Row, recorded: Recorded, dialog: str, slot: dict[str, Any] | None) -> Row:
    slots = {name: one for name, one in (row.slots or {}).items() if name != dialog}
    if slot is not None:
        slots[dialog] = slot
    occupied = sum(one["weight"] for one in slots.values() if one["occupied"])
    load = sum(one["weight"] for one in slots.values())
    dialogs = sum(1 for one in slots.values() if one["occupied"])
    return changed(
        row,
        recorded,
        slots=slots or None,
        load=load,
        occupied=occupied,
        reserved=load - occupied,
        dialogs=dialogs,
    )


FOLDS: dict[type[Event], Fold] = {fact.Created: _created} | existing(
    {
        fact.Reactivated: _activated,
        fact.Deactivated: _deactivated,
        fact.PresenceChanged: _presence,
        fact.CapacitySet: _capacity,
        fact.SkillsSet: _skills,
        fact.SlotReserved: _reserved,
        fact.SlotOccupied: _occupied,
        fact.SlotReleased: _released,
    }
)
