"""The widgets: one row a widget with the channels that were put into it, and how its providers were changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import widget as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Json, changed, existing

VERSION = 1


@dataclass(frozen=True)
class Row:
    """`channels` in the order in which they were added. `providers` = [{from, to, old_channel, new_channel, …}]."""

    tenant: str
    widget: str
    version: int
    position: int
    name: str
    created_at: datetime
    created_by: str
    archived: bool = False
    channels: tuple[str, ...] = ()
    providers: Json = None


KEY = ("tenant", "widget")
INDEXES: dict[str, str] = {}


def _created(row: Row | None, event: fact.Created, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        widget=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        name=event.name,
        created_at=recorded.recorded_at,
        created_by=recorded.meta.actor.id,
    )


def _added(row: Row, event: fact.ChannelAdded, recorded: Recorded) -> Row:
    return changed(row, recorded, channels=(*row.channels, event.channel))


def _provider_changed(row: Row, event: fact.ProviderChanged, recorded: Recorded) -> Row:
    told = {
        **event.model_dump(mode="json", by_alias=True, exclude={"kind"}),
        "at": recorded.recorded_at.isoformat(),
        "by": recorded.meta.actor.id,
    }
    return changed(row, recorded, providers=[*(row.providers or []), told])


def _archived(row: Row, event: fact.Archived, recorded: Recorded) -> Row:
    return changed(row, recorded, archived=True)


FOLDS: dict[type[Event], Fold] = {
    fact.Created: _created,
    **existing(
        {fact.ChannelAdded: _added, fact.ProviderChanged: _provider_changed, fact.Archived: _archived},
    ),
}
