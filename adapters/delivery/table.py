"""The rows of `parley.delivery`: what is due, taking it up, what became of it. Rules: `processors.delivery`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.store.database import Connection
from domain.recorded import Recorded
from processors.delivery import CALL_LASTS, Outgoing, State, Verdict, next_up, outgoing

ADD = """
INSERT INTO parley.delivery (tenant, dialog, message, lane, position, since, next_at)
SELECT new.tenant, new.dialog, new.message, %s, new.position, new.since, new.since
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
     AS new(tenant, dialog, message, position, since)
JOIN parley.tenant ON tenant.tenant = new.tenant AND tenant.virtual_now IS NULL
ON CONFLICT DO NOTHING
"""
DUE = """
SELECT tenant, dialog, message, position, since, paced
FROM parley.delivery AS due
WHERE lane = %s AND state = 'waiting' AND next_at <= %s AND (channel IS NULL OR channel <> ALL (%s)) AND NOT EXISTS (
    SELECT FROM parley.delivery AS before
    WHERE before.tenant = due.tenant AND before.dialog = due.dialog AND before.position < due.position
      AND before.state IN ('waiting', 'calling')
)
ORDER BY next_at LIMIT %s
"""
UNFINISHED = """
SELECT dialog, message, position, state, attempts, next_at
FROM parley.delivery WHERE tenant = %s AND dialog = %s AND state IN ('waiting', 'calling')
ORDER BY position FOR UPDATE
"""
TAKE = """
UPDATE parley.delivery
SET state = 'calling', attempts = attempts + 1, call_until = %s, channel = %s, chat_key = %s, called_at = %s
WHERE tenant = %s AND dialog = %s AND message = %s RETURNING attempts
"""
SETTLE = """
UPDATE parley.delivery
SET state = %s, code = %s, next_at = coalesce(%s, next_at), call_until = NULL,
    external_key = coalesce(%s, external_key), reported = %s, paced = 0
WHERE tenant = %s AND dialog = %s AND message = %s AND attempts = %s
  AND (state = 'calling' OR (state = 'unknown' AND %s = 'sent'))
