"""The rows of `parley.polling`: which channels are to be asked, from where on, and who is asking."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.store.database import Connection

HELD_FOR = timedelta(seconds=60)
"""A process that has not said so for so long asks no more."""

BEGIN = """
INSERT INTO parley.polling (tenant, channel, lane, cursor, since, next_at)
SELECT %(tenant)s, %(channel)s, %(lane)s, %(cursor)s, %(since)s, %(at)s
FROM parley.tenant WHERE tenant = %(tenant)s AND virtual_now IS NULL
ON CONFLICT (tenant, channel) DO UPDATE
SET cursor = excluded.cursor, since = excluded.since, next_at = excluded.next_at, failed = 0,
    holder = '', held_until = '-infinity'
WHERE polling.since < excluded.since
"""
SOON = "UPDATE parley.polling SET next_at = least(next_at, %s) WHERE tenant = %s AND channel = %s"
END = "DELETE FROM parley.polling WHERE tenant = %s AND channel = %s AND since <= %s"
CLAIM = """
UPDATE parley.polling SET holder = %(holder)s, held_until = %(now)s + %(held)s
WHERE (tenant, channel) IN (
    SELECT tenant, channel FROM parley.polling
    WHERE lane = %(lane)s AND next_at <= %(now)s AND held_until <= %(now)s
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING tenant, channel, cursor, since, failed
"""
HOLD = """
UPDATE parley.polling SET held_until = %s
WHERE holder = %s AND (tenant, channel) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
SETTLE = """
UPDATE parley.polling SET cursor = %s, next_at = %s, failed = %s, holder = '', held_until = '-infinity'
WHERE tenant = %s AND channel = %s AND holder = %s AND since = %s
"""
KEEP = "UPDATE parley.polling SET cursor = %s WHERE tenant = %s AND channel = %s AND holder = %s AND since = %s"


class Due(NamedTuple):
    tenant: str
    channel: str
    cursor: str
    since: int
    failed: int


class Row(NamedTuple):
    """`at` = the moment from which on the channel is read."""

    tenant: str
    channel: str
    cursor: str
    since: int
    at: datetime


def begin(connection: Connection, lane: int, row: Row) -> bool:
    """The channel is asked from now on, from this cursor; an older event than the row's changes nothing."""
    return connection.execute(BEGIN, {**row._asdict(), "lane": lane}).rowcount > 0


def soon(connection: Connection, tenant: str, channel: str, at: datetime) -> bool:
    return connection.execute(SOON, (at, tenant, channel)).rowcount > 0


def end(connection: Connection, tenant: str, channel: str, since: int) -> None:
    connection.execute(END, (tenant, channel, since))


def claim(connection: Connection, lane: int, holder: str, now: datetime, limit: int) -> list[Due]:
    """What is due, and nobody is asking: ours until it is settled, or until we fall silent."""
    values = {"lane": lane, "holder": holder, "now": now, "held": HELD_FOR, "limit": limit}
    return [Due(*row) for row in connection.execute(CLAIM, values).fetchall()]


def hold(connection: Connection, holder: str, ours: Collection[Sequence[str]], now: datetime) -> None:
    tenants, channels = [one[0] for one in ours], [one[1] for one in ours]
    connection.execute(HOLD, (now + HELD_FOR, holder, tenants, channels))


def keep(connection: Connection, holder: str, one: Due, cursor: str) -> bool:
    """Everything up to here is kept. False: the channel is no longer ours, or begins anew."""
    return connection.execute(KEEP, (cursor, one.tenant, one.channel, holder, one.since)).rowcount > 0


def settle(connection: Connection, holder: str, one: Due, cursor: str, next_at: datetime, failed: int) -> None:
    connection.execute(SETTLE, (cursor, next_at, failed, one.tenant, one.channel, holder, one.since))
