"""Providers' hooks on this application. What they do stands beside the channels; here they only get their address."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.channels.dispatch import Dispatch
from adapters.channels.doors import Doors
from adapters.channels.hooks import PATH, Hooks
from adapters.delivery import Turns
from adapters.http.errors import Refusal, answer
from adapters.http.parts import Parts
from adapters.intake import Intake

REFUSALS: dict[int, tuple[str, str]] = {
    400: ("cut_short", "The connection ended before the body did."),
    403: ("bad_challenge", "This is not the question that the provider was told to ask."),
    401: ("bad_signature", "This does not come from the provider."),
    404: ("not_found", "There is nothing at this address."),
    413: ("too_large", "The body is larger than 1 MiB."),
    503: ("store_unavailable", "It could not be kept; send it again."),
}
"""A provider looks at the status alone; the code is for people who set a channel up, and try its address by hand."""


def install(app: Starlette) -> None:
    parts: Parts = app.state.parts
    intake = Intake(parts.executor, parts.vault, parts.outbox, parts.shelf.blobs if parts.shelf else None)
    waiting = Turns(parts.database, parts.vault, lane=parts.lane)
    doors = Doors(parts.database, parts.vault, parts.apps)
    dispatch = Dispatch(parts.database, parts.vault)
    accesses = app.state.connector.accesses
    app.state.hooks = Hooks(
        doors, intake, public_url=parts.public_url, waiting=waiting, dispatch=dispatch, accesses=accesses
    )
    app.router.routes.append(ROUTE)


async def receive(request: Request) -> Response:
    hooks: Hooks = request.app.state.hooks
    response = await hooks(request)
    if response.body or response.status_code not in REFUSALS:
        return response
    return answer(request.scope, Refusal(response.status_code, *REFUSALS[response.status_code]))


ROUTE = Route(PATH, receive, methods=["GET", "POST"], include_in_schema=False)
