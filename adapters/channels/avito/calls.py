"""Calls of Avito: its two hosts, the token in a header, and what a refusal means while a channel is set up or asked.

Where the channel has another address than Avito's own, the consent page stands there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import Access, Answer, Failure, ask, bearer
from adapters.channels.keys import TOKEN
from adapters.channels.text import Unreadable, read_json
from domain.errors import NotAllowed, NotFound, Unavailable

DEFAULT_URL = "https://api.avito.ru"
CONSENT_URL = "https://avito.ru"
EXPIRED = (401, 403)
"""An access token lasts a day; whoever sees this asks for a new one once, and only then takes it for a refusal."""


def base(access: Access) -> str:
    return (access.base_url or DEFAULT_URL).rstrip("/")


def consent_url(access: Access) -> str:
    return f"{(access.base_url or CONSENT_URL).rstrip('/')}/oauth"


def call(access: Access, method: str, path: str, *, token: str | None = None, **how: Any) -> Answer | Failure:
    headers = bearer(access.secret(TOKEN) if token is None else token)
    return ask(access.client, method, f"{base(access)}{path}", headers=headers, **how)


def asked(
    access: Access, method: str, path: str, *, params: Mapping[str, str] | None = None, token: str | None = None
) -> Any:
    """What Avito returns. Raises `NotAllowed` for a token that it does not take, `NotFound`, `Unavailable`."""
    answer = call(access, method, path, params=params, token=token)
    if isinstance(answer, Answer) and answer.status in EXPIRED:
        raise NotAllowed("bad_credentials", "Avito does not accept this token.")
    if isinstance(answer, Answer) and answer.status == 404:
        raise NotFound("not_found_there", "Avito does not know this any more.")
    if not isinstance(answer, Answer) or answer.status != 200:
        raise unavailable()
    try:
        return read_json(answer.body)
    except Unreadable:
        raise unavailable() from None


def unavailable() -> Unavailable:
    return Unavailable("provider_unavailable", "Avito does not answer now; nothing has changed.")
