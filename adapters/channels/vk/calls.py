"""Calls of VK: its three hosts, the token in the form, and a refusal that comes with status 200.

Where the channel has another address than VK's own, all three stand there: methods at the top, logins under `/id` and
`/oauth`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import Access, Answer, Failure, ask
from adapters.channels.keys import TOKEN
from adapters.channels.text import object_of
from domain.errors import NotAllowed, Unavailable

DEFAULT_URL = "https://api.vk.ru"
ID_URL = "https://id.vk.com"
OAUTH_URL = "https://oauth.vk.com"
VERSION = "5.199"
PASSING = frozenset({1, 6, 9, 10, 14, 29})
"""Numbers of refusals that say nothing about what was asked: too much, too fast, a fault of theirs, a captcha."""


class Refused(Exception):
    """VK has answered, and said no: `code` is its number, `message` its words."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(str(code))
        self.code, self.message = code, message


def call(access: Access, method: str, fields: Mapping[str, str], *, token: str | None = None) -> Answer | Failure:
    base = (access.base_url or DEFAULT_URL).rstrip("/")
    form = {**fields, "access_token": access.secret(TOKEN) if token is None else token, "v": VERSION}
    return ask(access.client, "POST", f"{base}/method/{method}", form=form)


def asked(access: Access, method: str, fields: Mapping[str, str], *, token: str | None = None) -> Any:
    """What the method returns. Raises `Refused`, or `Unavailable` where VK did not answer or has no time now."""
    answer = call(access, method, fields, token=token)
    facts = object_of(answer.body) if isinstance(answer, Answer) and answer.status == 200 else {}
    if "response" in facts:
        return facts["response"]
    code = error_code(facts)
    if code is None or code in PASSING:
        raise unavailable()
    raise Refused(code, str(facts["error"].get("error_msg", "")))


def who_is(access: Access, user: str) -> dict[str, str]:
    """A person's name and picture. Raises `NotAllowed`, `Unavailable`."""
    try:
        found = asked(access, "users.get", {"user_ids": user, "fields": "photo_200,screen_name"})
    except Refused:
        raise NotAllowed("bad_credentials", "VK does not tell who this is.") from None
    person = found[0] if isinstance(found, list) and found and isinstance(found[0], Mapping) else {}
    name = " ".join(str(person.get(part) or "") for part in ("first_name", "last_name")).strip()
    told = {"name": name, "username": person.get("screen_name"), "avatar": person.get("photo_200")}
    return {field: value for field, value in told.items() if isinstance(value, str) and value}


def error_code(facts: Mapping[str, Any]) -> int | None:
    error = facts.get("error")
    code = error.get("error_code", error.get("code")) if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def id_url(access: Access) -> str:
    return f"{access.base_url.rstrip('/')}/id" if access.base_url else ID_URL


def oauth_url(access: Access) -> str:
    return f"{access.base_url.rstrip('/')}/oauth" if access.base_url else OAUTH_URL


def unavailable() -> Unavailable:
    return Unavailable("provider_unavailable", "VK does not answer now; nothing has changed.")
