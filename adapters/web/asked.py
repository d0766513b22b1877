"""What the address of a page asks for, checked, and the addresses of other pages made from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request

from adapters.http.roles import leads
from adapters.http.tokens import Grant
from adapters.views import queries
from adapters.web.views import Chosen
from domain.errors import Invalid, Problem

SORTS = ("last_activity", "waiting", "priority", "started")
PIECE = 50
LARGEST = 200


def chosen_by(request: Request, grant: Grant) -> Chosen:
    asked = request.query_params
    default = "open" if leads(grant.role) else "my"
    name, sort = asked.get("list", default), asked.get("sort", SORTS[0])
    if name not in get_args(queries.List):
        raise _wrong("list", "unknown_list", "There is no such list.")
    if sort not in get_args(queries.Sort):
        raise _wrong("sort", "unknown_sort", "There is no such order.")
    limit = whole(asked.get("limit"), "limit") or PIECE
    return Chosen(
        cast(queries.List, name), cast(queries.Sort, sort), asked.get("channel") or None, min(max(limit, 1), LARGEST)
    )


def links(chosen: Chosen) -> dict[str, Any]:
    """`link(list=…, dialog=…)` = the address of this page with these changes."""
    kept = {"list": chosen.list, "sort": chosen.sort, "channel": chosen.channel, "limit": chosen.limit}

    def link(path: str = "/", **changes: Any) -> str:
        values = {name: value for name, value in {**kept, **changes}.items() if value not in (None, "")}
        if values.get("limit") == PIECE:
            del values["limit"]
        if values.get("sort") == SORTS[0]:
            del values["sort"]
        return f"{path}?{urlencode(values)}"

    return {"chosen": chosen, "link": link, "sorts": SORTS, "larger": min(chosen.limit * 2, LARGEST)}


def moment(text: str | None, field: str) -> datetime | None:
    """A day or a moment as a date field sends it, taken as UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(field, "bad_value", f"{field} must be a date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def whole(text: str | None, field: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise _wrong(field, "bad_value", f"{field} must be a whole number.")
    return int(text)


def _wrong(field: str, code: str, sentence: str) -> Invalid:
    return Invalid([Problem(field=field, code=code, sentence=sentence)])
