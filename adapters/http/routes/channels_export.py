"""`GET /v1/channels/{channel}/history/export`: the whole history in one file, as CSV or JSON Lines (L02, L10).

A plain route: a file is no JSON answer. The filters are those of the history; `format` is csv or jsonl.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast, get_args
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.http.asking import bearer_may
from adapters.http.channel_audit import Auditor, Filter, Form, written
from adapters.http.errors import Refusal
from adapters.http.knowing import must_be_setting
from adapters.http.language import preferred
from adapters.http.parameters import only
from adapters.http.parts import Parts
from adapters.views.moments import Moment, moment

PATH = "/v1/channels/{channel}/history/export"
KNOWN = ("format", "user", "field", "since", "until", "effects")
YES, NO = frozenset(("1", "true", "t", "yes", "y", "on")), frozenset(("0", "false", "f", "no", "n", "off"))
TYPES: dict[Form, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


def install(app: Starlette) -> None:
    app.add_route(PATH, export, methods=["GET"], include_in_schema=False)


async def export(request: Request) -> Response:
    grant = await bearer_may(request, "channels.history")
    only(request, KNOWN)
    asked, parts = request.query_params, cast(Parts, request.app.state.parts)
    form, channel = _form(asked.get("format", "csv")), request.path_params["channel"]
    wanted = Filter(
        asked.get("user"),
        must_be_setting(asked.get("field")),
        _bound(asked.get("since"), "since"),
        _bound(asked.get("until"), "until"),
    )
    language = preferred(request.headers.get("accept-language"))
    reader = Auditor(parts.database, parts.log, grant.tenant, parts.lane, language)
    found = await run_in_threadpool(reader.history, channel, wanted, effects=_yes(asked.get("effects")))
    name = quote(f"{channel}-history.{form}", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
    return StreamingResponse(_ended(written(found, form)), media_type=TYPES[form], headers=headers)


def _ended(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield f"{line}\r\n".encode()


def _form(text: str) -> Form:
    if text not in get_args(Form):
        raise Refusal(422, "bad_value", "format must be csv or jsonl.", field="format")
    return cast(Form, text)


def _yes(text: str | None) -> bool:
    """The words that every other address takes for a switch."""
    if text is None or text.lower() in NO:
        return False
    if text.lower() not in YES:
        raise Refusal(422, "not_boolean", "effects must be true or false.", field="effects")
    return True


def _bound(text: str | None, field: str) -> Moment | None:
    if text is None:
        return None
    found = moment(text, field)
    if found.at is None and found.position is None:
        raise Refusal(422, "bad_moment", f"{field} must be a position or a time.", field=field)
    return found
