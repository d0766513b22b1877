"""The application: routes, errors and guards put together around the engine's parts.

`create_app(parts)` starts nothing; the server's lifespan starts the watch over the log and stops it again.
Provider hooks and event streams are plain routes: half the cost of a typed one, and none of their business is a schema.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from adapters.channels.connecting import Connector
from adapters.channels.http_client import by_proxy, http_client
from adapters.http import docs, errors, plain_operations
from adapters.http.access import AccessRecord
from adapters.http.live import Watch
from adapters.http.middleware import HOOKS, Guard
from adapters.http.parts import Parts
from adapters.http.routes import (
    acting,
    agents,
    alerts,
    attachments,
    bots,
    channels,
    channels_connecting,
    channels_export,
    channels_history,
    channels_settings,
    dialogs,
    events,
    groups,
    health,
    hooks,
    intake,
    outbound,
    people,
    quarantine,
    services,
    widgets,
)
from adapters.http.tokens import Tokens

TITLE = "Parley"
VERSION = "1"
OPENAPI = "3.1.0"
DIALOGS = (dialogs, outbound, acting)
CHANNELS = (channels, channels_settings, channels_history, channels_connecting)


class Door(FastAPI):
    """Providers' messages are most of the traffic: they go straight to their route, past what typed routes need."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(HOOKS):
            scope["app"] = self
            await Guard(super().__call__, hooks.ROUTE)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(parts: Parts) -> FastAPI:
    """The HTTP door of one process. `app.state.draining = True` makes it unready, and ends streams, before a stop."""
    from adapters import web

    app = Door(
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
    app.state.connector = _connector(parts)
    app.state.watch = Watch(parts)
    app.state.draining = False
    for plain in (health, docs, hooks, events, channels_export, attachments, web):
        plain.install(app)
    for noun in (
        *DIALOGS,
        bots,
        people,
        agents,
        groups,
        *CHANNELS,
        widgets,
        services,
        quarantine,
        events,
        alerts,
        intake,
    ):
        app.include_router(noun.router)
    plain_operations.install(app)
    errors.install(app)
    app.add_middleware(Guard, hooks=hooks.ROUTE)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.draining = False
    app.state.watch.start()
    try:
        yield
    finally:
        app.state.draining = True
        await app.state.watch.stop()
        for client in (app.state.connector.client, *app.state.connector.proxies.values()):
            client.close()
        app.state.access.close()


def _connector(parts: Parts) -> Connector:
    return Connector(
        parts.database,
        parts.vault,
        parts.executor,
        http_client(patient=True),
        public_url=parts.public_url,
        provider_urls=parts.provider_urls,
        apps=parts.apps,
        proxies=by_proxy(parts.proxies, patient=True),
        private_providers=parts.private_providers,
        off=parts.kinds_off,
    )
