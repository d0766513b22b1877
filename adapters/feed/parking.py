"""Poison: an event that a consumer cannot handle parks its stream until it is retried. It is never skipped (K02).

Later events of the same stream queue behind it, in order; all other streams flow on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import psycopg

from adapters.feed import Consumer
from adapters.store.database import Connection
from adapters.store.log import COLUMNS, Row, decoded
from domain.recorded import Recorded

log = logging.getLogger("parley.feed")
LONGEST_ERROR = 2000
RAW = "raw:"
"""How the pseudo-streams begin that hold what is no event."""


def apply_or_park(consumer: Consumer, connection: Connection, events: Sequence[Recorded], lane: int) -> None:
    """Apply a page at once; if that fails for any reason but the database's, find the culprits one by one."""
    flowing = _behind_parked(consumer, connection, events, lane)
    if not flowing:
        return
    try:
        with connection.transaction():
            consumer.apply(connection, flowing)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        log.warning("consumer %s failed on a page, going one by one: %s", consumer.name, type(error).__name__)
        _one_by_one(consumer, connection, flowing, lane)


def apply_rows(consumer: Consumer, connection: Connection, rows: Sequence[Row], lane: int) -> None:
    """The same for rows that are not decoded yet: one that does not decode parks its stream as well."""
    try:
        readable = list(decoded(rows))
        aside: list[tuple[Row, str]] = []
    except Exception as error:
        log.warning("consumer %s cannot decode a page, going one by one: %s", consumer.name, type(error).__name__)
        readable, aside = _decoded_apart(rows)
    apply_or_park(consumer, connection, readable, lane)
    for row, why in aside:
        _park(consumer, connection, row, lane, why)


def _decoded_apart(rows: Sequence[Row]) -> tuple[list[Recorded], list[tuple[Row, str]]]:
    """What decodes, and what does not with all that follows it in its stream, each with its reason."""
    readable: list[Recorded] = []
    aside: dict[tuple[str, str], list[tuple[Row, str]]] = {}
    for row in rows:
        behind = aside.get((row.tenant, row.stream))
        if behind is not None:
            behind.append((row, "behind a parked event"))
            continue
        try:
            readable += decoded([row])
        except Exception as error:
            log.error("the event %s of %s does not decode: %s", row.version, row.stream, type(error).__name__)
            aside[row.tenant, row.stream] = [(row, f"{type(error).__name__}: {error}")]
    return readable, [one for ones in aside.values() for one in ones]


def park_raw(consumer: Consumer, connection: Connection, place: str, number: int, lane: int, why: str) -> None:
    """Something that is no event at all, under a pseudo-stream of its own: it holds up nobody, and is seen."""
    log.error("consumer %s parks what is no event, %s at %s: %s", consumer.name, place, number, why)
    connection.execute(PARK, (consumer.name, "", RAW + place, number, lane, number, why[:LONGEST_ERROR]))


def _behind_parked(consumer: Consumer, connection: Connection, events: Sequence[Recorded], lane: int) -> list[Recorded]:
    """Events of parked streams join the queue; the rest is returned."""
    parked = _parked_streams(consumer, connection)
    if not parked:
        return list(events)
    flowing = []
    for event in events:
        if (event.tenant, event.stream) in parked:
            _park(consumer, connection, event, lane, "behind a parked event")
        else:
            flowing.append(event)
    return flowing


def _parked_streams(consumer: Consumer, connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute("SELECT DISTINCT tenant, stream FROM parley.parked WHERE consumer = %s", (consumer.name,))
    return set(rows.fetchall())


def _one_by_one(consumer: Consumer, connection: Connection, events: Sequence[Recorded], lane: int) -> None:
    parked: set[tuple[str, str]] = set()
    for event in events:
        if (event.tenant, event.stream) in parked:
            _park(consumer, connection, event, lane, "behind a parked event")
            continue
        try:
            with connection.transaction():
                consumer.apply(connection, [event])
        except psycopg.OperationalError:
            raise
        except Exception as error:
            log.error("consumer %s parks %s: %s", consumer.name, event.stream, type(error).__name__)
            parked.add((event.tenant, event.stream))
            _park(consumer, connection, event, lane, f"{type(error).__name__}: {error}")


def _park(consumer: Consumer, connection: Connection, event: Recorded | Row, lane: int, why: str) -> None:
    why = why.replace("\0", "?")[:LONGEST_ERROR]
    connection.execute(PARK, (consumer.name, event.tenant, event.stream, event.version, lane, event.position, why))


PARK = (
    "INSERT INTO parley.parked (consumer, tenant, stream, version, lane, position, error, attempts)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, 1) ON CONFLICT DO NOTHING"
)


def retry(consumer: Consumer, connection: Connection, tenant: str, stream: str) -> int:
    """Apply everything parked of one stream, in order, in one transaction. Returns how many; raises if one fails.

    What was no event at all is only taken off the list: it was looked at, and there is nothing to apply.
    """
    with connection.transaction():
        if stream.startswith(RAW):
            return connection.execute(
                "DELETE FROM parley.parked WHERE consumer = %s AND stream = %s", (consumer.name, stream)
            ).rowcount
        rows = connection.execute(
            f"SELECT {', '.join('event.' + name for name in COLUMNS.split(', '))}"  # noqa: S608 - our own column names
            " FROM parley.parked JOIN parley.event USING (tenant, stream, version)"
            " WHERE consumer = %s AND tenant = %s AND stream = %s ORDER BY version",
            (consumer.name, tenant, stream),
        ).fetchall()
        events = list(decoded([Row._make((*row[:8], bytes(row[8]), bytes(row[9]))) for row in rows]))
        heard = [event for event in events if consumer.hears is None or event.event.kind in consumer.hears]
        consumer.apply(connection, heard)
        connection.execute(  # not what a feed may have parked behind these meanwhile
            "DELETE FROM parley.parked WHERE consumer = %s AND tenant = %s AND stream = %s AND version = ANY (%s)",
            (consumer.name, tenant, stream, [row[3] for row in rows]),
        )
    return len(rows)
