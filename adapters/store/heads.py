"""Heads and derived rows as the store holds them: read for a batch, kept in memory between batches.

What is kept may be used as long as nobody else has written to the lane: the executor tells by the lane's last position
and drops what others changed. Reads happen under the lane lock, so what is read cannot change during the batch.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from pydantic import TypeAdapter

from adapters.store.codec import UnknownEvent, decode
from adapters.store.database import Connection
from domain import rotation as turns
from domain.desk.intake import ReceiveMessage
from domain.desk.world import Class, Conversation, FactKind, Head, Key, Known, empty_head
from domain.dialog.events import RoutingDecided
from domain.group import MembersChanged
from domain.recorded import Event, Stamp
from domain.streams import AGGREGATES, EVENTS, ROTATION, aggregate_of, fresh, prefix_of, state_type

KEPT = 200_000
FOREIGN_EVENTS = 2_000
UNHEARD = frozenset({"fact", "lease", "alarm"})
ABSENT = object()


@cache
def _adapter(prefix_stream: str) -> TypeAdapter[Any]:
    return TypeAdapter(state_type(prefix_stream))


def dump_state(stream: str, state: Any) -> bytes:
    """Only what differs from a fresh state; `shape_of` guards against defaults that have changed since."""
    return _adapter(f"{prefix_of(stream)}-").dump_json(state, exclude_defaults=True)


def shape_of(stream: str) -> str:
    return _shape(prefix_of(stream))


@cache
def _shape(prefix: str) -> str:
    """A hash of the state's fields, their types and defaults."""
    state = state_type(f"{prefix}-")
    text = repr(sorted((field.name, str(field.type), repr(getattr(state(), field.name))) for field in fields(state)))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def load_state(stream: str, data: bytes) -> Any:
    return _adapter(f"{prefix_of(stream)}-").validate_json(data)


