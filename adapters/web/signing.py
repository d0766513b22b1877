"""Signing in with a token, signing out, choosing a language."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.http.asking import checked
from adapters.http.roles import allowed
from adapters.web import render, session
from adapters.web.forms import only, sent
from adapters.web.words import COOKIE, words_of

A_YEAR = 365 * 86_400
FIELDS = 10
OWN_ADDRESS = re.compile(r"/(?![/\\])[\x21-\x7e]*")
"""A path of this site: browsers take `//` and `/\\` for another host, and drop control characters."""


async def login_form(request: Request) -> Response:
    return render.page("login.html", words_of(request), wrong=False, language=words_of(request).language)


async def login(request: Request) -> Response:
    """The token is typed once; what stays in the browser is a session."""
    words = words_of(request)
    form = await sent(request, most=FIELDS)
    grant = await checked(request.app.state.tokens, only(form, "token").strip())
    if grant is None or not allowed(grant.role, "dialogs.read"):  # a bot's token is for calls alone
        return render.page("login.html", words, 401, wrong=True, language=words.language)
    response = RedirectResponse("/", 303)
    vault = request.app.state.parts.vault
    await run_in_threadpool(vault.lane_of, grant.tenant)  # brings the tenant's hashing key
    session.begin(response, vault, grant, secure=request.url.scheme == "https")
    return response


async def logout(request: Request) -> Response:
    await sent(request, most=FIELDS)
    response = RedirectResponse("/login", 303)
    session.end(response)
    return response


async def language(request: Request) -> Response:
    form = await sent(request, most=FIELDS)
    back = only(form, "back")
    response = RedirectResponse(back if OWN_ADDRESS.fullmatch(back) else "/", 303)
    chosen = "ru" if only(form, "to") == "ru" else "en"
    response.set_cookie(COOKIE, chosen, max_age=A_YEAR, path="/", samesite="lax", secure=request.url.scheme == "https")
    return response
