"""Everything that a store holds, read into one shape, so that two stores can be laid beside each other."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from adapters.store.heads import Kept, StoredHeads
from domain.desk.world import Class, Heads
from domain.recorded import Recorded
from tests.memory.store import MemoryStore
from tests.office import TENANT
from tests.store import Store

PASSED_OVER = tuple(Class("shop", (), weight, tried) for weight in (1, 2) for tried in (False, True))
"""Classes of the random days: their dialogs weigh one or two."""


@dataclass(frozen=True)
class Books:
    answers: dict[str, Any]
    events: list[Any]
    timers: dict[str, datetime]
    results: dict[str, Any]
    dirty: dict[str, list[str]]
    counts: dict[tuple[str, str], int]

    def differences(self, other: Books) -> dict[str, Any]:
        pairs = {one.name: (getattr(self, one.name), getattr(other, one.name)) for one in fields(self)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def answers(heads: Heads, like: MemoryStore) -> dict[str, Any]:
    """Every question that a rule may ask, about everything that `like` knows."""
    agents, groups, channels = ([name for name, _ in like.heads.states(of)] for of in ("agent", "group", "channel"))
    told = {f"head of {stream}": heads.head(stream) for stream in like.heads.heads}
    for group in groups:
        told[f"queue of {group}"] = list(heads.queue(group, 100))
        told[f"first of {group}"] = list(heads.queue(group, 2))
        told |= {f"queue of {group} without {one}": list(heads.queue(group, 3, [one])) for one in PASSED_OVER}
        told[f"queue of {group} without any"] = list(heads.queue(group, 3, PASSED_OVER))
    for agent in agents:
        told[f"offered to {agent}"] = sorted(heads.offered_to(agent))
        told[f"groups of {agent}"] = sorted(heads.groups_of(agent))
        told[f"lease of {agent}"] = heads.lease(agent)
    for channel in channels:
        told[f"open in {channel}"] = list(heads.open_in_channel(channel, 100))
        told[f"some open in {channel}"] = list(heads.open_in_channel(channel, 2, "4"))
    told |= {f"conversation {key}": heads.conversation(*key) for key in like.heads.conversations}
    told |= {f"known {key}": heads.known(*key) for key in like.heads.directory}
    told |= {f"fact {key}": heads.fact(*key) for key in like.heads.facts}  # type: ignore[arg-type]
    of_all = {"waiting": heads.waiting_groups(), "channels": heads.channels(), "groups": heads.groups()}
    return told | {name: sorted(found) for name, found in of_all.items()}


def of_memory(store: MemoryStore) -> Books:
    return Books(
        answers=answers(store.heads, store),
        events=[_event(one) for one in store.log],
        timers=dict(store.heads.timers),
        results={key: (json.loads(told), first, last) for key, (told, first, last) in store.results.items()},
        dirty={name: sorted(marks) for name, marks in store.dirty.items() if marks},
        counts=store.counts,
    )


def of_postgres(store: Store, like: MemoryStore) -> Books:
    with store.database.connect() as connection:
        told = answers(StoredHeads(connection, TENANT, Kept()), like)
    dirty: dict[str, list[str]] = {}
    for processor, key in store.rows("SELECT processor, key FROM parley.dirty ORDER BY processor, key"):
        dirty.setdefault(processor, []).append(key)
    results = store.rows("SELECT key, outcome, first_position, last_position FROM parley.command_result")
    counts = store.rows("SELECT channel, outcome, n FROM parley.intake_count")
    return Books(
        answers=told,
        events=[_event(one) for one in store.log.read(0, 100_000)],
        timers=dict(store.rows("SELECT stream, check_at FROM parley.timer")),
        results={key: (json.loads(bytes(told)), first, last) for key, told, first, last in results},
        dirty=dirty,
        counts={(channel, outcome): n for channel, outcome, n in counts},
    )


def _event(recorded: Recorded) -> Any:
    """Whole, but for what only the customer's key opens."""
    meta, event = recorded.meta, recorded.event
    data = json.loads(event.model_dump_json(by_alias=True, exclude=set(event.personal)))
    why = (meta.actor, meta.command, meta.command_id, meta.policies)
    return recorded[:4], recorded.recorded_at, event.kind, data, why
