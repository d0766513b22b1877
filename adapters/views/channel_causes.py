"""Who and what caused each event of a channel: its state before and after, and the facts behind the change (L01, L06).

A row of the history says who did it and by which command. What stands elsewhere is found here: the request behind a
disconnection, the trouble that a recovery ends, the Save that was restored, the event that made the engine look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.store.database import Database
from adapters.store.log import COLUMNS, Row, decoded
from domain import channel as fact
from domain.channel import Channel
from domain.channel.state import evolve
from domain.recorded import Recorded
from projections.base import projection

AFTER = re.compile(r"position:([0-9]{1,18})")
TELLING = ("cause", "reason", "code", "agent")
"""Fields of an event elsewhere that say why it happened; none of them is personal."""


@dataclass(frozen=True, slots=True)
class Cause:
    """`facts`: what else the history knows of it, by name. `following` = the event elsewhere that led to it."""

    before: str
    after: str
    facts: dict[str, Any] = field(default_factory=dict)
    following: dict[str, Any] | None = None


def causes(events: Sequence[Recorded], elsewhere: Mapping[int, Recorded]) -> dict[int, Cause]:
    """For every version of the stream, which must be whole from its beginning. `elsewhere` = see `led_to`."""
    state, found, memory = Channel(), {}, _Memory()
    for one in events:
        after: Channel = evolve(state, one.event, one.stamp)  # type: ignore[arg-type]
        facts = memory.facts(one)
        found[one.version] = Cause(state.phase, after.phase, facts, _following(one, elsewhere))
        state = after
    return found


def rows(events: Iterable[Recorded], known: Mapping[int, Cause]) -> list[dict[str, Any]]:
    """Rows of the history, straight from the log, in the order of the events given."""
    fold = projection("channel_history").fold
    return [with_cause(vars(fold(None, one)), known) for one in events]


def with_cause(row: Mapping[str, Any], known: Mapping[int, Cause]) -> dict[str, Any]:
    """A row of the view or of the log with the cause of its event."""
    cause = known[row["version"]]
    return {
        **row,
        "state_before": cause.before,
        "state_after": cause.after,
        "cause": {**cause.facts, "following": cause.following},
    }


def led_to(database: Database, tenant: str, lane: int, events: Iterable[Recorded]) -> dict[int, Recorded]:
    """The events elsewhere that made the engine look at this channel, by position: one query for all."""
    positions = sorted({at for one in events if (at := _looked_after(one)) is not None})
    if not positions:
        return {}
    statement = f"SELECT {COLUMNS} FROM parley.event WHERE lane = %s AND tenant = %s AND position = ANY (%s)"  # noqa: S608
    with database.pool.connection() as connection, connection.cursor(binary=True) as cursor:
        cursor.execute(statement, (lane, tenant, positions))
        return {one.position: one for one in decoded(Row(*row) for row in cursor)}


def _looked_after(one: Recorded) -> int | None:
    found = AFTER.fullmatch(one.meta.causation_id or "")
    return int(found[1]) if found else None


def _following(one: Recorded, elsewhere: Mapping[int, Recorded]) -> dict[str, Any] | None:
    other = elsewhere.get(_looked_after(one) or 0)
    if other is None or other.stream == one.stream:
        return None
    told = {name: value for name in TELLING if isinstance(value := getattr(other.event, name, None), str)}
    return {
        "position": other.position,
        "stream": other.stream,
        "kind": other.event.kind,
        "recorded_at": other.recorded_at,
        "actor_kind": other.meta.actor.kind,
        "actor": other.meta.actor.id,
        **told,
    }


class _Memory:
    """What earlier events of the stream tell about later ones."""

    def __init__(self) -> None:
        self._requests: dict[str, Recorded] = {}
        self._saves: dict[int, Recorded] = {}
        self._trouble: Recorded | None = None
        self._superseded: str | None = None
        self._connected = False

    def facts(self, one: Recorded) -> dict[str, Any]:
        event = one.event
        match event:
            case fact.SettingsChanged():
                self._saves[event.settings_version] = one
                return self._restored(event.restored_from)
            case fact.Connected():
                again, self._connected = self._connected, True
                return {"first_save": not again, "swapped": again}
            case fact.DisconnectRequested():
                self._requests[event.consent_id] = one
                return {"requested_by": event.user, "open_dialogs": event.open_dialogs, "expires_at": event.expires_at}
            case fact.DisconnectCancelled():
                return self._request(event.consent_id)
            case fact.Disconnected():
                self._connected = False
                return {"cause": event.cause, **self._request(event.consent_id)}
            case fact.Degraded():
                self._trouble = one
                return {"cause": event.cause}
            case fact.Recovered():
                return self._since()
            case fact.Superseded():
                self._superseded = event.by_channel
                return {"by_channel": event.by_channel}
            case fact.Reactivated():
                by = event.replaces or self._superseded
                return {"superseded_by": by} if by else {}
            case fact.ReceiverInvalid():
                return {"receiver": event.receiver, "cause": event.cause}
            case fact.AuthFailed() | fact.TokenRejected():
                return {"cause": event.reason}
            case _:
                return {}

    def _request(self, consent: str | None) -> dict[str, Any]:
        asked = self._requests.get(consent or "")
        if asked is None or not isinstance(asked.event, fact.DisconnectRequested):
            return {}
        return {
            "consent_id": consent,
            "requested_by": asked.event.user,
            "requested_at": asked.recorded_at,
            "requested_position": asked.position,
        }

    def _restored(self, version: int | None) -> dict[str, Any]:
        source = self._saves.get(version) if version is not None else None
        if source is None:
            return {} if version is None else {"restored_from": version}
        told = {"restored_saved_by": source.meta.actor.id, "restored_saved_at": source.recorded_at}
        return {"restored_from": version, **told}

    def _since(self) -> dict[str, Any]:
        trouble, self._trouble = self._trouble, None
        if trouble is None or not isinstance(trouble.event, fact.Degraded):
            return {}
        return {"cause": trouble.event.cause, "since": trouble.recorded_at}
