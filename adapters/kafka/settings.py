"""`channels.settings.v1`: the latest settings of every channel, whole, one compacted record a channel.

A newcomer reads the topic to its end and knows all channels without their history. The state is the fold of the
channel's stream up to the event, so the same event always gives the same bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from adapters.kafka.records import Record, Writer
from adapters.store.codec import iso
from adapters.store.database import Connection
from adapters.store.log import COLUMNS, Row, decoded
from projections.base import apply, projection

log = logging.getLogger("parley.kafka")

TOPIC = "channels.settings.v1"
TYPE = "channel.settings"
SCHEMA = 1
CAUSES = frozenset({"channel.settings_changed", "channel.connected", "channel.disconnected"})


def latest(connection: Connection, writer: Writer, rows: Sequence[Row]) -> list[Record]:
    """A record for each channel whose settings or connection a page changes, as of its last such event there."""
    changed = {(row.tenant, row.stream): row for row in rows if row.kind in CAUSES}
    found = ((row, _state(connection, row)) for row in changed.values())
    return [_record(writer, row, state) for row, state in found if state is not None]


def _state(connection: Connection, row: Row) -> dict[str, Any] | None:
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM parley.event WHERE tenant = %s AND stream = %s AND version <= %s"  # noqa: S608 - our own columns
            " ORDER BY version",
            (row.tenant, row.stream, row.version),
        )
        history = [Row(*one) for one in cursor]
    rows: dict[tuple[Any, ...], Any] = {}
    try:
        apply(projection("channels"), rows, decoded(history))
    except ValidationError:
        log.error("the settings of %s cannot be told: an event of its stream does not decode", row.stream)
        return None
    return next((_public(one) for one in rows.values()), None)


def _public(row: Any) -> dict[str, Any]:
    """`row`: that of the projection `channels`."""
    return {
        "channel": row.channel,
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "settings_version": row.settings_version,
        "settings": row.settings or {},
        "saved_at": iso(row.saved_at) if row.saved_at else None,
        "saved_by": row.saved_by,
    }


def _record(writer: Writer, row: Row, state: dict[str, Any]) -> Record:
    """The headers are those of the event that it follows from, under a type and an id of its own."""
    told = writer.record(row._replace(kind=TYPE, schema=SCHEMA))
    assert told is not None
    headers = [(name, data + b"-settings" if name == "ce_id" else data) for name, data in told.headers]
    value = json.dumps(state, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return Record(TOPIC, told.key, value, headers)
