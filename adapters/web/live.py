"""`/live`: tells a page which streams have changed, once the views show it. At most one message a second (E12).

The page says at which position it was rendered; nothing between that and the stream is lost. The message names
streams only; the page asks for the pieces of itself that show them.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response

from adapters.http.live import Watch
from adapters.http.sse import HEARTBEAT, HEARTBEAT_EVERY, RETRY, frame, resume_after, stream_of
from adapters.http.tokens import Grant
from adapters.web.session import same_now, whoever

SHORTEST_PAUSE = 1.0
"""A flood in one dialog is one message a second for each page, however many messages came (E12)."""
CHECK_EVERY = 1.0
MOST_STREAMS = 200
SHOWN = ("dialog-", "agent-", "group-", "channel-")


async def live(request: Request) -> Response:
    grant = await whoever(request)
    if grant is None:
        return Response(status_code=401)
    after = resume_after(request)
    return stream_of(_frames(request, grant, after))


async def _frames(request: Request, grant: Grant, after: int | None) -> AsyncIterator[bytes]:
    watch: Watch = request.app.state.watch
    caught_up, spoken = False, monotonic()
    yield RETRY
    async with watch.listening():
        position = watch.shown if after is None else min(after, watch.head)
        while not request.app.state.draining and await same_now(request, grant) is not None:
            message = _message(watch, position, grant.tenant)
            position = max(position, watch.shown)
            if not caught_up:
                message += frame("caught-up", position, {"position": position})
                caught_up = True
            if not message and monotonic() - spoken > HEARTBEAT_EVERY:
                message = HEARTBEAT
            if message:
                yield message
                spoken = monotonic()
                await sleep(SHORTEST_PAUSE)
            if watch.shown <= position:
                await watch.turn(CHECK_EVERY)


def _message(watch: Watch, position: int, tenant: str) -> bytes:
    """What changed between a position and what the views show; `reset` where that is too much to name."""
    if watch.shown <= position:
        return b""
    behind = watch.behind(position)
    if behind is None:
        return frame("reset", watch.shown, {"position": watch.shown})
    new = (one for one in behind if one.position <= watch.shown and one.tenant == tenant)
    streams = sorted({one.stream for one in new if one.stream.startswith(SHOWN)})
    if len(streams) > MOST_STREAMS:
        return frame("reset", watch.shown, {"position": watch.shown})
    return frame("changed", watch.shown, {"position": watch.shown, "streams": streams}) if streams else b""
