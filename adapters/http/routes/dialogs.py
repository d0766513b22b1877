"""Reading dialogs: the lists, one dialog, its messages, its whole history with every routing decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from adapters.attachments.shown import with_files
from adapters.http.asking import Asking, may
from adapters.http.reading import INBOX, TRANSCRIPT, Standing, WaitFor, reading, wait_for
from adapters.http.shapes import DialogRow, Dialogs, Entry, Events, Messages, OneDialog
from adapters.http.times import LARGEST, Time
from adapters.store.codec import to_public
from adapters.views import queries
from domain.errors import NotFound

router = APIRouter(prefix="/v1/dialogs", tags=["dialogs"])
Reading = Annotated[Asking, may("dialogs.read")]
SOON = timedelta(hours=1)
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("")
async def list_dialogs(
    asking: Reading,
    list: queries.List = "open",
    sort: queries.Sort = "last_activity",
    channel: str | None = None,
    group: str | None = None,
    agent: str | None = None,
    tag: str | None = None,
    topic: str | None = None,
    priority: Annotated[int | None, Query(ge=0, le=9)] = None,
    due_before: Annotated[Time | None, Query(description='for "overdue"; an hour from now if absent')] = None,
    cursor: str | None = None,
    limit: Limit = 50,
    position: WaitFor = None,
) -> Dialogs:
    """A page of a list. `agent` = whose "my" and "offered" are meant, yourself if absent; elsewhere a filter."""
    await wait_for(asking.parts, INBOX, position)
    whose = agent or own_agent(asking, list)
    wanted = queries.Query(
        list=list, sort=sort, channel=channel, group=group, agent=whose, tag=tag, topic=topic, priority=priority,
        due_before=due_before or datetime.now(UTC) + SOON, cursor=cursor, limit=limit,
    )  # fmt: skip
    return await run_in_threadpool(_page, asking, wanted)


def own_agent(asking: Asking, list_: str) -> str | None:
    """Whose the lists "my" and "offered" are if nobody is named: a leader sees the offers to everybody."""
    if list_ == "my" or (list_ == "offered" and not asking.leads):
        return asking.grant.actor
    return None


def _page(asking: Asking, wanted: queries.Query) -> Dialogs:
    with reading(asking.parts, INBOX) as (connection, where):
        page = queries.dialogs(connection, asking.tenant, wanted)
        counters = queries.counters(connection, asking.tenant, asking.grant.actor)
    rows = [_row(one) for one in opened(asking, page.rows)]
    return Dialogs(dialogs=rows, counters=counters, next=page.next, **_standing(where))


@router.get("/{dialog}")
async def get_dialog(dialog: str, asking: Reading, position: WaitFor = None) -> OneDialog:
    """One dialog as its row in the lists: phase, holder, offers with their ids, tags, times."""
    await wait_for(asking.parts, INBOX, position)
    return await run_in_threadpool(_one, asking, dialog)


def _one(asking: Asking, dialog: str) -> OneDialog:
    with reading(asking.parts, INBOX) as (connection, where):
        row = queries.dialog(connection, asking.tenant, dialog)
    if row is None:
        raise _unknown()
    return OneDialog(dialog=_row(opened(asking, [row])[0]), **_standing(where))


@router.get("/{dialog}/messages")
async def list_messages(
    dialog: str,
    asking: Reading,
    before: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    after: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    limit: Limit = 50,
    position: WaitFor = None,
) -> Messages:
    """Messages, notes and what happened between them, in the order of the log: the newest, or those `after`.

    The bytes of a file are at its `url`, as soon as its `state` is kept; parts of it by `Range`.
    """
    await wait_for(asking.parts, TRANSCRIPT, position)
    return await run_in_threadpool(_messages, asking, dialog, before, after, limit)


def _messages(asking: Asking, dialog: str, before: int | None, after: int | None, limit: int) -> Messages:
    with reading(asking.parts, TRANSCRIPT) as (connection, where):
        if queries.dialog(connection, asking.tenant, dialog) is None:
            raise _unknown()
        page = queries.transcript(connection, asking.tenant, dialog, before=before, after=after, limit=limit)
    rows = with_files(asking.parts.shelf, asking.tenant, opened(asking, page.rows), "entry")
    entries = [Entry.model_validate(one) for one in rows]
    return Messages(dialog=dialog, messages=entries, next=int(page.next) if page.next else None, **_standing(where))


@router.get("/{dialog}/events")
async def list_dialog_events(
    dialog: str,
    asking: Reading,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> Events:
    """The dialog's stream as it was stored: every routing decision with its candidates. Personal fields are sealed."""
    return await run_in_threadpool(_events, asking, dialog, after, limit)


def _events(asking: Asking, dialog: str, after: int, limit: int) -> Events:
    log, lane = asking.parts.log, asking.parts.lane
    found = log.read(after, limit, lane=lane, tenant=asking.tenant, stream=f"dialog-{dialog}")
    if not found and not log.read(0, 1, lane=lane, tenant=asking.tenant, stream=f"dialog-{dialog}"):
        raise _unknown()
    last = found[-1].position if found else after
    return Events(events=[to_public(one) for one in found], next=last, head=log.head(lane))


def opened(asking: Asking, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return queries.opened(asking.parts.vault, asking.tenant, rows)


def _row(row: dict[str, Any]) -> DialogRow:
    return DialogRow.model_validate({**row, "customer_name": (row["customer_profile"] or {}).get("name")})


def _standing(where: Standing) -> dict[str, Any]:
    return {"position": where.position, "lag": where.lag}


def _unknown() -> NotFound:
    return NotFound("dialog_unknown", "There is no such dialog.")
