"""Providers' hooks on this application. What they do stands beside the channels; here they only get their address."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from adapters.channels.doors import Doors
from adapters.channels.hooks import PATH, Hooks
from adapters.http.parts import Parts
from adapters.intake import Intake


def install(app: Starlette) -> None:
    parts: Parts = app.state.parts
    intake = Intake(parts.executor, parts.vault, parts.outbox)
    app.state.hooks = Hooks(Doors(parts.database, parts.vault), intake)
    app.add_route(PATH, receive, methods=["POST"], include_in_schema=False)


async def receive(request: Request) -> Response:
    hooks: Hooks = request.app.state.hooks
    return await hooks(request)
