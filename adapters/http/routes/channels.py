"""Channels as they are: all of them, one of them, what each kind can do, and where a group distributes (A03, A22)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http import shapes, wire
from adapters.http.asking import Asking
from adapters.http.kinds import allows
from adapters.http.language import preferred
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.http.routes.channels_asking import PREFIX, Administers, Reads, one_channel, stands
from adapters.views import queries
from domain.desk.channels import CreateChannel
from domain.errors import Conflict, NotFound
from domain.kinds import KINDS

router = APIRouter(prefix=PREFIX, tags=["channels"])


@router.get("")
async def list_channels(asking: Reads, position: WaitFor = None) -> shapes.Channels:
    """Every channel with its state, settings and receiver."""
    await wait_for(asking.parts, ("channels",), position)
    rows, where = await run_in_threadpool(_all, asking)
    return shapes.Channels(channels=[shapes.ChannelRow.model_validate(row) for row in rows], **stands(where))


@router.post("", status_code=201, response_model_exclude_none=True)
async def create_channel(body: wire.NewChannel, asking: Administers, response: Response) -> shapes.Saved:
    """A draft; its kind never changes. 200 `unchanged` if it exists like this, 409 `channel_exists` with another name.

    409 `provider_exists` where the widget has a provider of this service: with `change_provider` the new channel is
    made beside it, and takes its place with the second consent of the Save that connects it.
    """
    wanted = CreateChannel(
        channel=body.channel,
        kind=body.kind,
        name=body.name,
        widget=body.widget,
        change_provider=body.change_provider,
    )
    answer = await asking.run(wanted)
    response.status_code = 201 if answer["outcome"] == "created" else 200
    return shapes.Saved.model_validate(answer)


@router.get("/kinds", response_model_exclude_none=True)
async def list_kinds(asking: Reads, request: Request) -> shapes.Kinds:
    """What each of the ten kinds can do: how it connects, receivers, units of auto-close, buttons, whether one may
    write first, the out-of-hours notice, and what must be ready beforehand. The same table judges a Save."""
    language = preferred(request.headers.get("accept-language"))
    return shapes.Kinds(kinds=[shapes.Kind.model_validate({"kind": name, **allows(name, language)}) for name in KINDS])


@router.get("/{channel}", response_model_exclude_none=True)
async def get_channel(
    channel: str, asking: Reads, request: Request, response: Response, position: WaitFor = None
) -> shapes.OneChannel:
    """State and settings. `ETag` = the settings version: give it to `If-Match` when you save."""
    await wait_for(asking.parts, ("channels",), position)
    row, where = await run_in_threadpool(one_channel, asking, channel)
    response.headers["etag"] = f'"{row["settings_version"]}"'
    language = preferred(request.headers.get("accept-language"))
    return shapes.OneChannel(
        channel=shapes.ChannelRow.model_validate(row),
        allows=shapes.Allows.model_validate(allows(row["kind"], language)),
        links=_links(row),
        **stands(where),
    )


@router.get("/{channel}/distribution")
async def get_distribution(channel: str, asking: Reads) -> shapes.OneGroup:
    """The distribution settings of the group that receives this channel; 409 `not_group` for any other receiver."""
    row, _ = await run_in_threadpool(one_channel, asking, channel)
    if row["receiver_kind"] != "group":
        raise Conflict("not_group", "The channel's receiver is not a group; it has no distribution settings.")
    group, where = await run_in_threadpool(_group, asking, row["receiver"])
    return shapes.OneGroup(group=shapes.GroupRow.model_validate(group), **stands(where))


def _all(asking: Asking) -> tuple[list[dict[str, Any]], Standing]:
    with reading(asking.parts, ("channels",)) as (connection, where):
        return queries.channels(connection, asking.tenant), where


def _group(asking: Asking, group: str) -> tuple[dict[str, Any], Standing]:
    with reading(asking.parts, ("groups",)) as (connection, where):
        found = next((row for row in queries.groups(connection, asking.tenant) if row["group"] == group), None)
    if found is None:
        raise NotFound("group_unknown", "There is no such group.")
    return found, where


def _links(row: dict[str, Any]) -> dict[str, str]:
    here = f"{PREFIX}/{row['channel']}"
    links = {"history": f"{here}/history", "settings": f"{here}/settings", "diff": f"{here}/settings/diff"}
    if row["receiver_kind"] == "group":
        links["distribution"] = f"/v1/groups/{row['receiver']}"
    return links
