"""The schedules: one row a schedule with its week and exceptions as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import schedule as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Json, changed, existing

VERSION = 1


@dataclass(frozen=True)
class Row:
    """`week` = seven lists of {start, end} in minutes from midnight, Monday first; `exceptions` = [{on, intervals}].

    `version` is the one that metrics and decisions name.
    """

    tenant: str
    schedule: str
    version: int
    position: int
    name: str
    zone: str
    week: Json
    exceptions: Json
    changed_at: datetime
    changed_by: str


KEY = ("tenant", "schedule")
INDEXES: dict[str, str] = {}


def _defined(row: Row | None, event: fact.Defined, recorded: Recorded) -> Row:
    facts = event.model_dump(mode="json", include={"name", "zone", "week", "exceptions"})
    return Row(
        tenant=recorded.tenant,
        schedule=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        changed_at=recorded.recorded_at,
        changed_by=recorded.meta.actor.id,
        **facts,
    )


def _changed(row: Row, event: fact.Changed, recorded: Recorded) -> Row:
    facts = event.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    return changed(row, recorded, changed_at=recorded.recorded_at, changed_by=recorded.meta.actor.id, **facts)


FOLDS: dict[type[Event], Fold] = {fact.Defined: _defined, **existing({fact.Changed: _changed})}
