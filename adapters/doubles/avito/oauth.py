"""Logging in: the consent page, tokens for its code, and new ones for the second token, which then counts no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlencode

from adapters.doubles.avito.accounts import Avito
from adapters.doubles.server import Asked, Reply


@dataclass
class OAuth:
    """The page agrees at once in the name of `browser`, for `granted` of what is asked (None = all of it); it refuses
    while `browser` is None."""

    avito: Avito
    client_id: str
    client_secret: str
    redirect: str | None = None
    browser: int | None = None
    granted: frozenset[str] | None = None
    codes: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)

    def page(self, asked: Asked) -> Reply:
        """Avito sends him to the address that the application has registered; nothing in the query changes it."""
        query = asked.query()
        if query.get("client_id") != self.client_id or query.get("response_type") != "code" or self.redirect is None:
            return Reply(400, {"error": "invalid_request"})
        if self.browser is None:
            return self._back({"error": "access_denied"}, query)
        wanted = frozenset(query.get("scope", "").split(","))
        code = token_urlsafe(12)
        self.codes[code] = self.browser, wanted if self.granted is None else wanted & self.granted
        return self._back({"code": code}, query)

    def token(self, asked: Asked) -> Reply:
        form = asked.form()
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return Reply(401, {"error": "invalid_client"})
        with self.avito.lock:
            match form.get("grant_type"):
                case "authorization_code" if found := self.codes.pop(form.get("code", ""), None):
                    return Reply(200, self.avito.grant(*found))
                case "refresh_token" if holder := self.avito.refreshers.pop(form.get("refresh_token", ""), None):
                    self.avito.tokens = {t: one for t, one in self.avito.tokens.items() if one is not holder}
                    return Reply(200, self.avito.grant(holder.account, holder.scopes))
                case _:
                    return Reply(400, {"error": "invalid_grant"})

    def _back(self, facts: Mapping[str, str], query: Mapping[str, str]) -> Reply:
        told = urlencode({**facts, "state": query.get("state", "")})
        return Reply(302, None, {"location": f"{self.redirect}?{told}"})
