"""Lists of dialogs: which, in what order, page by page (J01, J03, J04).

A page ends with a cursor: the place of its last row in the order. The next page begins behind that place, wherever the
rows around it have gone: a dialog that did not move is listed once, whatever happens to the others.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from psycopg.rows import dict_row

from adapters.store.database import Connection
from domain.errors import Invalid, Problem

List = Literal["my", "unassigned", "queued", "offered", "bot", "open", "closed", "unanswered", "overdue"]
Sort = Literal["last_activity", "started", "waiting", "deadline", "priority"]
LARGEST = 200
Found = dict[str, Any]

CLOSES_AT = """
CASE WHEN dialog.phase <> 'closed' AND NOT (dialog.held AND dialog.hold_until IS NULL)
          AND NOT (channel.idle_mode = 'waiting_for_customer' AND dialog.last_activity_by = 'customer')
     THEN CASE WHEN channel.auto_close IS NOT NULL
               THEN greatest(dialog.last_activity_at + make_interval(secs => channel.auto_close),
                             dialog.hold_until, channel.floor_until) END
END"""
"""When it closes for idleness, as `domain.idleness.deadline` has it: one half of it is the channel's."""

SELECT = f"""
SELECT dialog.*, channel.kind AS channel_kind, channel.name AS channel_name, channel.state AS channel_state,
       {CLOSES_AT} AS closes_at
FROM view.inbox AS dialog
LEFT JOIN view.channels AS channel ON channel.tenant = dialog.tenant AND channel.channel = dialog.channel
"""  # noqa: S608 - all of it stands above
CUSTOMERS = """
SELECT customer, profile AS customer_profile, subject_key_id AS customer_key_id
FROM view.customers WHERE tenant = %s AND customer = ANY (%s)
"""

LISTS: dict[str, str] = {
    "my": "dialog.phase = 'assigned' AND dialog.assignee = %(agent)s",
    "unassigned": "dialog.phase IN ('queued', 'offered')",
    "queued": "dialog.phase = 'queued'",
    "offered": "dialog.phase = 'offered' AND (%(agent)s::text IS NULL OR %(agent)s = ANY (dialog.offered_to))",
    "bot": "dialog.phase = 'bot'",
    "open": "dialog.phase <> 'closed'",
    "closed": "dialog.phase = 'closed'",
    "unanswered": "dialog.phase <> 'closed' AND dialog.unanswered_since IS NOT NULL",
    "overdue": f"dialog.phase <> 'closed' AND {CLOSES_AT} <= %(due_before)s",
}
FILTERS: dict[str, str] = {
    "channel": "dialog.channel = %(channel)s",
    "group": 'dialog."group" = %(group)s',
    "agent": "dialog.last_agent = %(agent)s",
    "tag": "%(tag)s = ANY (dialog.tags)",
    "topic": "dialog.topic = %(topic)s",
    "priority": "dialog.priority = %(priority)s",
    "customer": "dialog.customer = %(customer)s",
}


@dataclass(frozen=True, slots=True)
class _Order:
    """`column` of the answer that it sorts by; `never` = where a row without that moment stands."""

    column: str
    expression: str
    type: str
    descending: bool
    never: Any = None


