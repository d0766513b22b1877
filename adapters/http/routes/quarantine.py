"""What waits in a channel's quarantine: read it, release it (E06, E08)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from adapters.attachments.shown import with_files
from adapters.http import wire
from adapters.http.asking import Asking, may
from adapters.http.knowing import head_of
from adapters.http.language import preferred
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.http.sentences import sentence_for
from adapters.http.shapes.quarantine import Item, Items, Released, ReleasedItem
from adapters.http.times import LARGEST
from adapters.quarantine import Quarantine, Wanted
from adapters.views.lists import Page
from adapters.views.opening import opened
from adapters.views.quarantine import items
from domain.errors import Rejected

router = APIRouter(prefix="/v1/channels/{channel}/quarantine", tags=["channels"])
Reads = Annotated[Asking, may("quarantine.read")]
Releases = Annotated[Asking, may("quarantine.release")]
VIEW = ("quarantine",)
AT_ONCE = 200


@router.get("")
async def list_quarantine(
    channel: str,
    asking: Reads,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    position: WaitFor = None,
) -> Items:
    """What waits, the oldest first: who wrote, what, when, and why it could not be routed."""
    await run_in_threadpool(head_of, asking, channel)
    await wait_for(asking.parts, VIEW, position)
    page, where = await run_in_threadpool(_page, asking, channel, after, limit)
    rows = [Item.model_validate(row) for row in page.rows]
    return Items(items=rows, next=int(page.next) if page.next else None, position=where.position, lag=where.lag)


@router.post("/release", response_model_exclude_none=True)
async def release_quarantine(channel: str, body: wire.Release, asking: Releases, request: Request) -> Released:
    """Let items go into their customers' dialogs, in the order in which they came; `all` = the first 200 that wait.

    Each has its own outcome: one that is refused does not stop the others. `left` says that more wait.
    """
    await run_in_threadpool(head_of, asking, channel)
    await wait_for(asking.parts, VIEW, await run_in_threadpool(asking.parts.log.head, asking.parts.lane))
    wanted = await run_in_threadpool(_wanted, asking, channel, body)
    language = preferred(request.headers.get("accept-language"))
    done, position = [], 0
    for one in wanted[:AT_ONCE] if body.all else wanted:
        answer = await _release(_for_item(asking, one.item), one)
        if isinstance(answer, Rejected):
            sentence = sentence_for(answer.code, answer.sentence, answer.detail, language)
            done.append(ReleasedItem(item=one.item, outcome="refused", code=answer.code, sentence=sentence))
        else:
            position = max(position, answer["position"])
            done.append(ReleasedItem(item=one.item, outcome="released", dialog=answer["dialog"]))
    return Released(channel=channel, items=done, left=body.all and len(wanted) > AT_ONCE, position=position)


def _for_item(asking: Asking, item: str) -> Asking:
    """A key of its own for each item: the same request may find others waiting when it is repeated."""
    return replace(asking, key=f"{asking.key}-{item}") if asking.key else asking


async def _release(asking: Asking, one: Wanted) -> dict[str, Any] | Rejected:
    if isinstance(one.ask, Rejected):
        return one.ask
    try:
        return await asking.run(one.ask)
    except Rejected as refusal:
        if refusal.retryable:
            raise
        return refusal


def _wanted(asking: Asking, channel: str, body: wire.Release) -> list[Wanted]:
    parts = asking.parts
    door = Quarantine(parts.database, parts.vault, parts.log, lane=parts.lane)
    return door.wanted(asking.tenant, channel, None if body.all else body.items, AT_ONCE + 1)


def _page(asking: Asking, channel: str, after: int, limit: int) -> tuple[Page, Standing]:
    with reading(asking.parts, VIEW) as (connection, where):
        page = items(connection, asking.tenant, channel, after=after, limit=limit)
    rows = with_files(asking.parts.shelf, asking.tenant, opened(asking.parts.vault, asking.tenant, page.rows), "item")
    return Page(rows, page.next), where
