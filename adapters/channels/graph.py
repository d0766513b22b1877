"""The Graph API of Meta: one way to call it, shared by Messenger and WhatsApp.

A token goes in a header, never in the address. Where we know the application's secret, a call is signed with it, so
that a stolen token alone is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from adapters.channels.http_client import Access, Answer, App, Failure, ask, bearer
from adapters.channels.keys import APP_SECRET, TOKEN
from adapters.channels.text import object_of
from domain.errors import Unavailable

DEFAULT_URL = "https://graph.facebook.com"
VERSION = "v25.0"


def graph(
    access: Access,
    method: str,
    path: str,
    *,
    json: Mapping[str, Any] | None = None,
    params: Mapping[str, str] | None = None,
    token: str | None = None,
    files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer | Failure:
    """One call. `path` = segments below the version, quoted already; `token` None = the channel's own."""
    used = access.secret(TOKEN) if token is None else token
    query = {**(params or {}), **_proof(access, used)}
    url, headers = f"{base_of(access)}/{path}", _headers(used)
    return ask(access.client, method, url, json=json, params=query, headers=headers, files=files, form=form)


def asked(access: Access, method: str, path: str, **wanted: Any) -> Answer:
    """The same, while a person waits. Raises `Unavailable` where there is no answer, or that of a broken server."""
    answer = graph(access, method, path, **wanted)
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429 or error_code(answer) in LATER:
        raise unavailable()
    return answer


def base_of(access: Access) -> str:
    return f"{(access.base_url or DEFAULT_URL).rstrip('/')}/{VERSION}"


def segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds."""
    return quote(text, safe="")


def facts_of(answer: Answer) -> dict[str, Any]:
    return object_of(answer.body)


def error_of(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `error` of an answer; an empty one where it holds none."""
    error = facts.get("error")
    return error if isinstance(error, Mapping) else {}


def error_code(answer: Answer) -> int | None:
    code = error_of(facts_of(answer)).get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def unavailable() -> Unavailable:
    return Unavailable("provider_unavailable", "Meta does not answer now; nothing was changed.")


LATER = frozenset({1, 2, 4, 17, 32, 341, 613, 80007, 130429})
"""Numbers of errors that pass by themselves: Meta is busy, or we ask too often."""


def app_token(app: App | None) -> str:
    """The application itself, where no person and no page is asked about."""
    return f"{app.id}|{app.secret.reveal()}" if app else ""


def _proof(access: Access, token: str) -> dict[str, str]:
    secret = access.secret(APP_SECRET) or (access.app.secret.reveal() if access.app else "")
    if not secret or not token or token == app_token(access.app):
        return {}
    return {"appsecret_proof": hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()}


def _headers(token: str) -> dict[str, str]:
    return bearer(token) if token else {}
