"""A form that our own page has sent: its fields, each with one value or several."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

from adapters.http.errors import Refusal
from adapters.web import session

MOST_FIELDS = 200


async def sent(request: Request, *, most: int = MOST_FIELDS) -> dict[str, list[str]]:
    """At most so many fields. Raises `Refusal` for anybody else's form (S16), and for one that is none."""
    if not session.same_site(request):
        raise Refusal(403, "cross_site", "The request came from another site.")
    text = (await request.body()).decode("utf-8", "replace")
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise Refusal(422, "bad_value", "The form has too many fields.", field="body") from None


def only(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]
