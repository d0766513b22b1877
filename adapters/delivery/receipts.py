"""The rows of `parley.delivery`, as far as providers speak of messages after they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from adapters.delivery.table import Due
from adapters.intake_outbox import Result, Sent, Told
from adapters.store.database import Connection

Became = Literal["sent", "failed"]
RANKS: dict[Told, int] = {"delivered": 1, "read": 2}
MOST = 200
DOUBTS = 20
FIND = "SELECT dialog, message FROM parley.delivery WHERE tenant = %s AND channel = %s AND external_key = ANY(%s)"
NAMED = "SELECT dialog, message FROM parley.delivery WHERE tenant = %s AND message = %s AND channel = %s"
SETTLE = """
UPDATE parley.delivery
SET state = %s, code = '', call_until = NULL, external_key = coalesce(external_key, %s), reported = %s
WHERE tenant = %s AND dialog = %s AND message = %s AND state IN ('waiting', 'calling', 'unknown') AND attempts > 0
"""
UP_TO = """
SELECT dialog, message FROM parley.delivery
WHERE tenant = %s AND channel = %s AND chat_key = ANY(%s) AND state = 'sent' AND called_at <= %s AND told < %s
ORDER BY position DESC LIMIT %s
"""
BEFORE = """
SELECT before.dialog, before.message
FROM parley.delivery AS this JOIN parley.delivery AS before
     ON (before.tenant, before.channel, before.chat_key) = (this.tenant, this.channel, this.chat_key)
     AND before.position < this.position
WHERE this.tenant = %s AND this.dialog = %s AND this.message = %s AND before.state = 'sent' AND before.told < %s
ORDER BY before.position DESC LIMIT %s
"""
TELL = """
UPDATE parley.delivery SET told = greatest(told, %s)
WHERE tenant = %s AND (dialog, message) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
DOUBTFUL = """
SELECT tenant, dialog, message, position, since FROM parley.delivery
WHERE tenant = %s AND channel = %s AND chat_key = ANY(%s) AND state IN ('waiting', 'calling', 'unknown')
ORDER BY position DESC LIMIT %s
"""
EARLY = """
INSERT INTO parley.early (tenant, channel, external_key, result, code, command_key)
SELECT %s, %s, key, %s, %s, %s FROM unnest(%s::text[]) AS key
WHERE EXISTS (SELECT FROM parley.delivery WHERE tenant = %s AND channel = %s AND state = 'calling')
ON CONFLICT DO NOTHING
"""
TAKE_EARLY = """
DELETE FROM parley.early WHERE tenant = %s AND channel = %s AND external_key = %s
RETURNING result, code, command_key
"""
FORGET = "DELETE FROM parley.early WHERE seen_at <= clock_timestamp() - interval '10 minutes'"


class Early(NamedTuple):
    """`command_key`: of the command that the receipt would have caused, so that its repeat is one."""

    result: Result
    code: str
    command_key: str


def find(connection: Connection, tenant: str, channel: str, keys: Sequence[str]) -> Sent | None:
    row = connection.execute(FIND, (tenant, channel, list(keys))).fetchone()
    return Sent(*row) if row else None


def named(connection: Connection, tenant: str, channel: str, our_key: str) -> Sent | None:
    """By the name that we gave it ourselves; only what went through this channel counts."""
    row = connection.execute(NAMED, (tenant, our_key, channel)).fetchone()
    return Sent(*row) if row else None


def settle(
    connection: Connection,
    tenant: str,
    found: Sent,
    became: Became,
    external_key: str | None,
    *,
    reported: bool,
) -> None:
    """Only what was in doubt changes; what was settled stays as it is."""
    connection.execute(SETTLE, (became, external_key, reported, tenant, *found))


def up_to(
    connection: Connection, tenant: str, channel: str, chats: Sequence[str], moment: datetime, told: Told
) -> list[Sent]:
    rows = connection.execute(UP_TO, (tenant, channel, list(chats), moment, RANKS[told], MOST)).fetchall()
    return [Sent(*row) for row in reversed(rows)]


def before(connection: Connection, tenant: str, this: Sent, told: Told) -> list[Sent]:
    rows = connection.execute(BEFORE, (tenant, *this, RANKS[told], MOST)).fetchall()
    return [Sent(*row) for row in reversed(rows)]


def tell(connection: Connection, tenant: str, messages: Sequence[Sent], told: Told) -> None:
    dialogs, names = [one.dialog for one in messages], [one.message for one in messages]
    connection.execute(TELL, (RANKS[told], tenant, dialogs, names))


def keep_early(connection: Connection, tenant: str, channel: str, keys: Sequence[str], one: Early) -> None:
    """Only while a call of this channel has no answer yet: it may be the one that is meant."""
    connection.execute(EARLY, (tenant, channel, *one, list(keys), tenant, channel))


def take_early(connection: Connection, tenant: str, channel: str, key: str) -> list[Early]:
    """In the order in which a message goes through them."""
    rows = [Early(*row) for row in connection.execute(TAKE_EARLY, (tenant, channel, key)).fetchall()]
    return sorted(rows, key=lambda one: one.result)


def forget_early(connection: Connection) -> None:
    connection.execute(FORGET)


def doubtful(connection: Connection, tenant: str, channel: str, chats: Sequence[str]) -> list[Due]:
    """What may have arrived although nobody told us, the newest first."""
    return [Due(*row) for row in connection.execute(DOUBTFUL, (tenant, channel, list(chats), DOUBTS)).fetchall()]
