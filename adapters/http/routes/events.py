"""The log as a feed for other programs: pages, a long poll, and a stream; all with the same positions (K07).

Only published streams are told, in the order of the log, personal fields as ciphertext. A reader that keeps the last
position that it has worked off misses nothing and sees nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.asking import Asking, bearer_may, may, still_valid
from adapters.http.live import Framed, Watch
from adapters.http.parameters import only
from adapters.http.parts import Parts
from adapters.http.shapes import Events
from adapters.http.sse import HEARTBEAT, HEARTBEAT_EVERY, RETRY, frame, frame_of, resume_after, stream_of
from adapters.http.times import LARGEST
from adapters.http.tokens import Grant
from adapters.store.codec import to_public
from domain.errors import Conflict, Invalid, Problem, shown
from domain.streams import AGGREGATES

router = APIRouter(prefix="/v1", tags=["events"])
PUBLISHED = frozenset(
    event.kind_of() for aggregate in AGGREGATES.values() if aggregate.topic for event in aggregate.classes
)
LONGEST_WAIT = 30.0
PAGE = 500
CHECK_EVERY = 1.0
"""Seconds between looks at the token: with what is kept of it in memory, a revoked one is cut off within 5 s (S20)."""
CHECKPOINT_EVERY = 5.0
STREAM_TAKES = ("after", "types")


@router.get("/events")
async def read_events(
    request: Request,
    asking: Annotated[Asking, may("events.read")],
    after: Annotated[int, Query(ge=0, le=LARGEST, description="the last position that you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
    types: Annotated[str | None, Query(max_length=2000, description="dialog.opened,channel.* …")] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for the first event")] = 0,
) -> Events:
    """The log behind `after`, at most `limit` events: go on with `next`. With `wait` an empty page is a long poll.
    The same without end, as Server-Sent Events, is `/v1/events/stream`, with `after`, `types` or `Last-Event-ID`."""
    kinds, watch = kinds_of(types), request.app.state.watch
    page = await run_in_threadpool(_page, asking.parts, asking.tenant, after, limit, kinds)
    if page.events or not wait:
        return page
    end = monotonic() + wait
    async with watch.listening():
        while not page.events and (left := end - monotonic()) > 0 and not request.app.state.draining:
            if watch.head > page.head or await watch.turn(min(left, CHECK_EVERY)):
                page = await run_in_threadpool(_page, asking.parts, asking.tenant, page.next, limit, kinds)
    return page


def _page(parts: Parts, tenant: str, after: int, limit: int, kinds: frozenset[str]) -> Events:
    """The head is read first: if the page is not full, everything up to it was looked at."""
    head = parts.log.head(parts.lane)
    if after > head:
        raise Conflict("position_ahead", f"The log ends at {head}; {after} is not in it.", after=after, head=head)
    found = parts.log.read(after, limit, lane=parts.lane, tenant=tenant, kinds=sorted(kinds))
    last = found[-1].position if found else after
    return Events(
        events=[to_public(one) for one in found], next=last if len(found) == limit else max(last, head), head=head
    )


def kinds_of(types: str | None) -> frozenset[str]:
    """Event kinds by name, or all of an aggregate by `dialog.*`. Raises `Invalid` for what is not published."""
    if types is None:
        return PUBLISHED
    chosen: set[str] = set()
    for name in filter(None, types.split(",")):
        prefix = name[:-1] if name.endswith(".*") else None
        found = {kind for kind in PUBLISHED if kind == name or (prefix is not None and kind.startswith(prefix))}
        if not found:
            sentence = f"There is no published event type {shown(name)}."
            raise Invalid([Problem(field="types", code="event_type_unknown", sentence=sentence)])
        chosen |= found
    return frozenset(chosen)


def install(app: Starlette) -> None:
    app.add_route("/v1/events/stream", stream_events, methods=["GET"], include_in_schema=False)


async def stream_events(request: Request) -> Response:
    """Everything behind `after` (or from now on), then what comes, until the token is revoked."""
    grant = await bearer_may(request, "events.read")
    only(request, STREAM_TAKES)
    parts: Parts = request.app.state.parts
    kinds = kinds_of(request.query_params.get("types"))
    after = resume_after(request)
    head = await asyncio.to_thread(parts.log.head, parts.lane)
    if after is not None and after > head:
        raise Conflict("position_ahead", f"The log ends at {head}; {after} is not in it.", after=after, head=head)
    return stream_of(_frames(request, grant, head if after is None else after, kinds))


async def _frames(request: Request, grant: Grant, after: int, kinds: frozenset[str]) -> AsyncIterator[bytes]:
    app, watch, caught_up = request.app, request.app.state.watch, False
    spoken = told = monotonic()
    yield RETRY
    async with watch.listening():
        while not app.state.draining and await still_valid(app.state.tokens, grant):
            reached, frames = await _behind(app.state.parts, watch, after, grant.tenant, kinds)
            now = monotonic()
            if frames:
                yield b"".join(frames)
                spoken = told = now
            elif reached > after and now - told > CHECKPOINT_EVERY:
                yield frame("checkpoint", reached, {"position": reached})
                spoken = told = now
            after = reached
            if not caught_up and after >= watch.head:
                caught_up = True
                yield frame("caught-up", after, {"position": after})
            if now - spoken > HEARTBEAT_EVERY:
                yield HEARTBEAT
                spoken = now
            if after >= watch.read:
                await watch.turn(CHECK_EVERY)


async def _behind(
    parts: Parts, watch: Watch, after: int, tenant: str, kinds: frozenset[str]
) -> tuple[int, list[bytes]]:
    """How far was looked, and the frames on the way: from the ring, or a page of the log where it does not reach."""
    shared: list[Framed] | None = watch.behind(after)
    if shared is not None:
        reached = watch.read
        return max(reached, after), [one.frame for one in shared if one.tenant == tenant and one.kind in kinds]
    head = watch.read
    found = await asyncio.to_thread(parts.log.read, after, PAGE, lane=parts.lane, tenant=tenant, kinds=sorted(kinds))
    full = len(found) == PAGE
    return found[-1].position if full else max(head, found[-1].position if found else after), [
        frame_of(one) for one in found
    ]
