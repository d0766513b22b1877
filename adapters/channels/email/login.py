"""Being let in by a mail service: its login page, the tokens for its answer, new tokens in time (OAuth 2, XOAUTH2)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from adapters.channels.contract import Going, LoggedIn
from adapters.channels.email.compose import is_address
from adapters.channels.email.credentials import ACCESS_TOKEN, EXPIRES_AT, REFRESH_TOKEN, SERVICE
from adapters.channels.email.mx import mail_hosts
from adapters.channels.email.servers import http_base
from adapters.channels.email.services import BY_NAME, Service, service_of, serving
from adapters.channels.http_client import Access, Answer, App, ask
from adapters.channels.text import object_of
from adapters.vault.secrets import Secret
from domain.channel import LoginFailure
from domain.errors import Conflict, Invalid, Problem, Unavailable

NEVER_TOLD = frozenset(("offline_access", "userinfo"))
"""Scopes that an answer may leave out although they were granted."""


def login_url(access: Access, going: Going) -> str:
    """Raises `Invalid` for what is no address, `Conflict` where its service has no login page that we know."""
    address = access.values.get("address", "")
    service = _service(address)
    app = _app(access, service)
    asked = {
        "client_id": app.id,
        "redirect_uri": going.redirect,
        "response_type": "code",
        "scope": service.scopes,
        "state": going.state,
        "login_hint": address,
        "code_challenge": _challenge(going.verifier),
        "code_challenge_method": "S256",
        **dict(service.extra),
    }
    return f"{_page(access, service, service.authorize, 'authorize')}?{urlencode(asked)}"


def logged_in(access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
    address = access.values.get("address", "")
    service = _service(address)
    if "error" in query or not query.get("code"):
        return "denied"
    form = {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": going.redirect}
    answer = _tokens(access, service, {**form, "code_verifier": going.verifier.reveal()})
    if answer is None:
        return "expired"
    wanted = set(service.scopes.split()) - NEVER_TOLD
    granted = str(answer.get("scope") or service.scopes).split()
    if not wanted <= set(granted):
        return "scope_missing"
    return LoggedIn(external_id=address, name=address, secrets=_kept(service, answer, ""))


def refresh(access: Access) -> Mapping[str, Secret] | None:
    """None: there is no token to renew, or the service takes it no more."""
    service, old = BY_NAME.get(access.secret(SERVICE)), access.secret(REFRESH_TOKEN)
    if service is None or not old:
        return None
    answer = _tokens(access, service, {"grant_type": "refresh_token", "refresh_token": old})
    return None if answer is None else _kept(service, answer, old)


def _tokens(access: Access, service: Service, form: Mapping[str, str]) -> Mapping[str, object] | None:
    """None: refused. Raises `Unavailable`."""
    app = _app(access, service)
    url = _page(access, service, service.token, "token")
    told = ask(access.client, "POST", url, form={**form, "client_id": app.id, "client_secret": app.secret.reveal()})
    if not isinstance(told, Answer) or told.status >= 500 or told.status == 429:
        raise Unavailable("provider_unavailable", "The mail service does not answer now; try again.")
    facts = object_of(told.body)
    return facts if told.status == 200 and facts.get("access_token") else None


def _kept(service: Service, answer: Mapping[str, object], old: str) -> dict[str, Secret]:
    """A service that gives no new refresh token lets us keep the old one."""
    lasts = answer.get("expires_in")
    seconds = int(lasts) if isinstance(lasts, int | float) or (isinstance(lasts, str) and lasts.isdigit()) else 3600
    return {
        ACCESS_TOKEN: Secret(str(answer["access_token"])),
        REFRESH_TOKEN: Secret(str(answer.get("refresh_token") or old)),
        EXPIRES_AT: Secret(str(int(datetime.now(UTC).timestamp()) + seconds)),
        SERVICE: Secret(service.name),
    }


def _service(address: str) -> Service:
    if not is_address(address):
        raise Invalid([Problem(field="address", code="bad_address", sentence="address must be an e-mail address.")])
    service = service_of(address) or serving(mail_hosts(address.rpartition("@")[2]))
    if service is None:
        raise Conflict("no_login_page", "This mail service has no login page that we know; give us its password.")
    return service


def _app(access: Access, service: Service) -> App:
    app = access.apps.get(service.name) or access.app
    if app is None:
        raise Conflict("no_app", f"This installation has no application at {service.name}; set PARLEY_APPS.")
    return app


def _page(access: Access, service: Service, own: str, page: str) -> str:
    base = http_base(access)
    return own if base is None else f"{base}/{service.name}/{page}"


def _challenge(verifier: Secret) -> str:
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
