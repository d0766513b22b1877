"""Connecting a channel to its provider, and letting go of it (A16-A20, D01-D06)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.channels.logins import Logins
from adapters.http import shapes, wire
from adapters.http.language import preferred
from adapters.http.routes.channels_asking import PREFIX, Administers, Manages, connecting
from adapters.http.sentences import sentence_for
from domain.desk.connecting import IssueIdentifier

router = APIRouter(prefix=PREFIX, tags=["channels"])
NOT_FOUND = "Bot not found."


@router.post("/{channel}/verify", response_model_exclude_none=True)
async def verify_channel(channel: str, body: wire.Credentials, asking: Administers, request: Request) -> shapes.Saved:
    """Ask the provider about what was typed: a bot's `token`, a provider's keys, or a mailbox's `address` and data.

    `verified` with the bot's name, the `phone` or the `numbers`; `bot_not_found`. It does not connect: Save does.
    409 `credentials_rejected`, `channel_id_unknown`; 503 `provider_unavailable`: then nothing has changed.
    """

    def check(connector: Connector) -> dict[str, Any]:
        return Checker(connector).credentials(asking.tenant, channel, body.typed(), actor=asking.actor)

    answer = await connecting(asking, request, check)
    if answer["outcome"] == "bot_not_found":
        language = preferred(request.headers.get("accept-language"))
        answer["sentence"] = sentence_for("bot_not_found", NOT_FOUND, {}, language)
    return shapes.Saved.model_validate(answer)


@router.post("/{channel}/login", response_model_exclude_none=True)
async def begin_login(
    channel: str, asking: Administers, request: Request, body: wire.Mailbox | None = None
) -> shapes.Saved:
    """Log in at the provider: send the user to `url`. He comes back to `/oauth/{kind}` of this address, with a query
    that `POST /v1/channels/logins` takes within ten minutes, from the same user. `address`: for e-mail."""
    address = body.address if body else ""

    def begin(connector: Connector) -> dict[str, Any]:
        return Logins(connector).begin(asking.tenant, channel, actor=asking.actor, address=address)

    return shapes.Saved.model_validate(await connecting(asking, request, begin))


@router.post("/logins", response_model_exclude_none=True)
async def finish_login(body: wire.CameBack, asking: Administers, request: Request) -> shapes.Saved:
    """What the provider put into the address to which the user came back: `choosing` (then choose), `verified`, or
    `auth_failed` with its `reason`: not_admin, denied, expired, scope_missing. 409 `state_invalid`."""

    def finish(connector: Connector) -> dict[str, Any]:
        return Logins(connector).finish(asking.tenant, body.query, actor=asking.actor)

    return shapes.Saved.model_validate(await connecting(asking, request, finish))


@router.post("/{channel}/choose", response_model_exclude_none=True)
async def choose_objects(channel: str, body: wire.Chosen, asking: Administers, request: Request) -> shapes.Saved:
    """Choose what to connect among the `objects` of the channel's login: all or nothing. Where a kind allows several,
    a channel is made for each of the others; `channels` names them. `url`: the provider wants to let us in for what was
    chosen, as at the login. 409 `object_not_offered`, `receiving_disabled`."""

    def choose(connector: Connector) -> dict[str, Any]:
        return Logins(connector).choose(asking.tenant, channel, tuple(body.chosen), actor=asking.actor)

    return shapes.Saved.model_validate(await connecting(asking, request, choose))


@router.post("/{channel}/identifier", response_model_exclude_none=True)
async def issue_identifier(channel: str, asking: Administers, body: wire.Nothing | None = None) -> shapes.Saved:
    """The chat id to be copied into the provider's form: made at the first call, the same ever after."""
    return shapes.Saved.model_validate(await asking.run(IssueIdentifier(channel=channel)))


@router.post("/{channel}/webhook-url", response_model_exclude_none=True)
async def issue_webhook_url(
    channel: str, asking: Administers, request: Request, body: wire.Nothing | None = None
) -> shapes.Saved:
    """Our address (`url`) to be copied into the provider's form, for kinds whose provider is not told by us: unique,
    the same ever after, and a secret. 409 `connects_otherwise`, `no_public_url`."""

    def issue(connector: Connector) -> dict[str, Any]:
        return connector.issue_url(asking.tenant, channel, actor=asking.actor)

    return shapes.Saved.model_validate(await connecting(asking, request, issue))


@router.post("/{channel}/activate", response_model_exclude_none=True)
async def activate_channel(channel: str, body: wire.Activation, asking: Manages, request: Request) -> shapes.Saved:
    """By a manager of the vendor alone, once it is arranged with the provider: the channel is `verified`, and the first
    Save of its administrators connects it. What was typed is asked about at the provider; `phone` = the number there.
    409 `credentials_rejected`, `channel_id_unknown`; 503 `provider_unavailable`: then nothing has changed."""

    def activate(connector: Connector) -> dict[str, Any]:
        return Checker(connector).activation(asking.tenant, channel, body.number, body.typed(), actor=asking.actor)

    return shapes.Saved.model_validate(await connecting(asking, request, activate))


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
