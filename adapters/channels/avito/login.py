"""Logging in at Avito: consent to read, send and delete, whose account it is, and tokens that are renewed in pairs.

Avito knows two rights for messages, `messenger:read` and `messenger:write`; the second covers sending and deleting
(D11). A renewal makes both tokens new, and the old ones count no more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.channels.access import app_of
from adapters.channels.avito.calls import asked, base, consent_url, unavailable
from adapters.channels.contract import Going, LoggedIn
from adapters.channels.http_client import Access, Answer, ask
from adapters.channels.keys import TOKEN
from adapters.channels.text import object_of
from adapters.vault.secrets import Secret
from domain.channel import LoginFailure
from domain.errors import NotAllowed, NotFound

REFRESH = "refresh_token"
SCOPES = ("messenger:read", "messenger:write", "user:read")
COVERS = {"messenger:read": ("read",), "messenger:write": ("send", "delete")}
REFUSED = (400, 401, 403)


def login_url(access: Access, going: Going) -> str:
    """Avito sends him back to the address that our application has registered there."""
    query = {
        "response_type": "code",
        "client_id": app_of(access).id,
        "scope": ",".join(SCOPES),
        "state": going.state,
    }
    return f"{consent_url(access)}?{urlencode(query, safe=',:')}"


def logged_in(access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
    if "error" in query or not query.get("code"):
        return "denied"
    facts = _tokens(access, {"grant_type": "authorization_code", "code": query["code"]})
    secrets = _secrets(facts) if facts is not None else None
    if facts is None or secrets is None:
        return "expired"
    scopes = consented(str(facts.get("scope") or ""))
    if "user:read" not in scopes:
        return "scope_missing"
    try:
        account = asked(access, "GET", "/core/v1/accounts/self", token=secrets[TOKEN].reveal())
    except (NotAllowed, NotFound):
        return "scope_missing"
    if not isinstance(account, Mapping) or not isinstance(account.get("id"), int):
        raise unavailable()
    return LoggedIn(external_id=str(account["id"]), name=str(account.get("name") or ""), scopes=scopes, secrets=secrets)


def consented(scope: str) -> tuple[str, ...]:
    """What he has agreed to, in Avito's words, and in those of the engine for what they cover."""
    granted = [one.strip() for one in scope.replace(" ", ",").split(",") if one.strip()]
    return (*granted, *(mine for one in granted for mine in COVERS.get(one, ())))


def refresh(access: Access) -> Mapping[str, Secret] | None:
    """Both tokens anew; None where Avito takes the old one no more."""
    old = access.secret(REFRESH)
    facts = _tokens(access, {"grant_type": "refresh_token", "refresh_token": old}) if old else None
    return _secrets(facts) if facts is not None else None


def _tokens(access: Access, wanted: Mapping[str, str]) -> dict[str, Any] | None:
    """None where Avito refuses. Raises `Unavailable`."""
    app = app_of(access)
    form = {**wanted, "client_id": app.id, "client_secret": app.secret.reveal()}
    answer = ask(access.client, "POST", f"{base(access)}/token", form=form)
    if isinstance(answer, Answer) and answer.status in REFUSED:
        return None
    if not isinstance(answer, Answer) or answer.status != 200:
        raise unavailable()
    return object_of(answer.body)


def _secrets(facts: Mapping[str, Any]) -> dict[str, Secret] | None:
    named = {TOKEN: facts.get("access_token"), REFRESH: facts.get("refresh_token")}
    found = {name: Secret(value) for name, value in named.items() if isinstance(value, str) and value}
    return found if len(found) == len(named) or _bare(facts, found) else None


def _bare(facts: Mapping[str, Any], found: Collection[str]) -> bool:
    """A token without a second one is good for its day."""
    return TOKEN in found and "refresh_token" not in facts
