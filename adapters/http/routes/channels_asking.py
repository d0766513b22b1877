"""What the routes of channels share: who may ask, how a Save names the version that it saw, how old an answer is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Header, Request
from starlette.concurrency import run_in_threadpool

from adapters.channels.connecting import Connector
from adapters.http.asking import Asking, may
from adapters.http.errors import Refusal
from adapters.http.reading import Standing, reading
from adapters.views import queries
from domain.errors import NotFound

PREFIX = "/v1/channels"
Administers = Annotated[Asking, may("channels.set")]
Reads = Annotated[Asking, may("channels.read")]
Manages = Annotated[Asking, may("channels.activate")]
Audits = Annotated[Asking, may("channels.history")]
IfMatch = Annotated[str | None, Header(description="the ETag that you saw; * = whatever it is")]


def expected_version(if_match: str | None) -> int | None:
    """The settings version that the user saw; None = whatever it is. Raises `Refusal` where he does not say."""
    if if_match is None:
        raise Refusal(428, "version_needed", "Send If-Match with the version of the settings that you saw.")
    version = if_match.strip().removeprefix("W/").strip('"')
    if version == "*":
        return None
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Refusal(422, "bad_value", "If-Match must be the ETag of the channel.", field="If-Match")
    return int(version)


async def connecting(asking: Asking, request: Request, work: Callable[[Connector], dict[str, Any]]) -> dict[str, Any]:
    """In a thread: it talks to the vault and to the provider. What was refused and written down is an error here."""
    answer = await run_in_threadpool(work, request.app.state.connector)
    must_be_done(answer)
    position = await run_in_threadpool(asking.parts.log.head, asking.parts.lane)
    return {**answer, "position": position}


def must_be_done(answer: Mapping[str, Any]) -> None:
    """A refusal that had to leave events (D20) comes as an answer. Raises `Refusal`."""
    if answer["outcome"] == "refused":
        raise Refusal(409, answer["code"], answer["sentence"], channel=answer["channel"])


def one_channel(asking: Asking, channel: str) -> tuple[dict[str, Any], Standing]:
    """A row of the view. Raises `NotFound`."""
    with reading(asking.parts, ("channels",)) as (connection, where):
        row = queries.channel(connection, asking.tenant, channel)
    if row is None:
        raise NotFound("channel_unknown", "There is no such channel.")
    return row, where


def stands(where: Standing) -> dict[str, Any]:
    return {"position": where.position, "lag": where.lag}
