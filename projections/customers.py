"""The customers: one row a customer with his profile, sealed by his own key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import customer as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Veiled, changed, existing, veil

VERSION = 1


@dataclass(frozen=True)
class Row:
    """`profile` opens to {field: text}: the name and whatever else the provider told."""

    tenant: str
    customer: str
    version: int
    position: int
    provider: str
    namespace: str
    subject_key_id: str
    created_at: datetime
    profile: Veiled = ""
    identities: int = 1


KEY = ("tenant", "customer")
INDEXES: dict[str, str] = {}


def _created(row: Row | None, event: fact.Created, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        customer=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        provider=event.provider,
        namespace=event.namespace,
        subject_key_id=event.subject_key_id,
        created_at=recorded.recorded_at,
    )


def _profile(row: Row, event: fact.ProfileChanged, recorded: Recorded) -> Row:
    return changed(row, recorded, profile=veil(event, "fields"))


def _identity(row: Row, event: fact.IdentityAdded, recorded: Recorded) -> Row:
    return changed(row, recorded, identities=row.identities + 1)


FOLDS: dict[type[Event], Fold] = {
    fact.Created: _created,
    **existing({fact.ProfileChanged: _profile, fact.IdentityAdded: _identity}),
}
