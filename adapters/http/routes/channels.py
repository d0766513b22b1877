"""Channels: create, verify, save, disconnect, and who changed what (A03, A12-A18, D01-D06, L01)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.channels.connecting import Connector
from adapters.http import shapes, wire
from adapters.http.asking import Asking, may
from adapters.http.errors import Refusal
from adapters.http.language import preferred
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.http.sentences import sentence_for
from adapters.views import queries
from domain.desk.channels import CreateChannel
from domain.errors import Conflict, NotFound
from domain.kinds import KINDS

router = APIRouter(prefix="/v1/channels", tags=["channels"])
Administers = Annotated[Asking, may("channels.set")]
Reads = Annotated[Asking, may("channels.read")]
Audits = Annotated[Asking, may("channels.history")]
NOT_FOUND = "Bot not found."


@router.get("")
async def list_channels(asking: Reads, position: WaitFor = None) -> shapes.Channels:
    """Every channel with its state, settings and receiver."""
    await wait_for(asking.parts, ("channels",), position)
    rows, where = await run_in_threadpool(_all, asking)
    return shapes.Channels(channels=[shapes.ChannelRow.model_validate(row) for row in rows], **_standing(where))


@router.post("", status_code=201, response_model_exclude_none=True)
async def create_channel(body: wire.NewChannel, asking: Administers) -> shapes.Saved:
    """A draft; its kind never changes. `unchanged` if it exists with this kind."""
    wanted = CreateChannel(channel=body.channel, kind=body.kind, name=body.name, widget=body.widget)
    return shapes.Saved.model_validate(await asking.run(wanted))


@router.get("/{channel}", response_model_exclude_none=True)
async def get_channel(channel: str, asking: Reads, response: Response, position: WaitFor = None) -> shapes.OneChannel:
    """State and settings. `ETag` = the settings version: give it to `If-Match` when you save."""
    await wait_for(asking.parts, ("channels",), position)
    row, where = await run_in_threadpool(_one, asking, channel)
    response.headers["etag"] = f'"{row["settings_version"]}"'
    return shapes.OneChannel(
        channel=shapes.ChannelRow.model_validate(row), allows=_allows(row), links=_links(row), **_standing(where)
    )


@router.get("/{channel}/distribution")
async def get_distribution(channel: str, asking: Reads) -> shapes.OneGroup:
    """The distribution settings of the group that receives this channel; 409 `not_group` for any other receiver."""
    row, _ = await run_in_threadpool(_one, asking, channel)
    if row["receiver_kind"] != "group":
        raise Conflict("not_group", "The channel's receiver is not a group; it has no distribution settings.")
    group, where = await run_in_threadpool(_group, asking, row["receiver"])
    return shapes.OneGroup(group=shapes.GroupRow.model_validate(group), **_standing(where))


@router.put("/{channel}/settings", response_model_exclude_none=True)
async def save_settings(
    channel: str,
    body: Annotated[wire.Changes, Body(description="only what changes; names as in the settings")],
    asking: Administers,
    request: Request,
    response: Response,
    if_match: Annotated[str | None, Header(description="the ETag that you saw; * = whatever it is")] = None,
) -> shapes.Saved:
    """One Save, all or nothing. 409 `version_conflict` names the fields that others saved since you looked."""
    expected = _expected(if_match)

    def save(connector: Connector) -> dict[str, Any]:
        return connector.save(
            asking.tenant,
            channel,
            body,
            actor=asking.actor,
            expected=expected,
            key=asking.key,
            fingerprint=asking.fingerprint,
        )

    answer = await _connecting(asking, request, save)
    response.headers["etag"] = f'"{answer["settings_version"]}"'
    return shapes.Saved.model_validate(answer)


@router.post("/{channel}/verify", response_model_exclude_none=True)
async def verify_channel(channel: str, body: wire.Token, asking: Administers, request: Request) -> shapes.Saved:
    """Ask the provider whose token this is: `verified` with the bot's name, or `bot_not_found`. It does not connect."""
    token = body.token.get_secret_value()
    answer = await _connecting(
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

    return shapes.Saved.model_validate(await _connecting(asking, request, disconnect))


@router.get("/{channel}/history")
async def get_history(
    channel: str,
    asking: Audits,
    user: Annotated[str | None, Query(description="who did it")] = None,
    field: Annotated[str | None, Query(description="a setting by its name")] = None,
    since: datetime | None = None,
    until: Annotated[datetime | None, Query(description="not included")] = None,
    before: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    position: WaitFor = None,
) -> shapes.History:
    """Who changed what, when, from where, from which value to which, by which command: the newest first."""
    await wait_for(asking.parts, ("channel_history",), position)
    filters = {"actor": user, "field": field, "since": since, "until": until, "before": before, "limit": limit}
    page, where = await run_in_threadpool(_history, asking, channel, filters)
    rows = [shapes.HistoryRow.model_validate(row) for row in page.rows]
    return shapes.History(history=rows, next=int(page.next) if page.next else None, **_standing(where))


def _all(asking: Asking) -> tuple[list[dict[str, Any]], Standing]:
    with reading(asking.parts, ("channels",)) as (connection, where):
        return queries.channels(connection, asking.tenant), where


def _one(asking: Asking, channel: str) -> tuple[dict[str, Any], Standing]:
    with reading(asking.parts, ("channels",)) as (connection, where):
        row = queries.channel(connection, asking.tenant, channel)
    if row is None:
        raise NotFound("channel_unknown", "There is no such channel.")
    return row, where


def _group(asking: Asking, group: str) -> tuple[dict[str, Any], Standing]:
    with reading(asking.parts, ("groups",)) as (connection, where):
        found = next((row for row in queries.groups(connection, asking.tenant) if row["group"] == group), None)
    if found is None:
        raise NotFound("group_unknown", "There is no such group.")
    return found, where


def _history(asking: Asking, channel: str, filters: Mapping[str, Any]) -> tuple[queries.Page, Standing]:
    with reading(asking.parts, ("channel_history",)) as (connection, where):
        if queries.channel(connection, asking.tenant, channel) is None:
            raise NotFound("channel_unknown", "There is no such channel.")
        return queries.channel_history(connection, asking.tenant, channel, **filters), where


async def _connecting(asking: Asking, request: Request, work: Any) -> dict[str, Any]:
    """In a thread: it talks to the vault and to the provider."""
    connector: Connector = request.app.state.connector
    answer = await run_in_threadpool(work, connector)
    position = await run_in_threadpool(asking.parts.log.head, asking.parts.lane)
    return {**answer, "position": position}


def _expected(if_match: str | None) -> int | None:
    if if_match is None:
        raise Refusal(428, "version_needed", "Send If-Match with the version of the settings that you saw.")
    version = if_match.strip().removeprefix("W/").strip('"')
    if version == "*":
        return None
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Refusal(422, "bad_value", "If-Match must be the ETag of the channel.", field="If-Match")
    return int(version)


def _allows(row: Mapping[str, Any]) -> dict[str, Any]:
    """What this kind can do, as data: the same table that judges a Save."""
    kind = KINDS[row["kind"]]
    return {
        "connects_by": kind.connects_by,
        "receivers": sorted(kind.receivers),
        "auto_close_units": sorted(kind.units, reverse=True),
        "out_of_hours_notice": kind.notice,
        "buttons": list(kind.buttons),
        "first_contact": kind.first_contact,
    }


def _links(row: Mapping[str, Any]) -> dict[str, str]:
    links = {"history": f"/v1/channels/{row['channel']}/history"}
    if row["receiver_kind"] == "group":
        links["distribution"] = f"/v1/groups/{row['receiver']}"
    return links


def _standing(where: Standing) -> dict[str, Any]:
    return {"position": where.position, "lag": where.lag}
