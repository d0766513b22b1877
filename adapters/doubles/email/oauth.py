"""The login pages of mail services: a code for a person with a browser, tokens for a code, new tokens for old ones.

`/{service}/authorize` and `/{service}/token`, as OAuth 2 has them. Codes count once; a refreshed token ends the one
before it, and so does its refresh token where `rotates` says so (Microsoft).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlencode

from adapters.doubles.email.mailboxes import Mailbox, Mailboxes
from adapters.doubles.server import Asked, Reply


@dataclass(frozen=True, slots=True)
class Grant:
    box: Mailbox
    redirect: str
    challenge: str
    scope: str


@dataclass
class OAuth:
    """`browser` = whose mailbox the person at the browser has; None: he refuses. `lasts` in seconds. `scope`: what is
    granted, None = all that was asked for."""

    mailboxes: Mailboxes
    client_id: str
    client_secret: str
    browser: str | None = None
    lasts: int = 3600
    rotates: bool = True
    scope: str | None = None
    codes: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        if asked.route.endswith("/authorize"):
            return self._page(asked.query())
        if asked.route.endswith("/token"):
            return self._token(asked.form())
        return Reply(404)

    def _page(self, query: Mapping[str, str]) -> Reply:
        box = self.mailboxes.of(self.browser or "")
        back = {"state": query.get("state", "")}
        if query.get("client_id") != self.client_id:
            return Reply(400, {"error": "unauthorized_client"})
        if box is None:
            return _redirect(query, back | {"error": "access_denied"})
        code = token_urlsafe(16)
        granted = query.get("scope", "") if self.scope is None else self.scope
        self.codes[code] = Grant(box, query.get("redirect_uri", ""), query.get("code_challenge", ""), granted)
        return _redirect(query, back | {"code": code})

    def _token(self, form: Mapping[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return Reply(401, {"error": "invalid_client"})
        match form.get("grant_type"):
            case "authorization_code":
                grant = self.codes.pop(form.get("code", ""), None)
                right = grant is not None and grant.redirect == form.get("redirect_uri") and _proved(grant, form)
            case "refresh_token":
                old = form.get("refresh_token", "")
                grant = self.refresh_tokens.pop(old, None) if self.rotates else self.refresh_tokens.get(old)
                right = grant is not None
            case _:
                return Reply(400, {"error": "unsupported_grant_type"})
        return self._tokens(grant) if right and grant is not None else Reply(400, {"error": "invalid_grant"})

    def _tokens(self, grant: Grant) -> Reply:
        access, refresh = f"ya29.{token_urlsafe(24)}", f"1//{token_urlsafe(24)}"
        grant.box.tokens.clear()
        grant.box.tokens.add(access)
        self.refresh_tokens[refresh] = grant
        body = {"access_token": access, "token_type": "Bearer", "expires_in": self.lasts, "scope": grant.scope}
        return Reply(200, body | {"refresh_token": refresh})


def _proved(grant: Grant, form: Mapping[str, str]) -> bool:
    if not grant.challenge:
        return True
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == grant.challenge


def _redirect(query: Mapping[str, str], back: Mapping[str, str]) -> Reply:
    return Reply(302, headers={"location": f"{query.get('redirect_uri', '')}?{urlencode(back)}"})
