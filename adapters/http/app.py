"""The application: routes, errors and guards put together around the engine's parts.

`create_app(parts)` starts nothing; the server's lifespan starts the watch over the log and stops it again.
Provider hooks and event streams are plain routes: half the cost of a typed one, and none of their business is a schema.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from adapters.http import docs, errors
from adapters.http.access import AccessRecord
from adapters.http.middleware import Guard
from adapters.http.parts import Parts
from adapters.http.routes import acting, health
from adapters.http.tokens import Tokens

TITLE = "Parley"
VERSION = "1"
OPENAPI = "3.1.0"


def create_app(parts: Parts) -> FastAPI:
    """The HTTP door of one process. `app.state.draining = True` makes it unready before a stop."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.openapi_version = OPENAPI
    app.state.parts = parts
    app.state.tokens = Tokens(parts.database)
    app.state.access = AccessRecord(parts)
    app.state.draining = False
    health.install(app)
    docs.install(app)
    for router in (acting.router,):
        app.include_router(router)
    errors.install(app)
    app.add_middleware(Guard)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        app.state.access.close()
