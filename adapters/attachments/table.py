"""The rows of `parley.attachment`: what is to be fetched, what became of it, what has to go.

Rules: `processors.fetching`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import class_row

from adapters.store.database import Connection
from processors.fetching import FETCH_LASTS, UNSENT_LASTS, State, Verdict

ADD = """
INSERT INTO parley.attachment AS old (lane, direction, tenant, id, dialog, channel, message, position, ordinal, key_id,
                                      type, mime, name, size, sha256, blob, blob_key, state, since, next_at)
SELECT %s, 'in', new.tenant, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
FROM (SELECT %s::text AS tenant) AS new
JOIN parley.tenant ON tenant.tenant = new.tenant AND tenant.virtual_now IS NULL
ON CONFLICT (tenant, id) DO UPDATE SET dialog = excluded.dialog, position = excluded.position
WHERE old.dialog = '' AND excluded.dialog <> ''
"""
UPLOADED = """
INSERT INTO parley.attachment (lane, direction, tenant, id, dialog, key_id, type, mime, name, size, sha256, blob,
                               blob_key, state, since, next_at)
VALUES (%s, 'out', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'kept', clock_timestamp(), clock_timestamp())
"""
SENT = """
UPDATE parley.attachment SET message = %s, position = %s, ordinal = %s
WHERE tenant = %s AND id = %s AND direction = 'out' AND dialog = %s AND message IS NULL
"""
SELECT = """
SELECT tenant, id, direction, dialog, channel, message, position, ordinal, key_id, type, mime, name, size, blob,
       blob_key, state, code, since
FROM parley.attachment
"""
DUE = SELECT + "WHERE lane = %s AND state = 'waiting' AND next_at <= %s ORDER BY next_at LIMIT %s"
ONE = SELECT + "WHERE tenant = %s AND id = %s"
MANY = SELECT + "WHERE tenant = %s AND id = ANY (%s)"
TAKE = """
UPDATE parley.attachment SET state = 'fetching', attempts = attempts + 1, call_until = %s
WHERE tenant = %s AND id = %s AND state = 'waiting' RETURNING attempts
"""
SETTLE = """
UPDATE parley.attachment
SET state = %s, code = %s, next_at = coalesce(%s, next_at), call_until = NULL
WHERE tenant = %s AND id = %s AND attempts = %s AND state = 'fetching'
"""
KEEP = """
UPDATE parley.attachment
SET state = 'kept', code = '', call_until = NULL, mime = %s, size = %s, sha256 = %s, blob = %s, blob_key = %s
WHERE tenant = %s AND id = %s AND attempts = %s AND state = 'fetching'
"""
LOST = """
UPDATE parley.attachment SET state = 'waiting', call_until = NULL
WHERE lane = %s AND state = 'fetching' AND call_until <= %s
"""
OF_ERASED = """
SELECT attachment.tenant, attachment.id, attachment.blob FROM parley.customer_key
JOIN parley.attachment USING (tenant, key_id)
WHERE customer_key.revoked_at IS NOT NULL AND attachment.state <> 'erased' AND attachment.lane = %s LIMIT %s
"""
ERASE = """
UPDATE parley.attachment
SET state = 'erased', code = 'customer_erased', name = NULL, sha256 = NULL, blob = NULL, blob_key = NULL,
    call_until = NULL
