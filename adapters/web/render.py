"""Templates, all escaped, and static files, whose addresses name their content, so that they are kept for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from adapters.web.words import Words

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


def page(template: str, words: Words, status: int = 200, **facts: Any) -> HTMLResponse:
    html = (
        environment()
        .get_template(template)
        .render(_=words.say, count=words.count, words=words, static=address, **facts)
    )
    return HTMLResponse(html, status, {"content-language": words.language, "vary": "cookie, accept-language"})


@cache
def environment() -> Environment:
    return Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def address(name: str) -> str:
    return f"/static/{name}?{_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]


@cache
def _content(name: str) -> bytes:
    return files("adapters.web").joinpath("static", name).read_bytes()


@cache
def _names() -> frozenset[str]:
    return frozenset(one.name for one in files("adapters.web").joinpath("static").iterdir())


def install(app: Starlette) -> None:
    app.add_route("/static/{name}", _static, methods=["GET"], include_in_schema=False)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    kind = TYPES.get(name[name.rfind(".") :])
    if kind is None or name not in _names():
        return Response(status_code=404)
    kept = FOR_EVER if request.url.query == _version(name) else "no-cache"
    return Response(_content(name), media_type=kind, headers={"cache-control": kept})
