"""The pages about channels: all of them, the settings of one as of any moment, a difference, and the history."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.kinds import allows
from adapters.http.roles import allowed
from adapters.http.tokens import Grant
from adapters.views.moments import moment as named
from adapters.web import channel_views as views
from adapters.web import render, settings
from adapters.web.asked import PIECE, moment, whole
from adapters.web.pages import around, signed_in
from adapters.web.words import Words


def install(app: Starlette) -> None:
    for path, endpoint in (
        ("/channels", channels),
        ("/channels/{channel}", channel_settings),
        ("/channels/{channel}/diff", difference),
        ("/channels/{channel}/history", history),
    ):
        app.add_route(path, endpoint, methods=["GET"], include_in_schema=False)


@signed_in("channels.read")
async def channels(request: Request, grant: Grant, words: Words) -> Response:
    facts = await run_in_threadpool(views.read_channels, request.app.state.parts, grant)
    return render.page("channels.html", words, **around(request, grant), **facts)


@signed_in("channels.history")
async def channel_settings(request: Request, grant: Grant, words: Words) -> Response:
    asked = named(request.query_params.get("as_of") or "now", "as_of")
    channel = request.path_params["channel"]
    facts = await run_in_threadpool(views.read_settings, request.app.state.parts, grant, channel, asked)
    kind = allows(facts["channel"]["kind"], words.language)
    return render.page("channel.html", words, **_words(request, grant), **facts, asked=asked, kind=kind)


@signed_in("channels.history")
async def difference(request: Request, grant: Grant, words: Words) -> Response:
    query = request.query_params
    since, until = named(query.get("from") or "v0", "from"), named(query.get("to") or "now", "to")
    channel = request.path_params["channel"]
    facts = await run_in_threadpool(views.read_difference, request.app.state.parts, grant, channel, since, until, words)
    return render.page("difference.html", words, **_words(request, grant), **facts, since=since, until=until)


@signed_in("channels.history")
async def history(request: Request, grant: Grant, words: Words) -> Response:
    asked = request.query_params
    filters = {
        "actor": asked.get("user") or None,
        "field": asked.get("field") or None,
        "since": moment(asked.get("since"), "since"),
        "until": moment(asked.get("until"), "until"),
        "before": whole(asked.get("before"), "before"),
        "limit": PIECE,
    }
    channel = request.path_params["channel"]
    facts = await run_in_threadpool(views.read_history, request.app.state.parts, grant, channel, filters, words)
    kept = {name: asked[name] for name in ("user", "field", "since", "until") if asked.get(name)}
    return render.page(
        "history.html", words, **_words(request, grant), **facts, asked=kept,
        older=urlencode({**kept, "before": facts["next"]}) if facts["next"] else None,
    )  # fmt: skip


def _words(request: Request, grant: Grant) -> dict[str, Any]:
    """What every page of one channel has: its address, and what settings, states and events are called."""
    return {
        **around(request, grant),
        "home": f"/channels/{quote(request.path_params['channel'], safe='')}",
        "fields": settings.FIELDS,
        "choices": dict.fromkeys(settings.CHOICES, settings.VALUES),
        "kinds": settings.KINDS,
        "states": settings.STATES,
        "told": settings.TOLD,
        "may_connect": allowed(grant.role, "channels.set"),
    }