"""
GIVE_UP = """
UPDATE parley.delivery SET state = 'failed', code = %s
WHERE tenant = %s AND dialog = %s AND message = %s AND state = 'waiting'
"""
GOES_THROUGH = """
UPDATE parley.delivery SET channel = %s WHERE tenant = %s AND dialog = %s AND message = %s AND state = 'waiting'
"""
PACE = """
UPDATE parley.delivery SET next_at = %s, paced = %s
WHERE tenant = %s AND dialog = %s AND message = %s AND state = 'waiting'
"""
RESERVE = """
INSERT INTO parley.pace AS pace (tenant, channel, key, free_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (tenant, channel, key)
DO UPDATE SET free_at = greatest(pace.free_at + %s, excluded.free_at) RETURNING free_at
"""
HOLD = """
INSERT INTO parley.pace AS pace (tenant, channel, key, free_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (tenant, channel, key) DO UPDATE SET free_at = greatest(pace.free_at, excluded.free_at)
"""
FREE_AT = "SELECT free_at FROM parley.pace WHERE tenant = %s AND channel = %s AND key = %s"
FREED = "DELETE FROM parley.pace WHERE free_at <= %s"
POSTPONE = """
UPDATE parley.delivery SET next_at = %s WHERE tenant = %s AND dialog = %s AND message = %s AND state = 'waiting'
"""
LOST = """
UPDATE parley.delivery SET state = 'unknown', code = 'answer_lost', call_until = NULL
WHERE lane = %s AND state = 'calling' AND call_until <= %s
"""
UNREPORTED = """
SELECT tenant, dialog, message, state, code FROM parley.delivery
WHERE lane = %s AND NOT reported AND state IN ('sent', 'failed', 'unknown') ORDER BY position LIMIT %s
"""
REPORTED = """
UPDATE parley.delivery SET reported = true WHERE tenant = %s AND dialog = %s AND message = %s AND state = %s
"""

MAILBOX = """
SELECT tenant, dialog, message, position, since FROM parley.delivery
WHERE tenant = %s AND state = 'waiting' AND dialog IN (
    SELECT dialog FROM parley.delivery
    WHERE tenant = %s AND channel = %s AND external_key = %s AND state = 'waiting'
)
ORDER BY position FOR UPDATE
"""
ANYTHING = """
SELECT EXISTS (SELECT FROM parley.delivery WHERE tenant = %s AND channel = %s AND external_key = ANY(%s))
"""
OF_TURN = """
SELECT tenant, dialog, message, position, since FROM parley.delivery
WHERE tenant = %s AND channel = %s AND external_key = %s ORDER BY position
"""
TAKE_ALONG = """
UPDATE parley.delivery
SET state = 'calling', attempts = attempts + 1, call_until = %s, channel = %s, external_key = %s, code = ''
WHERE tenant = %s AND dialog = %s AND message = %s
"""
LEAVE_WAITING = """
UPDATE parley.delivery SET channel = %s, external_key = %s
WHERE tenant = %s AND dialog = %s AND message = %s AND state = 'waiting'
"""
TAKEN_ALONG = """
UPDATE parley.delivery SET state = 'sent', call_until = NULL, code = '', reported = false
WHERE tenant = %s AND channel = %s AND external_key = %s AND state IN ('calling', 'unknown')
"""


class Due(NamedTuple):
    tenant: str
    dialog: str
    message: str
    position: int
    since: datetime
    paced: int = 0


class Unreported(NamedTuple):
    tenant: str
    dialog: str
    message: str
    state: State
    code: str


def add(connection: Connection, lane: int, events: Sequence[Recorded]) -> int:
    """What these events ask to be sent. Tenants that are only played have a clock of their own, and no customers."""
    rows = [
        (event.tenant, one.dialog, one.message, one.position, event.recorded_at)
        for event in events
        if (one := outgoing(event)) is not None
    ]
    if not rows:
        return 0
    columns = [list(column) for column in zip(*rows, strict=True)]
    return connection.execute(ADD, (lane, *columns)).rowcount


def due(connection: Connection, lane: int, now: datetime, limit: int, crowded: Collection[str] = ()) -> list[Due]:
    """The first unfinished message of each dialog, where its time has come; none of these `crowded` channels."""
    return [Due(*row) for row in connection.execute(DUE, (lane, now, list(crowded), limit)).fetchall()]


def take(
    connection: Connection,
    one: Due,
    channel: str,
    now: datetime,
    chat_key: str | None = None,
    lasts: timedelta = CALL_LASTS,
) -> int | None:
    """Begin the call: the number of this attempt, or None where somebody else was faster."""
    with connection.transaction():
        rows = connection.execute(UNFINISHED, (one.tenant, one.dialog)).fetchall()
        first = next_up([Outgoing(*row) for row in rows], now)
        if first is None or first.message != one.message:
            return None
        values = (now + lasts, channel, chat_key, now, one.tenant, one.dialog, one.message)
        row = connection.execute(TAKE, values).fetchone()
    return int(row[0]) if row else None


def settle(
    connection: Connection, one: Due, attempt: int, verdict: Verdict, external_key: str | None, *, told: bool = False
) -> None:
    """Write down what became of the call. One given up for lost may still turn out to have been sent.

    `told`: there is nothing to report of it; what comes of it the provider will tell."""
    values = (verdict.state, verdict.code, verdict.next_at, external_key, told)
    connection.execute(SETTLE, (*values, one.tenant, one.dialog, one.message, attempt, verdict.state))


def give_up(connection: Connection, one: Due, code: str) -> None:
    """It failed before any call was made."""
    connection.execute(GIVE_UP, (code, one.tenant, one.dialog, one.message))


def postpone(connection: Connection, one: Due, until: datetime) -> None:
    connection.execute(POSTPONE, (until, one.tenant, one.dialog, one.message))


def goes_through(connection: Connection, one: Due, channel: str) -> None:
    """Its channel, as soon as it is known; nothing else about it changes."""
    connection.execute(GOES_THROUGH, (channel, one.tenant, one.dialog, one.message))


def pace(connection: Connection, one: Due, until: datetime, paced: int) -> None:
    """It has got its place at `until`, by so many limits."""
    connection.execute(PACE, (until, paced, one.tenant, one.dialog, one.message))


def reserve(connection: Connection, tenant: str, channel: str, key: str, spacing: timedelta, now: datetime) -> datetime:
    """One message more at this limit: `processors.pace.reserved`, for all processes at once."""
    row = connection.execute(RESERVE, (tenant, channel, key, now + spacing, spacing)).fetchone()
    assert row is not None
    free_at: datetime = row[0]
    return free_at


def hold(connection: Connection, tenant: str, channel: str, key: str, until: datetime) -> None:
    connection.execute(HOLD, (tenant, channel, key, until))


def free_at(connection: Connection, tenant: str, channel: str, key: str) -> datetime | None:
    row = connection.execute(FREE_AT, (tenant, channel, key)).fetchone()
    return row[0] if row else None


def sweep_pace(connection: Connection, now: datetime) -> None:
    """Limits that hold nobody back any more."""
    connection.execute(FREED, (now,))


def lose(connection: Connection, lane: int, now: datetime) -> int:
    """Calls whose process died before it could write down the answer."""
    return connection.execute(LOST, (lane, now)).rowcount


def unreported(connection: Connection, lane: int, limit: int) -> list[Unreported]:
    return [Unreported(*row) for row in connection.execute(UNREPORTED, (lane, limit)).fetchall()]


def mark_reported(connection: Connection, one: Unreported) -> None:
    connection.execute(REPORTED, (one.tenant, one.dialog, one.message, one.state))


def anything(connection: Connection, tenant: str, channel: str, keys: Sequence[str]) -> bool:
    """Is there anything under one of these names? Of most turns nothing is."""
    row = connection.execute(ANYTHING, (tenant, channel, list(keys)), prepare=True).fetchone()
    return bool(row and row[0])


def waiting_for_turn(connection: Connection, tenant: str, channel: str, mailbox: str) -> list[Due]:
    """What waits in the dialogs of this chat until its customer speaks, locked; all of a dialog once its first does."""
    rows = connection.execute(MAILBOX, (tenant, tenant, channel, mailbox)).fetchall()
    return [Due(*row) for row in rows]


def of_turn(connection: Connection, tenant: str, channel: str, turn: str) -> list[Due]:
    """What this very turn has taken along before."""
    return [Due(*row) for row in connection.execute(OF_TURN, (tenant, channel, turn)).fetchall()]


def take_along(connection: Connection, chosen: Sequence[Due], channel: str, turn: str, now: datetime) -> None:
    until = now + CALL_LASTS
    for one in chosen:
        connection.execute(TAKE_ALONG, (until, channel, turn, one.tenant, one.dialog, one.message))


def leave_waiting(connection: Connection, waiting: Sequence[Due], channel: str, mailbox: str) -> None:
    """What had no room in this answer is found again at the next turn, though no courier has looked at it yet."""
    for one in waiting:
        connection.execute(LEAVE_WAITING, (channel, mailbox, one.tenant, one.dialog, one.message))


def taken_along(connection: Connection, tenant: str, channel: str, turn: str) -> None:
    connection.execute(TAKEN_ALONG, (tenant, channel, turn))
