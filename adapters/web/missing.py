"""A wrong address typed into a browser is answered by a page; programs, and everything below the API, get JSON."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.errors import Refusal, answer
from adapters.http.language import weight_of
from adapters.web import render
from adapters.web.words import words_of

FOR_PROGRAMS = ("/v1/", "/hooks/")


def install(app: Starlette) -> None:
    app.add_exception_handler(404, _missing)


async def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    below = f"{request.url.path}/".startswith(FOR_PROGRAMS)
    if below or not _prefers_page(request.headers.get("accept", "")):
        return answer(request.scope, Refusal(404, "not_found", "There is nothing at this address."))
    words = words_of(request)
    response = render.page("missing.html", words, 404, language=words.language)
    response.headers["vary"] = "accept, cookie, accept-language"
    return response


def _prefers_page(accept: str) -> bool:
    """Is a page named, and liked at least as well as JSON? `*/*` alone is a program."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    for part in accept.lower().split(",")[:20]:
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        if kind in weights:
            weights[kind] = max((weight_of(one) for one in parameters if one.startswith("q=")), default=1.0)
    return weights["text/html"] > 0 and weights["text/html"] >= weights["application/json"]
