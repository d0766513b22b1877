"""The groups: one row a group with its members in order and its rules."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import get_args

from domain import group as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, changed, existing

VERSION = 1


@dataclass(frozen=True)
class Row:
    """The fields of `domain.group.Group`, without the seed: whoever knows it could tell who is drawn next."""

    tenant: str
    group: str
    version: int
    position: int
    name: str
    archived: bool = False
    members: tuple[str, ...] = ()
    algorithm: str = "round_robin"
    by_ratio: bool = False
    width: int = 50
    answer_wait: int = 60
    max_rounds: int = 0
    retry_pause: int = 30
    overflow: str | None = None
    max_queue_wait: int = 0
    sticky_window: int = 0
    first_reply_wait: int = 0
    agent_lost_grace: int = 300
    held_counts: bool = True


KEY = ("tenant", "group")
INDEXES: dict[str, str] = {}
_SAME = tuple(field.name for field in fields(fact.Group) if field.name not in ("exists", "seed"))


def _created(row: Row | None, event: fact.Created, recorded: Recorded) -> Row:
    return Row(recorded.tenant, recorded.entity, recorded.version, recorded.position, event.name)


def _changed(row: Row, event: fact.GroupEvent, recorded: Recorded) -> Row:
    """The group's own `evolve` says what the event adds up to."""
    before = fact.Group(exists=True, **{name: getattr(row, name) for name in _SAME})
    after = fact.evolve(before, event, recorded.stamp)
    return changed(row, recorded, **{name: getattr(after, name) for name in _SAME})


FOLDS: dict[type[Event], Fold] = {
    fact.Created: _created,
    **existing(dict.fromkeys(set(get_args(fact.GroupEvent)) - {fact.Created}, _changed)),
}
