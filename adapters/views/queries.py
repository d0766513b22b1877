"""Everything that HTTP, web and terminal ask of the views. The tenant comes first and filters every answer.

Rows are dictionaries by column, personal fields still veiled; `opened` makes them readable at a door.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from adapters.store.database import Connection
from adapters.views.lists import LARGEST, Found, List, Page, Query, Sort, dialog, dialogs
from adapters.views.opening import opened
from domain.errors import Invalid, Problem

__all__ = [
    "Found",
    "Freshness",
    "List",
    "Page",
    "Query",
    "Sort",
    "agents",
    "alerts",
    "channel",
    "channel_history",
    "channels",
    "counters",
    "customer",
    "dialog",
    "dialog_facts",
    "dialogs",
    "freshness",
    "groups",
    "opened",
    "quarantined",
    "schedules",
    "transcript",
    "widgets",
]


def transcript(
    connection: Connection,
    tenant: str,
    dialog_id: str,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
    what: Sequence[str] | None = None,
) -> Page:
    """A page of a dialog in the order of the log: the last entries before `before`, or the first behind `after`.

    `what`: of message, note, line; None = all. `next` = position to go on from in the same direction.
    """
    _check(limit)
    forward = after is not None
    statement = f"""
    SELECT * FROM view.transcript
    WHERE tenant = %(tenant)s AND dialog = %(dialog)s AND (%(what)s::text[] IS NULL OR what = ANY (%(what)s))
      AND (%(before)s::bigint IS NULL OR position < %(before)s) AND (%(after)s::bigint IS NULL OR position > %(after)s)
    ORDER BY position {"ASC" if forward else "DESC"} LIMIT %(limit)s"""  # noqa: S608 - one of two words
    asked = {"before": before, "after": after, "what": list(what) if what is not None else None}
    rows = _rows(connection, statement, {"tenant": tenant, "dialog": dialog_id, "limit": limit + 1, **asked})
    page, more = rows[:limit], len(rows) > limit
    return Page(page if forward else page[::-1], str(page[-1]["position"]) if more else None)


def agents(connection: Connection, tenant: str) -> list[Found]:
    """The board. Groups that an agent is a member of are joined."""
    statement = """
    SELECT agent.*, array(
        SELECT member."group" FROM view.groups AS member
        WHERE member.tenant = agent.tenant AND NOT member.archived AND agent.agent = ANY (member.members)
        ORDER BY member."group") AS groups
    FROM view.agent_board AS agent WHERE agent.tenant = %(tenant)s ORDER BY agent.agent"""
    return _rows(connection, statement, {"tenant": tenant})


def alerts(
    connection: Connection, tenant: str, *, past: bool = False, before: int | None = None, limit: int = 100
) -> Page:
    """Open alerts, newest first; `past`: also those that were cleared."""
    _check(limit)
    statement = """
    SELECT * FROM view.alerts
    WHERE tenant = %(tenant)s AND (%(past)s OR cleared_at IS NULL)
      AND (%(before)s::bigint IS NULL OR position < %(before)s)
    ORDER BY position DESC LIMIT %(limit)s"""
    rows = _rows(connection, statement, {"tenant": tenant, "past": past, "before": before, "limit": limit + 1})
    return Page(rows[:limit], str(rows[limit - 1]["position"]) if len(rows) > limit else None)


def groups(connection: Connection, tenant: str) -> list[Found]:
    """The groups, with how many dialogs wait in each, and since when."""
    statement = """
    SELECT one.*, coalesce(queue.waiting, 0) AS waiting, queue.longest_since
    FROM view.groups AS one LEFT JOIN (
        SELECT "group", count(*) AS waiting, min(queued_at) AS longest_since FROM view.inbox
        WHERE tenant = %(tenant)s AND phase IN ('queued', 'offered') GROUP BY "group") AS queue USING ("group")
    WHERE one.tenant = %(tenant)s ORDER BY one."group" """
    return _rows(connection, statement, {"tenant": tenant})


def channels(connection: Connection, tenant: str) -> list[Found]:
    return _rows(
        connection, "SELECT * FROM view.channels WHERE tenant = %(tenant)s ORDER BY channel", {"tenant": tenant}
    )


def channel(connection: Connection, tenant: str, channel_id: str) -> Found | None:
    statement = "SELECT * FROM view.channels WHERE tenant = %(tenant)s AND channel = %(channel)s"
    return _first(_rows(connection, statement, {"tenant": tenant, "channel": channel_id}))


def widgets(connection: Connection, tenant: str) -> list[Found]:
    """Every widget; `channels` = [{channel, kind, name, state, trouble}] in the order in which they were added."""
    statement = """
    SELECT widget.tenant, widget.widget, widget.version, widget.position, widget.name, widget.created_at,
           widget.created_by, widget.archived, widget.providers, coalesce((
               SELECT jsonb_agg(jsonb_build_object('channel', channel.channel, 'kind', channel.kind,
                   'name', channel.name, 'state', channel.state, 'trouble', channel.trouble) ORDER BY added.place)
               FROM unnest(widget.channels) WITH ORDINALITY AS added(channel, place)
               JOIN view.channels AS channel ON channel.tenant = widget.tenant AND channel.channel = added.channel
           ), '[]'::jsonb) AS channels
    FROM view.widgets AS widget WHERE widget.tenant = %(tenant)s ORDER BY widget.widget"""
    return _rows(connection, statement, {"tenant": tenant})


def schedules(connection: Connection, tenant: str) -> list[Found]:
    statement = "SELECT * FROM view.schedules WHERE tenant = %(tenant)s ORDER BY schedule"
    return _rows(connection, statement, {"tenant": tenant})


def customer(connection: Connection, tenant: str, customer_id: str) -> Found | None:
    statement = "SELECT * FROM view.customers WHERE tenant = %(tenant)s AND customer = %(customer)s"
    return _first(_rows(connection, statement, {"tenant": tenant, "customer": customer_id}))


def channel_history(
    connection: Connection,
    tenant: str,
    channel_id: str | None = None,
    *,
    actor: str | None = None,
    field: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """Who changed what, newest first (L01). `field` by its public name; `until` is not included."""
    _check(limit)
    statement = """
    SELECT * FROM view.channel_history
    WHERE tenant = %(tenant)s
      AND (%(channel)s::text IS NULL OR channel = %(channel)s) AND (%(actor)s::text IS NULL OR actor = %(actor)s)
      AND (%(field)s::text IS NULL OR %(field)s = ANY (fields))
      AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)
      AND (%(before)s::bigint IS NULL OR position < %(before)s)
    ORDER BY position DESC LIMIT %(limit)s"""
    asked = {"actor": actor, "field": field, "since": since, "until": until, "before": before}
    rows = _rows(connection, statement, {"tenant": tenant, "channel": channel_id, "limit": limit + 1, **asked})
    return Page(rows[:limit], str(rows[limit - 1]["position"]) if len(rows) > limit else None)


def quarantined(connection: Connection, tenant: str, *, before: int | None = None, limit: int = 50) -> Page:
    """What waits in quarantine, newest first."""
    _check(limit)
    statement = """
    SELECT * FROM view.quarantine
    WHERE tenant = %(tenant)s AND released_at IS NULL AND (%(before)s::bigint IS NULL OR position < %(before)s)
    ORDER BY position DESC LIMIT %(limit)s"""
    rows = _rows(connection, statement, {"tenant": tenant, "before": before, "limit": limit + 1})
    return Page(rows[:limit], str(rows[limit - 1]["position"]) if len(rows) > limit else None)


def dialog_facts(connection: Connection, tenant: str, *, since: datetime, until: datetime) -> list[Found]:
    """The measured dialogs that were closed in [since, until), oldest first."""
    statement = """
    SELECT * FROM view.dialog_facts
    WHERE tenant = %(tenant)s AND closed_at >= %(since)s AND closed_at < %(until)s ORDER BY closed_at, dialog"""
    return _rows(connection, statement, {"tenant": tenant, "since": since, "until": until})


def counters(connection: Connection, tenant: str, agent: str | None = None) -> dict[str, int]:
    """The length of each list; "my" and "offered" are the agent's if one is given. Kept, not counted (J05)."""
    names = {name: name for name in ("unassigned", "queued", "offered", "bot", "open", "closed", "unanswered")}
    if agent is not None:
        names |= {"my": f"my {agent}", "offered": f"offered {agent}"}
    statement = """
    SELECT projection, name, n FROM view.counter
    WHERE tenant = %(tenant)s AND (projection = 'inbox' AND name = ANY (%(names)s)
       OR projection = 'quarantine' AND name = 'waiting')"""
    rows = _rows(connection, statement, {"tenant": tenant, "names": list(names.values())})
    kept = {(row["projection"], row["name"]): row["n"] for row in rows}
    counted = {short: kept.get(("inbox", name), 0) for short, name in names.items()}
    return counted | {"quarantined": kept.get(("quarantine", "waiting"), 0)}


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to where a view has read its tenant's lane, and where the lane ends."""

    position: int
    head: int

    @property
    def lag(self) -> int:
        """Events not applied yet."""
        return max(0, self.head - self.position)


def freshness(connection: Connection, tenant: str, projection: str = "inbox") -> Freshness:
    """Asked before the rows: what is read afterwards is at least this fresh (J08)."""
    statement = """
    SELECT coalesce((SELECT position FROM parley.tracking WHERE consumer = %s AND lane = tenant.lane), 0),
           coalesce((SELECT max(position) FROM parley.event WHERE lane = tenant.lane), 0)
    FROM parley.tenant WHERE tenant = %s"""
    row = connection.execute(statement, (projection, tenant)).fetchone()
    return Freshness(*row) if row else Freshness(0, 0)


def _check(limit: int) -> None:
    if not 1 <= limit <= LARGEST:
        raise Invalid([Problem(field="limit", code="out_of_range", sentence=f"limit must be from 1 to {LARGEST}.")])


def _rows(connection: Connection, statement: str, values: dict[str, Any]) -> list[Found]:
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(statement, values).fetchall()


def _first(rows: list[Found]) -> Found | None:
    return rows[0] if rows else None
