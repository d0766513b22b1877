"""The peer: a bare Starlette route that parses the update and does one INSERT on a pooled connection."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TABLE = "CREATE TABLE IF NOT EXISTS public.hook (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)"
INSERT = "INSERT INTO public.hook (body) VALUES (%b)"


def app(dsn: str) -> Starlette:
    pool = AsyncConnectionPool(dsn, min_size=16, max_size=16, open=False, kwargs={"autocommit": True})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as connection:
                await connection.execute(TABLE)
            yield

    async def hook(request: Request) -> Response:
        raw = await request.body()
        json.loads(raw)
        async with pool.connection() as connection:
            await connection.execute(INSERT, (raw,), prepare=True)
        return Response(status_code=200)

    return Starlette(routes=[Route("/hook", hook, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
