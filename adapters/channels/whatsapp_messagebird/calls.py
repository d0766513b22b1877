"""Calls of the Conversations API and of its neighbour for templates. The key goes in a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.channels.http_client import Access, Answer, Failure, ask
from adapters.channels.text import object_of
from domain.errors import Unavailable

DEFAULT_URL = "https://conversations.messagebird.com"
INTEGRATIONS_URL = "https://integrations.messagebird.com"
KEY, CHANNEL_ID, SIGNING_KEY = "key", "channel_id", "signing_key"
WRONG_KEY = frozenset({2, 1001})
"""Numbers of errors that say that the key is none of theirs."""


def call(
    access: Access, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
) -> Answer | Failure:
    """`path` below the version, quoted already."""
    base = (access.base_url or DEFAULT_URL).rstrip("/")
    return ask(access.client, method, f"{base}/v1/{path}", json=json, params=params, headers=headers(access))


def integrations(access: Access, path: str, params: Mapping[str, str]) -> Answer | Failure:
    base = (access.base_url or INTEGRATIONS_URL).rstrip("/")
    return ask(access.client, "GET", f"{base}/{path}", params=params, headers=headers(access))


def asked(access: Access, method: str, path: str, **wanted: Any) -> Answer:
    """While a person waits. Raises `Unavailable` where there is no answer, or that of a broken or busy server."""
    answer = call(access, method, path, **wanted)
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        raise Unavailable("provider_unavailable", "MessageBird does not answer now; nothing was changed.")
    return answer


def headers(access: Access) -> dict[str, str]:
    return {"Authorization": f"AccessKey {access.secret(KEY)}"}


def segment(text: str) -> str:
    return quote(text, safe="")


def error_codes(facts: Mapping[str, Any]) -> list[int]:
    errors = facts.get("errors")
    listed = errors if isinstance(errors, list) else []
    codes = [one.get("code") for one in listed if isinstance(one, Mapping)]
    return [code for code in codes if isinstance(code, int) and not isinstance(code, bool)]


def key_refused(answer: Answer) -> bool:
    codes = error_codes(object_of(answer.body)) if answer.status >= 400 else []
    return answer.status in (401, 403) or bool(WRONG_KEY & set(codes))


def items(answer: Answer | Failure) -> list[Mapping[str, Any]]:
    """The objects of a list; an empty one where it is none."""
    if not isinstance(answer, Answer) or answer.status != 200:
        return []
    found = object_of(answer.body).get("items")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
