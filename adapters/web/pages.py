"""The addresses of the page: sign in, inbox, agents, and the pieces that a live page asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.http.asking import must_be_allowed
from adapters.http.errors import Refusal
from adapters.http.roles import Operation, allowed, leads
from adapters.http.routes.attachments import served
from adapters.http.sentences import sentence_for
from adapters.http.tokens import Grant
from adapters.web import missing, render, session, views
from adapters.web.asked import chosen_by, links
from adapters.web.live import live
from adapters.web.signing import language, login, login_form, logout
from adapters.web.words import UNITS, Words, words_of
from domain.errors import Rejected

LISTS = ("my", "offered", "unassigned", "queued", "bot", "open", "unanswered", "closed")
FOR_LEADERS = ("open", "unanswered", "unassigned", "queued", "offered", "bot", "closed", "my")
Shown = Callable[[Request, Grant, Words], Awaitable[Response]]


def install(app: Starlette) -> None:
    render.install(app)
    missing.install(app)
    routes: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/", inbox),
        ("GET", "/inbox/list", inbox_list),
        ("GET", "/inbox/dialog/{dialog}", inbox_dialog),
        ("GET", "/inbox/attachment/{ident}", inbox_attachment),
        ("GET", "/agents", agents),
        ("GET", "/live", live),
        ("GET", "/login", login_form),
        ("POST", "/login", login),
        ("POST", "/logout", logout),
        ("POST", "/language", language),
    )
    for method, path, endpoint in routes:
        app.add_route(path, endpoint, methods=[method], include_in_schema=False)


def signed_in(operation: Operation) -> Callable[[Shown], Callable[[Request], Awaitable[Response]]]:
    """For whoever has a session and may do this; others go to the sign-in page, or read why not."""

    def around(show: Shown) -> Callable[[Request], Awaitable[Response]]:
        @wraps(show)
        async def endpoint(request: Request) -> Response:
            grant, words = await session.whoever(request), words_of(request)
            if grant is None:
                return _to_login(request)
            try:
                await must_be_allowed(request, grant, operation)
                return await show(request, grant, words)
            except (Refusal, Rejected) as refusal:
                return _refusal(request, grant, words, refusal)

        return endpoint

    return around


@signed_in("dialogs.read")
async def inbox(request: Request, grant: Grant, words: Words) -> Response:
    chosen, parts = chosen_by(request, grant), request.app.state.parts
    facts = await run_in_threadpool(views.read_inbox, parts, grant, chosen)
    dialog = request.query_params.get("dialog")
    opened = await run_in_threadpool(views.read_dialog, parts, grant, dialog, words) if dialog else None
    return render.page(
        "inbox.html", words, **around(request, grant), **facts, **links(chosen), opened=opened, dialog_id=dialog
    )


@signed_in("dialogs.read")
async def inbox_list(request: Request, grant: Grant, words: Words) -> Response:
    chosen = chosen_by(request, grant)
    facts = await run_in_threadpool(views.read_inbox, request.app.state.parts, grant, chosen)
    dialog = request.query_params.get("dialog")
    return render.page("list.html", words, **facts, **links(chosen), lists=_lists(grant), dialog_id=dialog)


@signed_in("dialogs.read")
async def inbox_dialog(request: Request, grant: Grant, words: Words) -> Response:
    dialog = request.path_params["dialog"]
    opened = await run_in_threadpool(views.read_dialog, request.app.state.parts, grant, dialog, words)
    return render.page("dialog.html", words, opened=opened, may_audit=allowed(grant.role, "channels.history"))


@signed_in("dialogs.read")
async def inbox_attachment(request: Request, grant: Grant, words: Words) -> Response:
    return await served(request, grant)


@signed_in("agents.read")
async def agents(request: Request, grant: Grant, words: Words) -> Response:
    facts = await run_in_threadpool(views.read_agents, request.app.state.parts, grant)
    return render.page("agents.html", words, **around(request, grant), **facts)


def around(request: Request, grant: Grant) -> dict[str, Any]:
    query = f"?{request.url.query}" if request.url.query else ""
    return {
        "grant": grant,
        "here": request.url.path + query,
        "lists": _lists(grant),
        "may_audit": allowed(grant.role, "channels.history"),
        "units": ",".join(UNITS[words_of(request).language]),
    }


def _lists(grant: Grant) -> tuple[str, ...]:
    """An administrator has no dialogs of his own to look at first."""
    return FOR_LEADERS if leads(grant.role) else LISTS


def _to_login(request: Request) -> Response:
    """A piece of a page cannot become the sign-in page: its script reads the status and goes there."""
    if request.url.path.startswith("/inbox/"):
        return Response(status_code=401)
    return RedirectResponse("/login", 303)


def _refusal(request: Request, grant: Grant, words: Words, refusal: Refusal | Rejected) -> Response:
    facts = {**refusal.detail, **(refusal.detail.get("problems") or [{}])[0]}
    sentence = sentence_for(refusal.code, refusal.sentence, facts, words.language)
    return render.page("refusal.html", words, refusal.status, **around(request, grant), sentence=sentence)
