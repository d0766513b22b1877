"""What somebody must look at now: one list (A27, F30)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from adapters.http import shapes
from adapters.http.asking import Asking, may
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.http.times import LARGEST
from adapters.views import queries

router = APIRouter(prefix="/v1", tags=["alerts"])


@router.get("/alerts")
async def list_alerts(
    asking: Annotated[Asking, may("alerts.read")],
    all: Annotated[bool, Query(description="also those that are past")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    before: Annotated[int | None, Query(ge=0, le=LARGEST, description="`next` of the page before")] = None,
    position: WaitFor = None,
) -> shapes.Alerts:
    """Alerts that are open, the newest first. Each is cleared by itself when its cause is past.

    `subject` is a dialog for `unrouted` and `left_in_queue`, a channel for `receiver_invalid`, `oversized` and
    `delivery` (the provider wants a person to act before it takes messages: a captcha, a blocked account).
    """
    await wait_for(asking.parts, ("alerts",), position)
    page, where = await run_in_threadpool(_page, asking, all, before, limit)
    rows = [shapes.AlertRow.model_validate(row) for row in page.rows]
    following = int(page.next) if page.next else None
    return shapes.Alerts(alerts=rows, next=following, position=where.position, lag=where.lag)


def _page(asking: Asking, past: bool, before: int | None, limit: int) -> tuple[Any, Standing]:
    with reading(asking.parts, ("alerts",)) as (connection, where):
        return queries.alerts(connection, asking.tenant, past=past, before=before, limit=limit), where