class Kept:
    """The memory of one executor: everything it knows of its lane's heads, per tenant, oldest out first."""

    def __init__(self) -> None:
        self._known: dict[str, dict[Key, Any]] = defaultdict(dict)

    def of(self, tenant: str) -> dict[Key, Any]:
        return self._known[tenant]

    def keep(self, tenant: str, values: dict[Key, Any]) -> None:
        known = self._known[tenant]
        # Facts and leases change without an event: nothing would tell us that another process has changed one.
        known.update({key: value for key, value in values.items() if key[0] not in UNHEARD})
        if len(known) > KEPT:
            for key in list(known)[: KEPT // 5]:
                del known[key]

    def drop(self, changed: Iterable[tuple[str, str]]) -> None:
        """Others wrote to these streams; whatever was derived from dialogs and customers is dropped with them."""
        for tenant, stream in changed:
            self._known[tenant].pop(("head", stream), None)
        for known in self._known.values():
            for key in [key for key in known if key[0] != "head" or key[1].startswith("rotation-")]:
                del known[key]

    def clear(self) -> None:
        self._known.clear()

    def follow(self, seen: int | None, end: int, changed: Callable[[int], Iterable[tuple[str, str]]]) -> None:
        """The lane ends at `end` now; when we last wrote or looked it ended at `seen` (None: never looked).

        `changed` = (tenant, stream) of every event behind a position. Much at once is not worth asking for.
        """
        if seen == end:
            return
        if seen is None or end - seen > FOREIGN_EVENTS or end < seen:
            self.clear()
        else:
            self.drop(changed(seen))


class StoredHeads:
    """`domain.desk.world.Heads` over one connection that holds the lane lock."""

    def __init__(
        self, connection: Connection, tenant: str, kept: Kept, beside: Mapping[Key, Any] | None = None
    ) -> None:
        """`beside` = facts that other tenants of the same batch have changed and that are not written yet."""
        self._connection = connection
        self._tenant = tenant
        self._beside = beside or {}
        self._kept = kept.of(tenant)
        self._read: dict[Key, Any] = {}

    # -- what a world asks ------------------------------------------------------------------------------------------

    def head(self, stream: str) -> Head:
        found = self._find(("head", stream))
        if found is ABSENT:
            self.load_heads([stream])
            found = self._read[("head", stream)]
        assert isinstance(found, Head)
        return found

    def conversation(self, channel: str, customer: str) -> Conversation | None:
        key = ("conversation", channel, customer)
        found = self._find(key)
        if found is ABSENT:
            row = self._one(
                "SELECT session, dialog, open FROM parley.conversation"
                " WHERE tenant = %s AND channel = %s AND customer = %s",
                channel,
                customer,
            )
            found = self._read[key] = Conversation(*row) if row else None
        return found  # type: ignore[no-any-return]

    def known(self, namespace: str, external_key: str) -> Known | None:
        key = ("known", namespace, external_key)
        found = self._find(key)
        if found is ABSENT:
            row = self._one(
                "SELECT customer, subject_key_id FROM parley.directory"
                " WHERE tenant = %s AND namespace = %s AND external_key = %s",
                namespace,
                external_key,
            )
            found = self._read[key] = Known(*row) if row else None
        return found  # type: ignore[no-any-return]

    def queue(self, group: str, limit: int, passing: Collection[Class] = ()) -> Sequence[str]:
        rows = self._all(
            "SELECT dialog FROM parley.queue WHERE tenant = %s AND grp = %s AND NOT class = ANY (%s::text[])"
            " ORDER BY priority DESC, queued_position LIMIT %s",
            group,
            [class_name(one) for one in passing],
            limit,
        )
        dialogs = [dialog for (dialog,) in rows]
        self.load_heads(f"dialog-{dialog}" for dialog in dialogs)
        return dialogs

    def offered_to(self, agent: str) -> Sequence[str]:
        rows = self._all("SELECT dialog FROM parley.offer WHERE tenant = %s AND agent = %s", agent)
        return [dialog for (dialog,) in rows]

    def open_in_channel(self, channel: str, limit: int, after: str = "") -> Sequence[str]:
        rows = self._all(
            "SELECT dialog FROM parley.conversation WHERE tenant = %s AND channel = %s AND open"
            ' AND dialog COLLATE "C" > %s ORDER BY dialog COLLATE "C" LIMIT %s',
            channel,
            after,
            limit,
        )
        dialogs = [dialog for (dialog,) in rows]
        self.load_heads(f"dialog-{dialog}" for dialog in dialogs)
        return dialogs

    def waiting_groups(self) -> Sequence[str]:
        return [group for (group,) in self._all("SELECT DISTINCT grp FROM parley.queue WHERE tenant = %s")]

    def groups_of(self, agent: str) -> Sequence[str]:
        rows = self._all("SELECT grp FROM parley.member WHERE tenant = %s AND agent = %s", agent)
        return [group for (group,) in rows]

    def channels(self) -> Sequence[str]:
        return self._named("channel", CHANNELS)

    def groups(self) -> Sequence[str]:
        return self._named("group", GROUPS)

    def _named(self, prefix: str, query: str) -> list[str]:
        """All of a kind that is few; the heads of channels and groups are never dropped."""
        names = [stream.partition("-")[2] for (stream,) in self._all(query)]
        self.load_heads(f"{prefix}-{name}" for name in names)
        return names

    def lease(self, agent: str) -> datetime | None:
        row = self._one("SELECT check_at FROM parley.timer WHERE tenant = %s AND stream = %s", f"agent-{agent}")
        return row[0] if row else None

    def fact(self, kind: FactKind, key: str) -> Any:
        if ("fact", kind, key) in self._beside:
            return self._beside["fact", kind, key]
        row = self._connection.execute(FACT, (owner_of(kind, self._tenant), kind, key), prepare=True).fetchone()
        return row[0] if row else None

    # -- reading many at once ---------------------------------------------------------------------------------------

    def load_heads(self, streams: Iterable[str]) -> None:
        """One query for all; what has no head row is folded from its events, where there are any."""
        missing = list({stream for stream in streams if self._find(("head", stream)) is ABSENT})
        if not missing:
            return
        rows = self._all(
            "SELECT stream, version, shape, state FROM parley.head WHERE tenant = %s AND stream = ANY (%s)", missing
        )
        for stream, version, shape, state in rows:
            if shape == shape_of(stream):
                self._read[("head", stream)] = Head(load_state(stream, bytes(state)), version)
            elif prefix_of(stream) == ROTATION:
                self._read[("head", stream)] = fold_rotation(self._connection, self._tenant, stream)
            # else of another release: the events are the truth, the head is a cache
        self._fold([stream for stream in missing if ("head", stream) not in self._read])

    def load_desks(self, streams: Iterable[str]) -> None:
        """These streams, then the agents who hold their dialogs or are offered them: two queries for a whole batch."""
        named = list(streams)
        self.load_heads(named)
        dialogs = [self.head(stream).state for stream in named if prefix_of(stream) == "dialog"]
        agents = [one.agent for dialog in dialogs for one in dialog.offers]
        agents += [dialog.assignee for dialog in dialogs if dialog.assignee is not None]
        self.load_heads(f"agent-{agent}" for agent in agents)

    def load_senders(self, commands: Iterable[ReceiveMessage]) -> None:
        """Customer, conversation and dialog of every sender of a batch, in two queries."""
        senders = {
            (f"{one.provider}:{one.channel}", one.sender_key, one.channel)
            for one in commands
            if self._find(("known", f"{one.provider}:{one.channel}", one.sender_key)) is ABSENT
        }
        if not senders:
            return
        rows = self._connection.execute(
            "SELECT asked.namespace, asked.external_key, asked.channel, d.customer, d.subject_key_id,"
            "       c.session, c.dialog, c.open"
            " FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked(namespace, external_key, channel)"
            " LEFT JOIN parley.directory d ON d.tenant = %s AND d.namespace = asked.namespace"
            "      AND d.external_key = asked.external_key"
            " LEFT JOIN parley.conversation c ON c.tenant = %s AND c.channel = asked.channel"
            "      AND c.customer = d.customer",
            (*[list(column) for column in zip(*senders, strict=True)], self._tenant, self._tenant),
            binary=True,
        ).fetchall()
        dialogs = []
        for namespace, external_key, channel, customer, key_id, session, dialog, is_open in rows:
            self._read[("known", namespace, external_key)] = Known(customer, key_id) if customer else None
            if customer:
                talk = Conversation(session, dialog, is_open) if dialog else None
                self._read[("conversation", channel, customer)] = talk
                dialogs += [f"dialog-{dialog}"] if dialog else []
        self.load_heads(dialogs)

    def _fold(self, streams: list[str]) -> None:
        for stream in streams:
            self._read[("head", stream)] = empty_head(stream)
        with_events = [stream for stream in streams if prefix_of(stream) in AGGREGATES]
        if not with_events:
            return
        for stream, head in fold(self._connection, self._tenant, with_events).items():
            self._read[("head", stream)] = head

    def _find(self, key: Key) -> Any:
        found = self._read.get(key, ABSENT)
        return self._kept.get(key, ABSENT) if found is ABSENT else found

    def _one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        cursor = self._connection.execute(query, (self._tenant, *values), prepare=True, binary=True)
        return cursor.fetchone()

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(query, (self._tenant, *values), prepare=True, binary=True)
        return cursor.fetchall()


CHANNELS = "SELECT stream FROM parley.head WHERE tenant = %s AND stream LIKE 'channel-%%'"
GROUPS = "SELECT stream FROM parley.head WHERE tenant = %s AND stream LIKE 'group-%%'"
FACT = "SELECT value FROM parley.fact WHERE tenant = %s AND kind = %s AND key = %s"
EVERYBODY = ""
"""In place of a tenant: rows that hold across all of them."""


def owner_of(kind: FactKind, tenant: str) -> str:
    return EVERYBODY if kind == "owner" else tenant


def class_name(one: Class) -> str:
    """Exact text of a class, as the queue's rows carry it."""
    return json.dumps(one, ensure_ascii=False)


def fold(connection: Connection, tenant: str, streams: Sequence[str], *, upto: int | None = None) -> dict[str, Head]:
    """States of streams from their events, up to a position; data that no fold looks at stays in the database."""
    heads = {stream: empty_head(stream) for stream in streams}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(FOLD, (UNREAD, tenant, list(streams), upto, upto), prepare=True)
        for stream, rows in groupby(cursor.fetchall(), key=itemgetter(0)):
            heads[stream] = _folded(stream, rows)
    return heads


def _folded(stream: str, rows: Iterable[tuple[Any, ...]]) -> Head:
    evolve, state, version = aggregate_of(stream).evolve, fresh(stream), 0
    for _, number, kind, schema, recorded_at, position, data in rows:
        event = _blank(kind) if data is None else _decoded(kind, schema, data)
        if event is not None:
            state = evolve(state, event, Stamp(recorded_at, position))
        version = number
    return Head(state, version)


UNREAD = sorted({kind for aggregate in AGGREGATES.values() for kind in aggregate.unread})


def fold_rotation(connection: Connection, tenant: str, stream: str) -> Head:
    """A group's rotation from the decisions and changes of members that it follows (F32)."""
    group = stream.partition("-")[2]
    head = empty_head(stream)
    with connection.cursor(binary=True) as cursor:
        cursor.execute(FOLD_ROTATION, (tenant, f"group-{group}"))
        for kind, schema, data in cursor:
            event = _decoded(kind, schema, data)
            if isinstance(event, RoutingDecided) and event.group == group:
                head = Head(turns.decided(head.state, event), head.version + 1)
            elif isinstance(event, MembersChanged):
                head = Head(turns.members_changed(head.state, event), head.version + 1)
    return head


FOLD_ROTATION = """
SELECT kind, schema, data FROM parley.event
WHERE tenant = %s AND (kind = 'dialog.routing_decided' OR (kind = 'group.members_changed' AND stream = %s))
ORDER BY position
"""
FOLD = """
SELECT stream, version, kind, schema, recorded_at, position, CASE WHEN kind = ANY (%s) THEN NULL ELSE data END
FROM parley.event
WHERE tenant = %s AND stream = ANY (%s) AND (%s::bigint IS NULL OR position <= %s)
ORDER BY stream, version
"""


@cache
def _blank(kind: str) -> Event:
    """Stands for an event whose data the fold does not read."""
    return EVENTS[kind].model_construct(kind=kind)


def _decoded(kind: str, schema: int, data: bytes) -> Event | None:
    try:
        return decode(kind, schema, data)
    except UnknownEvent:
        return None
