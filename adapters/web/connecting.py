"""The page on which a channel is connected to its provider, saved and let go of; and the way back from a login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.channels.logins import CALLBACK, Logins
from adapters.http.asking import actor_of, must_be_allowed
from adapters.http.errors import Refusal
from adapters.http.kinds import allows
from adapters.http.reading import wait_for
from adapters.http.sentences import sentence_for
from adapters.http.tokens import Grant
from adapters.web import connect_views as views
from adapters.web import render, session, settings
from adapters.web.connect_steps import Step, step_of
from adapters.web.forms import sent
from adapters.web.pages import around, signed_in
from adapters.web.words import Words, words_of
from domain.channel import LoginFailure
from domain.errors import Rejected

FAILED: dict[LoginFailure, str] = {
    "not_admin": "This login administers no group or page there.",
    "denied": "The login was refused; nothing has changed.",
    "expired": "The login has taken too long; log in again.",
    "scope_missing": "The login does not give the permission to read and answer messages.",
}


def install(app: Starlette) -> None:
    page = "/channels/{channel}/connect"
    app.add_route(page, connect, methods=["GET"], include_in_schema=False)
    app.add_route(f"{page}/{{step}}", take_step, methods=["POST"], include_in_schema=False)
    app.add_route(f"{CALLBACK}/{{kind}}", came_back, methods=["GET"], include_in_schema=False)


@signed_in("channels.set")
async def connect(request: Request, grant: Grant, words: Words) -> Response:
    return await _shown(request, grant, words, request.path_params["channel"])


@signed_in("channels.set")
async def take_step(request: Request, grant: Grant, words: Words) -> Response:
    """Done: the page again. Refused: the page with the sentence. Sent outside: the page with the way there."""
    channel = request.path_params["channel"]
    form, run = await sent(request), step_of(request.path_params["step"])
    step = Step(request.app.state.connector, grant.tenant, channel, actor_of(grant, request), form)
    try:
        url = await run_in_threadpool(run, step)
    except (Refusal, Rejected) as refusal:
        return await _shown(request, grant, words, channel, refusal=refusal)
    if url is not None:
        return await _shown(request, grant, words, channel, url=url)
    return RedirectResponse(_home(channel) + "/connect", 303)


async def came_back(request: Request) -> Response:
    """Where providers send users after a login. Without a session nothing is done: the address may be used at the
    terminal, or once more after signing in."""
    words, grant = words_of(request), await session.whoever(request)
    if grant is None:
        return render.page("returned.html", words, 401, language=words.language)
    query = {name: value for name, value in request.query_params.items() if len(value) <= 10_000}
    channel = query.get("state", "").rpartition(".")[0]
    try:
        await must_be_allowed(request, grant, "channels.set")
        logins, actor = Logins(request.app.state.connector), actor_of(grant, request)
        answer = await run_in_threadpool(lambda: logins.finish(grant.tenant, query, actor=actor))
        if answer["outcome"] == "auth_failed":
            raise Refusal(409, answer["reason"], FAILED[answer["reason"]])
    except (Refusal, Rejected) as refusal:
        if not channel:
            return _refused(request, grant, words, refusal)
        try:
            return await _shown(request, grant, words, channel, refusal=refusal)
        except Rejected:
            return _refused(request, grant, words, refusal)
    return RedirectResponse(f"{_home(channel)}/connect", 303)


async def _shown(
    request: Request,
    grant: Grant,
    words: Words,
    channel: str,
    *,
    refusal: Refusal | Rejected | None = None,
    url: str | None = None,
) -> Response:
    state = request.app.state
    head = await run_in_threadpool(state.parts.log.head, state.parts.lane)
    await wait_for(state.parts, ("channels",), head)  # what a button has just done must show
    facts = await run_in_threadpool(views.read_connecting, state.parts, state.connector, grant, channel)
    kind = allows(facts["channel"]["kind"], words.language)
    return render.page(
        "connect.html",
        words,
        refusal.status if refusal else 200,
        **around(request, grant),
        **facts,
        home=_home(channel),
        may_connect=True,
        kind=kind,
        period_units=kind["auto_close_units"],
        states=settings.STATES,
        labels=views.LABELS,
        wrong=_sentence(refusal, words) if refusal else None,
        url=url,
    )


def _refused(request: Request, grant: Grant, words: Words, refusal: Refusal | Rejected) -> Response:
    facts = {**around(request, grant), "sentence": _sentence(refusal, words)}
    return render.page("refusal.html", words, refusal.status, **facts)


def _sentence(refusal: Refusal | Rejected, words: Words) -> str:
    problems: list[Mapping[str, Any]] = refusal.detail.get("problems") or []
    if problems:
        told = [sentence_for(one["code"], one["sentence"], one, words.language) for one in problems]
        return " ".join(dict.fromkeys(told))
    return sentence_for(refusal.code, refusal.sentence, refusal.detail, words.language)


def _home(channel: str) -> str:
    return f"/channels/{quote(channel, safe='')}"