WHERE tenant = %s AND id = %s
"""
UNSENT = """
SELECT tenant, id, blob FROM parley.attachment
WHERE lane = %s AND direction = 'out' AND message IS NULL AND since <= %s LIMIT %s
"""
REMOVE = "DELETE FROM parley.attachment WHERE tenant = %s AND id = %s AND message IS NULL"
KNOWN = "SELECT blob FROM parley.attachment WHERE blob = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One row. `blob`, its key and the name are there while it is kept; key and name are sealed."""

    tenant: str
    id: str
    direction: str
    dialog: str
    channel: str | None
    message: str | None
    position: int | None
    ordinal: int
    key_id: str
    type: str
    mime: str
    name: bytes | None
    size: int | None
    blob: str | None
    blob_key: bytes | None
    state: State
    code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that an event names. With a `blob` it came along and is kept; otherwise it waits to be fetched."""

    id: str
    dialog: str
    channel: str | None
    message: str
    position: int
    ordinal: int
    key_id: str
    type: str
    mime: str
    name: bytes | None
    size: int | None
    sha256: bytes | None
    blob: str | None
    blob_key: bytes | None
    state: State
    since: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Uploaded:
    tenant: str
    id: str
    dialog: str
    key_id: str
    type: str
    mime: str
    name: bytes
    size: int
    sha256: bytes
    blob: str
    blob_key: bytes


class Doomed(NamedTuple):
    tenant: str
    id: str
    blob: str | None


def add(connection: Connection, lane: int, tenant: str, one: Brought) -> int:
    """Nothing happens where it is known, except that what waited in the quarantine is in a dialog now."""
    return connection.execute(ADD, (lane, *astuple(one), tenant)).rowcount


def upload(connection: Connection, lane: int, one: Uploaded) -> None:
    connection.execute(UPLOADED, (lane, *astuple(one)))


def sent(connection: Connection, tenant: str, ident: str, dialog: str, message: str, position: int, place: int) -> None:
    connection.execute(SENT, (message, position, place, tenant, ident, dialog))


def due(connection: Connection, lane: int, now: datetime, limit: int) -> list[Attachment]:
    return _rows(connection, DUE, (lane, now, limit))


def find(connection: Connection, tenant: str, ident: str) -> Attachment | None:
    found = _rows(connection, ONE, (tenant, ident))
    return found[0] if found else None


def many(connection: Connection, tenant: str, idents: Sequence[str]) -> dict[str, Attachment]:
    return {one.id: one for one in _rows(connection, MANY, (tenant, list(idents)))}


def take(connection: Connection, one: Attachment, now: datetime) -> int | None:
    """Begin a try: its number, or None where somebody else was faster."""
    row = connection.execute(TAKE, (now + FETCH_LASTS, one.tenant, one.id)).fetchone()
    return int(row[0]) if row else None


def settle(connection: Connection, one: Attachment, attempt: int, verdict: Verdict) -> None:
    values = (verdict.state, verdict.code, verdict.next_at, one.tenant, one.id, attempt)
    connection.execute(SETTLE, values)


def keep(
    connection: Connection,
    one: Attachment,
    attempt: int,
    *,
    mime: str,
    size: int,
    sha256: bytes,
    blob: str,
    blob_key: bytes,
) -> bool:
    """False: meanwhile the customer was erased, or this try was given up for lost; the bytes are nobody's."""
    values = (mime, size, sha256, blob, blob_key, one.tenant, one.id, attempt)
    return connection.execute(KEEP, values).rowcount == 1


def lose(connection: Connection, lane: int, now: datetime) -> int:
    """Tries whose process died before their end."""
    return connection.execute(LOST, (lane, now)).rowcount


def of_erased(connection: Connection, lane: int, limit: int) -> list[Doomed]:
    return [Doomed(*row) for row in connection.execute(OF_ERASED, (lane, limit)).fetchall()]


def erase(connection: Connection, one: Doomed) -> None:
    connection.execute(ERASE, (one.tenant, one.id))


def unsent(connection: Connection, lane: int, now: datetime, limit: int) -> list[Doomed]:
    """Uploads that nobody has sent in time."""
    return [Doomed(*row) for row in connection.execute(UNSENT, (lane, now - UNSENT_LASTS, limit)).fetchall()]


def remove(connection: Connection, one: Doomed) -> None:
    connection.execute(REMOVE, (one.tenant, one.id))


def known(connection: Connection, blobs: Sequence[str]) -> set[str]:
    """Those among these blobs that a row holds."""
    return {blob for (blob,) in connection.execute(KNOWN, (list(blobs),)).fetchall()}


def _rows(connection: Connection, query: str, values: tuple[Any, ...]) -> list[Attachment]:
    with connection.cursor(row_factory=class_row(Attachment)) as cursor:
        return cursor.execute(query, values).fetchall()
