"""The statements of one append transaction, sent together: events first, then the rows that are the log folded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from adapters.store.arrays import Bigints, Blobs, Texts
from adapters.store.codec import Codec, MetaWriter
from adapters.store.database import Connection
from adapters.store.derived import Dialogs, offered_agents, state_before, timers, waiting
from adapters.store.dirty import mark
from adapters.store.heads import EVERYBODY, class_name, dump_state, owner_of, shape_of
from domain.desk.world import Head, Key, NewKey, Pending, World
from domain.group import Group
from domain.recorded import Meta, Recorded


@dataclass
class Append:
    """The events of one tenant in one batch, as columns."""

    streams: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    schemas: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    metas: list[bytes] = field(default_factory=list)
    datas: list[bytes] = field(default_factory=list)
    subject_keys: set[str] = field(default_factory=set)
    writer: MetaWriter = field(default_factory=MetaWriter)

    def add(
        self,
        tenant: str,
        epoch: str,
        now: datetime,
        pending: Sequence[Pending],
        meta: Meta,
        key: str | None,
        codec: Codec,
    ) -> list[Recorded]:
        raw = self.writer.encode(meta)
        recorded = []
        for one in pending:
            event_id = event_id_of(epoch, tenant, one.stream, one.version)
            event = one.event
            self.streams.append(one.stream)
            self.versions.append(one.version)
            self.kinds.append(event.kind)
            self.schemas.append(event.version_of_shape)
            self.ids.append(event_id)
            self.keys.append(key)
            self.metas.append(raw)
            self.datas.append(codec.encode(tenant, event))
            if event.personal:
                self.subject_keys.add(event.subject_key_id)  # type: ignore[attr-defined]
            recorded.append(Recorded(one.position, tenant, one.stream, one.version, event_id, now, meta, event))
        return recorded


def event_id_of(epoch: str, tenant: str, stream: str, version: int) -> str:
    """A UUID: the same on every delivery, different after a restore behind the copies (a new epoch)."""
    text = hashlib.blake2b(f"{epoch}|{tenant}|{stream}|{version}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Result(NamedTuple):
    """What a repeated command will hear, and the positions of its events."""

    key: str
    outcome: bytes
    first: int | None
    last: int | None


def write_keys(connection: Connection, world: World, keys: Sequence[NewKey]) -> None:
    """Keys of new customers, before the events that name them."""
    if keys:
        connection.execute(
            "INSERT INTO parley.customer_key (tenant, key_id, wrapped, created_at)"
            " SELECT %s, key_id, wrapped, %s FROM unnest(%b::text[], %b::bytea[]) AS new(key_id, wrapped)",
            (world.tenant, world.now, Texts(key.id for key in keys), Blobs(key.wrapped for key in keys)),
            prepare=True,
        )


def write_events(connection: Connection, lane: int, first: int, world: World, append: Append) -> None:
    """May run inside a pipeline: nothing is awaited here."""
    connection.execute(
        "SELECT parley.append(%s::smallint, %s::bigint, %s::timestamptz, %b::text[], %s, %b::text[], %b::bigint[],"
        " %b::text[], %b::bigint[]::integer[], %b::text[]::uuid[], %b::text[], %b::bytea[], %b::bytea[])",
        (
            lane,
            first,
            world.now,
            Texts(append.subject_keys),
            world.tenant,
            Texts(append.streams),
            Bigints(append.versions),
            Texts(append.kinds),
            Bigints(append.schemas),
            Texts(append.ids),
            Texts(append.keys),
            Blobs(append.metas),
            Blobs(append.datas),
        ),
        prepare=True,
    )


def write_rows(connection: Connection, lane: int, world: World, results: Sequence[Result]) -> None:
    """Heads, results and every derived row that the commands of one tenant have changed."""
    changed = world.changed()
    heads = {key[1]: value for key, value in changed.items() if key[0] == "head"}
    _keep(connection, world, heads, results)
    _conversations(connection, world.tenant, changed)
    _directory(connection, world.tenant, changed)
    dialogs = {stream.partition("-")[2]: head.state for stream, head in heads.items() if stream.startswith("dialog-")}
    before = {dialog: state_before(world, f"dialog-{dialog}") for dialog in dialogs}
    _queue(connection, world.tenant, dialogs, before)
    _offers(connection, world.tenant, dialogs, before)
    _timers(connection, lane, world, dialogs, before)
    groups = {stream.partition("-")[2]: head.state for stream, head in heads.items() if stream.startswith("group-")}
    _members(connection, world, groups)
    _leases(connection, lane, world.tenant, changed)
    _facts(connection, world.tenant, changed)
    _wakes(connection, lane, world)


def _keep(connection: Connection, world: World, heads: dict[str, Head], results: Sequence[Result]) -> None:
    """Heads, command results and intake counters: one call."""
    if not heads and not results and not world.counts:
        return
    connection.execute(
        "SELECT parley.keep_batch(%s, %s, %b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::text[], %b::bytea[],"
        " %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::bigint[])",
        (
            world.tenant,
            world.now,
            Texts(heads),
            Bigints(head.version for head in heads.values()),
            Texts(shape_of(stream) for stream in heads),
            Blobs(dump_state(stream, head.state) for stream, head in heads.items()),
            Texts(one.key for one in results),
            Blobs(one.outcome for one in results),
            Bigints(one.first for one in results),
            Bigints(one.last for one in results),
            Texts(channel for channel, _ in world.counts),
            Texts(outcome for _, outcome in world.counts),
            Bigints(world.counts.values()),
        ),
        prepare=True,
    )


def _conversations(connection: Connection, tenant: str, changed: dict[Key, Any]) -> None:
    rows = [(*key[1:], *value) for key, value in changed.items() if key[0] == "conversation" and value is not None]
    if not rows:
        return
    connection.execute(
        "INSERT INTO parley.conversation (tenant, channel, customer, session, dialog, open)"
        " SELECT %s, new.* FROM unnest(%b::text[], %b::text[], %b::integer[], %b::text[], %b::boolean[]) AS new"
        " ON CONFLICT (tenant, channel, customer)"
        " DO UPDATE SET session = excluded.session, dialog = excluded.dialog, open = excluded.open",
        (tenant, *_columns(rows)),
        prepare=True,
    )


def _directory(connection: Connection, tenant: str, changed: dict[Key, Any]) -> None:
    rows = [(*key[1:], *value) for key, value in changed.items() if key[0] == "known" and value is not None]
    if rows:
        connection.execute(
            "INSERT INTO parley.directory (tenant, namespace, external_key, customer, subject_key_id)"
            " SELECT %s, new.* FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[]) AS new",
            (tenant, *_columns(rows)),
            prepare=True,
        )


def _queue(connection: Connection, tenant: str, after: Dialogs, before: dict[str, Any]) -> None:
    moved = {name: waiting(dialog) for name, dialog in after.items() if waiting(dialog) != waiting(before[name])}
    gone = [name for name, row in moved.items() if row is None]
    if gone:
        connection.execute(
            "DELETE FROM parley.queue WHERE tenant = %s AND dialog = ANY (%b)", (tenant, Texts(gone)), prepare=True
        )
    for name, row in moved.items():
        if row is not None:
            connection.execute(
                "INSERT INTO parley.queue (tenant, dialog, grp, priority, queued_position, class)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (tenant, dialog) DO UPDATE"
                " SET grp = excluded.grp, priority = excluded.priority,"
                "     queued_position = excluded.queued_position, class = excluded.class",
                (tenant, name, *row[:3], class_name(row.asks)),
                prepare=True,
            )


def _offers(connection: Connection, tenant: str, after: Dialogs, before: dict[str, Any]) -> None:
    agents = offered_agents
    moved = {name: agents(dialog) for name, dialog in after.items() if agents(dialog) != agents(before[name])}
    old = [name for name in moved if agents(before[name])]
    if old:
        connection.execute(
            "DELETE FROM parley.offer WHERE tenant = %s AND dialog = ANY (%b)", (tenant, Texts(old)), prepare=True
        )
    rows = [(agent, name) for name, offered in moved.items() for agent in sorted(offered)]
    if rows:
        connection.execute(
            "INSERT INTO parley.offer (tenant, agent, dialog)"
            " SELECT %s, new.* FROM unnest(%b::text[], %b::text[]) AS new",
            (tenant, *_columns(rows)),
            prepare=True,
        )


def _timers(connection: Connection, lane: int, world: World, after: Dialogs, before: dict[str, Any]) -> None:
    gone, rows = timers(world, after, before)
    if gone:
        connection.execute(
            "DELETE FROM parley.timer WHERE tenant = %s AND stream = ANY (%b)",
            (world.tenant, Texts(gone)),
            prepare=True,
        )
    if rows:
        connection.execute(
            "INSERT INTO parley.timer AS old (lane, tenant, stream, check_at)"
            " SELECT %s, %s, new.stream, new.check_at"
            " FROM unnest(%b::text[], %b::timestamptz[]) AS new(stream, check_at)"
            " ON CONFLICT (tenant, stream) DO UPDATE SET check_at = excluded.check_at"
            " WHERE excluded.check_at < old.check_at OR old.stream = ANY (%b)",
            (lane, world.tenant, *_columns([row[:2] for row in rows]), [row.stream for row in rows if row.exact]),
            prepare=True,
        )


def _members(connection: Connection, world: World, groups: dict[str, Group]) -> None:
    for name, group in groups.items():
        was = state_before(world, f"group-{name}")
        if was is not None and was.members == group.members:
            continue
        connection.execute("DELETE FROM parley.member WHERE tenant = %s AND grp = %s", (world.tenant, name))
        connection.execute(
            "INSERT INTO parley.member (tenant, grp, agent) SELECT %s, %s, unnest(%b::text[])",
            (world.tenant, name, list(group.members)),
        )


def _leases(connection: Connection, lane: int, tenant: str, changed: dict[Key, Any]) -> None:
    """The end of an agent's lease, and a schedule's opening and closing: timers like any other."""
    alarms = {key[1]: until for key, until in changed.items() if key[0] == "alarm"}
    alarms |= {f"agent-{key[1]}": until for key, until in changed.items() if key[0] == "lease"}
    for stream, until in alarms.items():
        if until is None:
            connection.execute("DELETE FROM parley.timer WHERE tenant = %s AND stream = %s", (tenant, stream))
        else:
            connection.execute(
                "INSERT INTO parley.timer (lane, tenant, stream, check_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (tenant, stream) DO UPDATE SET check_at = excluded.check_at",
                (lane, tenant, stream, until),
                prepare=True,
            )


def _facts(connection: Connection, tenant: str, changed: dict[Key, Any]) -> None:
    for (_, kind, key), value in [(key, value) for key, value in changed.items() if key[0] == "fact"]:
        owner = owner_of(kind, tenant)  # type: ignore[arg-type]
        if value is None:
            connection.execute(
                "DELETE FROM parley.fact WHERE tenant = %s AND kind = %s AND key = %s", (owner, kind, key), prepare=True
            )
        elif kind == "owner":
            _own(connection, key, value)
        else:
            connection.execute(
                "INSERT INTO parley.fact (tenant, kind, key, value) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (tenant, kind, key) DO UPDATE SET value = excluded.value",
                (owner, kind, key, Jsonb(value)),
                prepare=True,
            )


def _own(connection: Connection, key: str, tenant: str) -> None:
    """Nobody is overwritten: a tenant of another lane may have been quicker. Then the batch is decided anew (D20)."""
    written = connection.execute(
        "INSERT INTO parley.fact (tenant, kind, key, value) VALUES (%s, 'owner', %s, %s)"
        " ON CONFLICT (tenant, kind, key) DO UPDATE SET value = excluded.value WHERE fact.value = excluded.value",
        (EVERYBODY, key, Jsonb(tenant)),
        prepare=True,
    )
    if written.rowcount == 0:
        raise psycopg.errors.SerializationFailure(f"The account {key} has become another tenant's meanwhile.")


def _wakes(connection: Connection, lane: int, world: World) -> None:
    for processor in sorted({name for name, _ in world.wakes}):
        keys = [key for name, key in world.wakes if name == processor]
        mark(connection, lane, processor, {(world.tenant, key): world.last_position for key in keys})


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Columns of texts in their quick form; none of those written here is partly empty."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [Texts(column) if isinstance(column[0], str) else column for column in columns]
