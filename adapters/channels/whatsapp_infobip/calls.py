"""Calls of Infobip. The key goes in a header; the host is the customer's own, shown in the portal (`base_url`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.channels.http_client import Access, Answer, Failure, ask
from domain.errors import Unavailable

DEFAULT_URL = "https://api.infobip.com"
API_KEY = "api_key"
NUMBER = "number"
NOT_LET_IN = (401, 403)


def call(
    access: Access, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
) -> Answer | Failure:
    """`path` below the host, quoted already."""
    return ask(access.client, method, f"{base_of(access)}/{path}", json=json, params=params, headers=headers(access))


def asked(access: Access, method: str, path: str, **wanted: Any) -> Answer:
    """While a person waits. Raises `Unavailable` where there is no answer, or that of a broken or busy server."""
    answer = call(access, method, path, **wanted)
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        raise Unavailable("provider_unavailable", "Infobip does not answer now; nothing was changed.")
    return answer


def base_of(access: Access) -> str:
    return (access.base_url or DEFAULT_URL).rstrip("/")


def headers(access: Access) -> dict[str, str]:
    return {"Authorization": f"App {access.secret(API_KEY)}", "Accept": "application/json"}


def sender_of(access: Access) -> str:
    """The number of ours that this channel stands for."""
    return access.values.get(NUMBER) or access.account


def segment(text: str) -> str:
    return quote(text, safe="")
