"""The history of a channel: one row an event of its stream, for whoever asks who changed what, when and from where.

Answers L01 without reading the log. Values are those of the settings; secrets are never in an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from domain import channel as fact
from domain.recorded import Event, Recorded
from domain.settings import public_name
from projections.base import Fold, Json, Key

VERSION = 2
UNSHOWN: dict[str, Any] = {
    "kind": True,
    "changes": True,
    "state": True,
    "account_key": True,
    "account_keys": True,
    "objects": {"__all__": {"account_key"}},
}
"""Told elsewhere in the row; and keyed hashes, which find an account or a login again and tell people nothing."""


@dataclass(frozen=True)
class Row:
    """`changes` = [{field, old, new}] with the names that people and the API use; `fields` = those names.

    `facts` = what else the event says. `policies` = [{stream, version}] that the decision looked at.
    """

    tenant: str
    channel: str
    version: int
    position: int
    event_id: str
    kind: str
    recorded_at: datetime
    occurred_at: datetime | None
    actor_kind: str
    actor: str
    on_behalf_of: str | None
    ip: str | None
    user_agent: str | None
    command: str | None
    command_id: str | None
    causation_id: str | None
    correlation_id: str | None
    policies: Json
    settings_version: int | None
    fields: tuple[str, ...]
    changes: Json
    facts: Json


KEY = ("tenant", "channel", "version")
INDEXES = {"time": "(tenant, channel, position DESC)", "actor": "(tenant, actor, position DESC)"}


def keys(recorded: Recorded) -> list[Key]:
    return [(recorded.tenant, recorded.entity, recorded.version)]


def _event(row: Row | None, event: Event, recorded: Recorded) -> Row:
    meta = recorded.meta
    changes = [
        {**one.model_dump(mode="json"), "field": public_name(one.field)} for one in getattr(event, "changes", ())
    ]
    return Row(
        tenant=recorded.tenant,
        channel=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        event_id=recorded.event_id,
        kind=event.kind,
        recorded_at=recorded.recorded_at,
        occurred_at=meta.occurred_at,
        actor_kind=meta.actor.kind,
        actor=meta.actor.id,
        on_behalf_of=meta.actor.on_behalf_of,
        ip=meta.actor.ip,
        user_agent=meta.actor.user_agent,
        command=meta.command,
        command_id=meta.command_id,
        causation_id=meta.causation_id,
        correlation_id=meta.correlation_id,
        policies=[one.model_dump() for one in meta.policies],
        settings_version=getattr(event, "settings_version", None),
        fields=tuple(one["field"] for one in changes),
        changes=changes,
        facts=event.model_dump(mode="json", by_alias=True, exclude=UNSHOWN),
    )


FOLDS: dict[type[Event], Fold] = dict.fromkeys(get_args(fact.ChannelEvent), _event)