ORDERS: dict[str, _Order] = {
    "last_activity": _Order("last_activity_at", "dialog.last_activity_at", "timestamptz", True),
    "started": _Order("opened_at", "dialog.opened_at", "timestamptz", True),
    "waiting": _Order(
        "unanswered_since", "coalesce(dialog.unanswered_since, 'infinity')", "timestamptz", False, "infinity"
    ),
    "deadline": _Order("closes_at", f"coalesce({CLOSES_AT}, 'infinity')", "timestamptz", False, "infinity"),
    "priority": _Order("priority", "dialog.priority", "bigint", True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`agent`: whose lists "my" and "offered" are; on all others, who holds the dialog or held it last.

    `due_before`: what "overdue" means.
    """

    list: List = "open"
    sort: Sort = "last_activity"
    agent: str | None = None
    channel: str | None = None
    group: str | None = None
    tag: str | None = None
    topic: str | None = None
    priority: int | None = None
    customer: str | None = None
    due_before: datetime | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """`next` = cursor of the page behind this one; None = this was the last. Personal fields are still veiled."""

    rows: list[Found]
    next: str | None


def dialogs(connection: Connection, tenant: str, query: Query) -> Page:
    """One page of a list. Raises Invalid, all problems at once."""
    place = _check(query)
    order = ORDERS[query.sort]
    conditions = ["dialog.tenant = %(tenant)s", LISTS[query.list], *_filters(query)]
    values: Found = {"tenant": tenant, "limit": query.limit + 1, "due_before": query.due_before}
    values |= {name: getattr(query, name) for name in FILTERS}
    if place is not None:
        values |= {"at": place[0], "behind": place[1]}
        sign = "<" if order.descending else ">"
        conditions.append(f"({order.expression}, dialog.dialog) {sign} (%(at)s::{order.type}, %(behind)s)")
    way = "DESC" if order.descending else "ASC"
    statement = (
        f"{SELECT} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order.expression} {way}, dialog.dialog {way} LIMIT %(limit)s"
    )
    rows = _rows(connection, statement, values)
    page = _with_customers(connection, tenant, rows[: query.limit])
    return Page(page, _cursor(query.sort, order, page[-1]) if len(rows) > query.limit else None)


def dialog(connection: Connection, tenant: str, dialog_id: str) -> Found | None:
    """One dialog, as the lists show it."""
    statement = f"{SELECT} WHERE dialog.tenant = %(tenant)s AND dialog.dialog = %(dialog)s"
    rows = _rows(connection, statement, {"tenant": tenant, "dialog": dialog_id})
    return _with_customers(connection, tenant, rows)[0] if rows else None


def _rows(connection: Connection, statement: str, values: Any) -> list[Found]:
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(statement, values).fetchall()


def _with_customers(connection: Connection, tenant: str, rows: list[Found]) -> list[Found]:
    """Names only for the page that is shown: joined before, they would be fetched for every row that is sorted."""
    found = _rows(connection, CUSTOMERS, (tenant, sorted({row["customer"] for row in rows}))) if rows else []
    known = {one.pop("customer"): one for one in found}
    nobody = {"customer_profile": "", "customer_key_id": None}
    return [row | known.get(row["customer"], nobody) for row in rows]


def _filters(query: Query) -> list[str]:
    of_list = {"agent"} if query.list in ("my", "offered") else set()
    return [text for name, text in FILTERS.items() if getattr(query, name) is not None and name not in of_list]


def _check(query: Query) -> tuple[Any, str] | None:
    problems = []
    if query.list not in get_args(List):
        problems.append(_problem("list", "unknown_list", f"must be one of {', '.join(get_args(List))}"))
    if query.sort not in get_args(Sort):
        problems.append(_problem("sort", "unknown_sort", f"must be one of {', '.join(get_args(Sort))}"))
    if query.list == "my" and query.agent is None:
        problems.append(_problem("agent", "required", "must be given for the list my"))
    if query.list == "overdue" and query.due_before is None:
        problems.append(_problem("due_before", "required", "must be given for the list overdue"))
    if not 1 <= query.limit <= LARGEST:
        problems.append(_problem("limit", "out_of_range", f"must be from 1 to {LARGEST}", least=1, most=LARGEST))
    place = _place(query)
    if query.cursor is not None and place is None:
        problems.append(_problem("cursor", "bad_cursor", "is not a cursor of this order"))
    if problems:
        raise Invalid(problems)
    return place


def _problem(field: str, code: str, why: str, **limits: int | float | str) -> Problem:
    return Problem(field=field, code=code, sentence=f"{field} {why}.", limits=limits)


def _cursor(sort: str, order: _Order, row: Found) -> str:
    value = row[order.column]
    at = order.never if value is None else value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, at, row["dialog"]]).encode()).decode().rstrip("=")


def _place(query: Query) -> tuple[Any, str] | None:
    """What a cursor says: (value of the order, dialog). None if it says nothing, or something else."""
    try:
        padded = (query.cursor or "") + "=" * (-len(query.cursor or "") % 4)
        sort, at, behind = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, TypeError):
        return None
    if sort != query.sort or not isinstance(behind, str) or not _fits(at, ORDERS[query.sort]):
        return None
    return at, behind


def _fits(at: Any, order: _Order) -> bool:
    if order.type == "bigint":
        return isinstance(at, int) and not isinstance(at, bool) and abs(at) < 2**63
    if at == order.never:
        return at is not None
    try:
        return isinstance(at, str) and datetime.fromisoformat(at).tzinfo is not None
    except ValueError:
        return False
