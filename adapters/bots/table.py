"""The rows of `parley.bot_turn`: dialogs that are with a bot, what it was not told. Rules: `processors.bots`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.store.database import Connection
from domain.dialog.events import BotStarted, MessageReceived
from domain.recorded import Recorded
from processors.bots import AT_MOST_EVERY, CALL_LASTS, Told

WITH_BOTS = """
SELECT turn.tenant, turn.dialog FROM parley.bot_turn AS turn
JOIN unnest(%s::text[], %s::text[]) AS spoken(tenant, dialog) USING (tenant, dialog)
"""
BEGIN = """
INSERT INTO parley.bot_turn AS old (tenant, dialog, lane, bot, started, heard, next_at)
SELECT %s, %s, %s, %s, %s, %s, %s
WHERE EXISTS (SELECT FROM parley.tenant WHERE tenant = %s AND virtual_now IS NULL)
ON CONFLICT (tenant, dialog) DO UPDATE
SET bot = excluded.bot, started = excluded.started, heard = excluded.heard, told = 0, asking = 0, attempts = 0,
    next_at = excluded.next_at, call_until = NULL
WHERE old.started < excluded.started
"""
HEAR = """
UPDATE parley.bot_turn
SET heard = %s, next_at = CASE WHEN heard > told THEN next_at ELSE greatest(%s, called_at + %s) END
WHERE tenant = %s AND dialog = %s AND heard < %s
"""
END = "DELETE FROM parley.bot_turn WHERE tenant = %s AND dialog = %s AND started < %s"
DUE = """
SELECT tenant, dialog, bot, started, heard, told, asking, attempts FROM parley.bot_turn
WHERE lane = %s AND heard > told AND next_at <= %s AND (call_until IS NULL OR call_until <= %s)
ORDER BY next_at LIMIT %s
"""
TAKE = """
UPDATE parley.bot_turn
SET call_until = %s, called_at = %s, asking = %s, attempts = CASE WHEN asking = %s THEN attempts + 1 ELSE 1 END
WHERE tenant = %s AND dialog = %s AND started = %s AND told = %s AND attempts = %s
  AND (call_until IS NULL OR call_until <= %s)
RETURNING attempts
"""
TOLD = """
UPDATE parley.bot_turn
SET told = %s, heard = greatest(heard, %s), attempts = 0, call_until = NULL, next_at = greatest(%s, called_at + %s)
WHERE tenant = %s AND dialog = %s AND started = %s AND told < %s
"""
POSTPONE = """
UPDATE parley.bot_turn SET call_until = NULL, next_at = %s
WHERE tenant = %s AND dialog = %s AND started = %s AND attempts = %s
"""
KNOWS = "SELECT greatest(told, asking) FROM parley.bot_turn WHERE tenant = %s AND dialog = %s AND bot = %s"
FORGET = "DELETE FROM parley.bot_turn WHERE tenant = %s AND dialog = %s AND started = %s"


class Due(NamedTuple):
    """`attempts` = how often the call up to `asking` has been made."""

    tenant: str
    dialog: str
    bot: str
    started: int
    heard: int
    told: int
    asking: int
    attempts: int


def follow(connection: Connection, lane: int, events: Sequence[Recorded]) -> bool:
    """Keep the rows in step with these events, in order. Is there anything new to tell?"""
    concerned = _with_bots(connection, events)
    news = False
    for one in events:
        name = (one.tenant, one.entity)
        match one.event:
            case BotStarted(bot=bot):
                values = (*name, lane, bot, one.position, one.position, one.recorded_at)
                connection.execute(BEGIN, (*values, one.tenant))
                concerned.add(name)
                news = True
            case MessageReceived() if name in concerned:
                at = (one.position, one.recorded_at, AT_MOST_EVERY)
                news |= connection.execute(HEAR, (*at, *name, one.position)).rowcount > 0
            case _ if name in concerned:
                connection.execute(END, (*name, one.position))
            case _:
                pass
    return news


def _with_bots(connection: Connection, events: Sequence[Recorded]) -> set[tuple[str, str]]:
    """Almost always nobody: one look, and most messages of most dialogs cost nothing more."""
    spoken = sorted({(one.tenant, one.entity) for one in events})
    columns = [list(column) for column in zip(*spoken, strict=True)]
    return set(connection.execute(WITH_BOTS, columns, prepare=True).fetchall())


def due(connection: Connection, lane: int, now: datetime, limit: int) -> list[Due]:
    return [Due(*row) for row in connection.execute(DUE, (lane, now, now, limit), prepare=True).fetchall()]


def take(connection: Connection, one: Due, told: Told, now: datetime) -> int | None:
    """The number of this attempt, or None where somebody else has taken it up or the turn has ended."""
    until = now + CALL_LASTS
    names = (one.tenant, one.dialog, one.started, one.told, one.attempts)
    row = connection.execute(TAKE, (until, now, told.upto, told.upto, *names, now)).fetchone()
    return int(row[0]) if row else None


def is_told(connection: Connection, one: Due, upto: int, now: datetime) -> None:
    """The bot knows everything up to here; what was said meanwhile is due a second after the call at the earliest."""
    names = (one.tenant, one.dialog, one.started)
    connection.execute(TOLD, (upto, upto, now, AT_MOST_EVERY, *names, upto))


def postpone(connection: Connection, one: Due, attempts: int, until: datetime) -> None:
    connection.execute(POSTPONE, (until, one.tenant, one.dialog, one.started, attempts))


def knows(connection: Connection, tenant: str, dialog: str, bot: str) -> int | None:
    """Up to which position the bot was told what the customer said, or is being told; None = it has no such turn."""
    row = connection.execute(KNOWS, (tenant, dialog, bot)).fetchone()
    return int(row[0]) if row else None


def forget(connection: Connection, one: Due) -> None:
    """This turn needs no more calls."""
    connection.execute(FORGET, (one.tenant, one.dialog, one.started))
