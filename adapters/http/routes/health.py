"""Is the process alive, is it ready to work, has it started. Kafka is never asked: intake works without it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.http.errors import AWAY, Refusal, answer
from adapters.http.parts import Parts

PATIENCE = 1.0


async def livez(request: Request) -> Response:
    """The loop answers; nothing else is asked."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> Response:
    """The database answers within a second, its schema is this release's, and we are not going away."""
    if request.app.state.draining:
        return _not_ready(request, "The engine is stopping.")
    try:
        found = await asyncio.wait_for(asyncio.to_thread(_schema, request.app.state.parts), PATIENCE)
    except (TimeoutError, *AWAY):
        return _not_ready(request, "The database does not answer.")
    wanted = request.app.state.parts.schema
    if found != wanted:
        return _not_ready(request, f"The database has schema {found}, this release needs {wanted}.")
    return JSONResponse({"status": "ready", "schema": found})


async def startupz(request: Request) -> Response:
    return await readyz(request)


def install(app: Starlette) -> None:
    for path, endpoint in (("/livez", livez), ("/readyz", readyz), ("/startupz", startupz)):
        app.add_route(path, endpoint, methods=["GET"], include_in_schema=False)


def _schema(parts: Parts) -> int:
    with parts.database.pool.connection(timeout=PATIENCE) as connection:
        row: Any = connection.execute("SELECT max(version) FROM public.parley_migration").fetchone()
    return int(row[0] or 0)


def _not_ready(request: Request, sentence: str) -> Response:
    return answer(request.scope, Refusal(503, "not_ready", sentence))
