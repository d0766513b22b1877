"""Connecting a channel to its provider, and letting go of it (A16-A20, D01-D06)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from adapters.channels.connecting import Connector
from adapters.http import shapes, wire
from adapters.http.language import preferred
from adapters.http.routes.channels_asking import PREFIX, Administers, connecting
from adapters.http.sentences import sentence_for

router = APIRouter(prefix=PREFIX, tags=["channels"])
NOT_FOUND = "Bot not found."


@router.post("/{channel}/verify", response_model_exclude_none=True)
async def verify_channel(channel: str, body: wire.Token, asking: Administers, request: Request) -> shapes.Saved:
    """Ask the provider whose token this is: `verified` with the bot's name, or `bot_not_found`. It does not connect."""
    token = body.token.get_secret_value()
    answer = await connecting(
        asking, request, lambda connector: connector.verify(asking.tenant, channel, token, actor=asking.actor)
    )
    if answer["outcome"] == "bot_not_found":
        language = preferred(request.headers.get("accept-language"))
        answer["sentence"] = sentence_for("bot_not_found", NOT_FOUND, {}, language)
    return shapes.Saved.model_validate(answer)


@router.post("/{channel}/disconnect", response_model_exclude_none=True)
async def disconnect_channel(
    channel: str, asking: Administers, request: Request, body: wire.Disconnect | None = None
) -> shapes.Saved:
    """Two steps: without `consent` you get one; with it the channel is disconnected, or stays if you `decline`."""
    wanted = body or wire.Disconnect(consent=None)

    def disconnect(connector: Connector) -> dict[str, Any]:
        return connector.disconnect(
            asking.tenant, channel, actor=asking.actor, consent=wanted.consent, decline=wanted.decline
        )

    return shapes.Saved.model_validate(await connecting(asking, request, disconnect))
