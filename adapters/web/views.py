"""What each page shows, read in one go: rows of the views, made ready for a template. Blocking; called in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from adapters.attachments.content import SHOWN
from adapters.attachments.shown import with_files
from adapters.http.parts import Parts
from adapters.http.reading import reading
from adapters.http.roles import leads
from adapters.http.tokens import Grant
from adapters.views import queries
from adapters.web.explain import Names, line, routing
from adapters.web.words import Words
from domain.dialog.events import RoutingDecided
from domain.errors import NotFound

VIEWS = ("inbox", "transcript", "channels", "agent_board", "customers", "groups")
NEWEST = 100
HUES = 8
SOON = timedelta(hours=1)
Row = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """What the reader chose to see."""

    list: queries.List
    sort: queries.Sort
    channel: str | None
    limit: int


def read_inbox(parts: Parts, grant: Grant, chosen: Chosen) -> Row:
    """The list of dialogs with its counters."""
    me = None if leads(grant.role) and chosen.list != "my" else grant.actor
    wanted = queries.Query(
        list=chosen.list,
        sort=chosen.sort,
        channel=chosen.channel,
        agent=me if chosen.list in ("my", "offered") else None,
        due_before=datetime.now(UTC) + SOON,
        limit=chosen.limit,
    )
    with reading(parts, VIEWS) as (connection, where):
        page = queries.dialogs(connection, grant.tenant, wanted)
        counters = queries.counters(connection, grant.tenant, None if leads(grant.role) else grant.actor)
        mine = queries.counters(connection, grant.tenant, grant.actor)["my"]
        names = names_of(queries.agents(connection, grant.tenant), queries.groups(connection, grant.tenant))
        channels = queries.channels(connection, grant.tenant)
    rows = [_row(one, names) for one in queries.opened(parts.vault, grant.tenant, page.rows)]
    return {
        "rows": rows,
        "more": page.next is not None,
        "counters": counters | {"my": mine},
        "channels": channels,
        "position": where.position,
    }


def read_dialog(parts: Parts, grant: Grant, dialog: str, words: Words) -> Row:
    """One dialog with the newest of its messages and lines. Raises `NotFound`."""
    with reading(parts, VIEWS) as (connection, where):
        row = queries.dialog(connection, grant.tenant, dialog)
        if row is None:
            raise NotFound("dialog_unknown", "There is no such dialog.")
        page = queries.transcript(connection, grant.tenant, dialog, limit=NEWEST)
        names = names_of(queries.agents(connection, grant.tenant), queries.groups(connection, grant.tenant))
    row, *_ = queries.opened(parts.vault, grant.tenant, [row])
    entries = with_files(parts.shelf, grant.tenant, queries.opened(parts.vault, grant.tenant, page.rows), "entry")
    since = entries[0]["position"] - 1 if entries and page.next else 0
    decisions = parts.log.read(
        since, lane=parts.lane, tenant=grant.tenant, stream=f"dialog-{dialog}", kinds=["dialog.routing_decided"]
    )
    explained = [
        {"what": "line", "entry": f"r{one.version}", "position": one.position, "recorded_at": one.recorded_at,
         "text": routing(one.event, names, words), "routing": True}
        for one in decisions if isinstance(one.event, RoutingDecided) and one.position <= where.head
    ]  # fmt: skip
    told = [_entry(one, names, words) for one in entries if one["kind"] != "dialog.offers_made"]
    shown = sorted([*told, *explained], key=lambda one: one["position"])
    return {
        "dialog": _row(row, names),
        "entries": shown,
        "earlier": page.next is not None,
        "position": where.position,
        "pictures": SHOWN,
    }


def read_agents(parts: Parts, grant: Grant) -> Row:
    with reading(parts, VIEWS) as (connection, where):
        agents = queries.agents(connection, grant.tenant)
        groups = queries.groups(connection, grant.tenant)
    names = names_of(agents, groups)
    order = {"ready": 0, "busy": 1, "away": 2, "offline": 3}
    rows = [_agent(one, names) for one in agents]
    rows.sort(key=lambda one: (not one["active"], order.get(one["presence"], 9), one["name"]))
    return {"agents": rows, "groups": groups, "position": where.position}


def names_of(agents: Sequence[Row], groups: Sequence[Row]) -> Names:
    return Names({one["agent"]: one["name"] for one in agents}, {one["group"]: one["name"] for one in groups})


def _row(row: Row, names: Names) -> Row:
    name = (row["customer_profile"] or {}).get("name")
    return {
        **row,
        "customer_name": name,
        "initials": _initials(name or "?"),
        "hue": crc32(row["customer"].encode()) % HUES,
        "assignee_name": names.agent(row["assignee"]) if row["assignee"] else None,
        "offered_names": [names.agent(agent) for agent in row["offered_to"]],
        "group_name": names.group(row["group"]) if row["group"] else None,
    }


def _speaker(row: Row, names: Names, words: Words) -> str:
    """An agent without a name has written past us, in the provider's own app."""
    if row["by"] == "agent" and row["what"] == "message" and not row["author"]:
        return words.say("outside Parley")
    return names.agent(row["author"]) if row["by"] == "agent" else str(row["author"])


def _entry(row: Row, names: Names, words: Words) -> Row:
    by = _speaker(row, names, words)
    facts = row["facts"] or {}
    spoken = row["what"] == "message" and row["kind"] != "dialog.auto_reply_sent"
    text = row["body"] if spoken or row["what"] == "note" else line(row["kind"], facts, by, names, words)
    comment = row["body"] if row["kind"] in ("dialog.transferred", "dialog.auto_reply_sent") else None
    what = row["what"] if spoken or row["what"] == "note" else "line"
    return {
        **row,
        "what": what,
        "text": text,
        "comment": comment,
        "by_name": row["recorded_as"] or by,
        "routing": False,
    }


def _agent(row: Row, names: Names) -> Row:
    free = max(row["capacity"] - row["load"], 0)
    slots = ["occupied"] * row["occupied"] + ["reserved"] * row["reserved"] + ["free"] * free
    return {
        **row,
        "initials": _initials(row["name"]),
        "hue": crc32(row["agent"].encode()) % HUES,
        "slot_marks": slots if len(slots) <= 12 else None,
        "group_names": [names.group(one) for one in row["groups"]],
    }


def _initials(name: str) -> str:
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()
