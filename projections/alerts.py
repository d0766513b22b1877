"""The alerts: one row a cause; it stays when it is cleared, and is open again when the cause comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain import alert as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Key, changed, existing

VERSION = 1


@dataclass(frozen=True)
class Row:
    """`subject` = the dialog or channel that it is about. `raised_at` = the last time."""

    tenant: str
    alert: str
    subject: str
    version: int
    position: int
    raised_at: datetime
    cleared_at: datetime | None = None


KEY = ("tenant", "alert", "subject")
INDEXES = {"open": "(tenant, position DESC) WHERE cleared_at IS NULL", "newest": "(tenant, position DESC)"}


def keys(recorded: Recorded) -> list[Key]:
    event = recorded.event
    assert isinstance(event, fact.AlertRaised | fact.AlertCleared)
    return [(recorded.tenant, event.alert, event.subject)]


def counts(row: Row) -> Iterable[str]:
    return ("open",) if row.cleared_at is None else ()


def _raised(row: Row | None, event: fact.AlertRaised, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        alert=event.alert,
        subject=event.subject,
        version=recorded.version,
        position=recorded.position,
        raised_at=recorded.recorded_at,
    )


def _cleared(row: Row, event: fact.AlertCleared, recorded: Recorded) -> Row:
    return changed(row, recorded, cleared_at=recorded.recorded_at)


FOLDS: dict[type[Event], Fold] = {fact.AlertRaised: _raised, **existing({fact.AlertCleared: _cleared})}
