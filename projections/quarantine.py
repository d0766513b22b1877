"""The quarantine: one row for every inbound message that could not be routed; it stays when it is released (E06)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain import quarantine as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Key, Veiled, changed, existing, veil

VERSION = 3


@dataclass(frozen=True)
class Row:
    """`dialog` and `released_at` are set once it went on its way."""

    tenant: str
    channel: str
    item: str
    version: int
    position: int
    reason: str
    recorded_at: datetime
    provider_time: datetime | None
    subject_key_id: str
    body: Veiled
    sender: Veiled
    blob: str | None
    customer: str = ""
    change: str | None = None
    of: str | None = None
    files: Veiled = ""
    released_at: datetime | None = None
    dialog: str | None = None


KEY = ("tenant", "channel", "item")
INDEXES = {
    "waiting": "(tenant, position DESC) WHERE released_at IS NULL",
    "in_channel": "(tenant, channel, position) WHERE released_at IS NULL",
}


def keys(recorded: Recorded) -> list[Key]:
    event = recorded.event
    assert isinstance(event, fact.InboundQuarantined | fact.QuarantineReleased)
    return [(recorded.tenant, recorded.entity, event.item)]


def counts(row: Row) -> Iterable[str]:
    return ("waiting",) if row.released_at is None else ("released",)


def _quarantined(row: Row | None, event: fact.InboundQuarantined, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        channel=recorded.entity,
        item=event.item,
        version=recorded.version,
        position=recorded.position,
        reason=event.reason,
        recorded_at=recorded.recorded_at,
        provider_time=event.provider_time,
        subject_key_id=event.subject_key_id,
        body=veil(event, "body"),
        sender=veil(event, "sender"),
        blob=event.blob,
        customer=event.customer,
        change=event.change,
        of=event.of,
        files=veil(event, "attachments"),
    )


def _released(row: Row, event: fact.QuarantineReleased, recorded: Recorded) -> Row:
    return changed(row, recorded, released_at=recorded.recorded_at, dialog=event.dialog)


FOLDS: dict[type[Event], Fold] = {
    fact.InboundQuarantined: _quarantined,
    **existing({fact.QuarantineReleased: _released}),
}
