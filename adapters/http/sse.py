"""Server-sent events: the frames and the answer. `id` is always a position of the log, and nothing else is a cursor."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse

from adapters.store.codec import to_public
from domain.errors import Invalid, Problem
from domain.recorded import Recorded

HEARTBEAT = b": \n\n"
HEARTBEAT_EVERY = 15.0
RETRY = b"retry: 2000\n\n"
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def frame(name: str, position: int, data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {position}\nevent: {name}\ndata: {text}\n\n".encode()


def frame_of(recorded: Recorded) -> bytes:
    """An event as the pull API tells it."""
    return frame(recorded.event.kind, recorded.position, to_public(recorded))


def stream_of(frames: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(frames, media_type="text/event-stream", headers=HEADERS)


def resume_after(request: Request) -> int | None:
    """Where a reader goes on: `Last-Event-ID` beats the query, because a reconnect repeats the first address."""
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid([Problem(field="after", code="bad_value", sentence="after must be a position of the log.")])
    return int(text)
