"""Logging in: VK ID for the person (OAuth 2.1 with proof keys), then the older page for a community's token.

The pages agree at once in the name of `OAuth.browser`, or refuse while it is None: the double of a person with a
browser. Codes count once.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlencode

from adapters.doubles.server import Asked, Reply
from adapters.doubles.vk.communities import COMMUNITY_SCOPES, Holder, Vk

DENIED = {"error": "access_denied", "error_description": "User denied your request"}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    person: int
    scopes: frozenset[str]
    redirect: str
    challenge: str = ""
    device: str = ""
    groups: tuple[int, ...] = ()


@dataclass
class OAuth:
    """`old_tokens`: the community's token comes in the older of two forms. `grants` = what the person agrees to."""

    vk: Vk
    client_id: str
    client_secret: str
    browser: int | None = None
    old_tokens: bool = False
    granted: frozenset[str] | None = None
    codes: dict[str, Grant] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply | None:
        """None: no page of this room."""
        match asked.route:
            case "/id/authorize":
                return self._person(asked.query())
            case "/id/oauth2/auth":
                return self._person_token(asked.form())
            case "/oauth/authorize":
                return self._community(asked.query())
            case "/oauth/access_token":
                return self._community_token({**asked.query(), **asked.form()})
            case _:
                return None

    def _person(self, query: Mapping[str, str]) -> Reply:
        if query.get("client_id") != self.client_id or query.get("code_challenge_method", "").upper() != "S256":
            return _bad("invalid_request")
        if self.browser is None:
            return _back(query, DENIED)
        scopes = frozenset(query.get("scope", "").split())
        given = scopes if self.granted is None else scopes & self.granted
        device, challenge = token_urlsafe(12), query.get("code_challenge", "")
        code = self._code(Grant(self.browser, given, query["redirect_uri"], challenge, device))
        return _back(query, {"code": code, "type": "code_v2", "device_id": device})

    def _person_token(self, form: Mapping[str, str]) -> Reply:
        grant = self.codes.pop(form.get("code", ""), None)
        if grant is None or form.get("grant_type") != "authorization_code":
            return _bad("invalid_grant")
        asked_by = (form.get("client_id"), form.get("redirect_uri"), form.get("device_id"))
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked_by != (self.client_id, grant.redirect, grant.device) or _plain(proof) != grant.challenge:
            return _bad("invalid_grant")
        token = self.vk.token(Holder(person=grant.person, scopes=grant.scopes))
        facts = {"access_token": token, "refresh_token": token_urlsafe(24), "token_type": "Bearer", "expires_in": 3600}
        more = {"user_id": grant.person, "state": form.get("state", ""), "scope": " ".join(sorted(grant.scopes))}
        return Reply(200, {**facts, **more})

    def _community(self, query: Mapping[str, str]) -> Reply:
        if query.get("client_id") != self.client_id or query.get("response_type") != "code":
            return _bad("invalid_request")
        groups = tuple(int(one) for one in query.get("group_ids", "").split(",") if one.isdigit())
        communities = [self.vk.communities.get(one) for one in groups]
        if self.browser is None or not all(one and self.browser in one.admins for one in communities):
            return _back(query, DENIED)
        wanted = frozenset(query.get("scope", "").split(",")) & COMMUNITY_SCOPES
        given = wanted if self.granted is None else wanted & self.granted
        return _back(query, {"code": self._code(Grant(self.browser, given, query["redirect_uri"], groups=groups))})

    def _community_token(self, form: Mapping[str, str]) -> Reply:
        grant = self.codes.pop(form.get("code", ""), None)
        known = (form.get("client_id"), form.get("client_secret")) == (self.client_id, self.client_secret)
        if grant is None or not grant.groups or not known or form.get("redirect_uri") != grant.redirect:
            return Reply(401, {"error": "invalid_grant", "error_description": "Code is invalid or expired."})
        made = {one: self.vk.token(Holder(group=one, scopes=grant.scopes)) for one in grant.groups}
        if self.old_tokens:
            return Reply(200, {**{f"access_token_{one}": token for one, token in made.items()}, "expires_in": 0})
        groups = [{"group_id": one, "access_token": token} for one, token in made.items()]
        return Reply(200, {"groups": groups, "expires_in": 0})

    def _code(self, grant: Grant) -> str:
        code = token_urlsafe(18)
        self.codes[code] = grant
        return code


def _back(query: Mapping[str, str], facts: Mapping[str, str]) -> Reply:
    where = query.get("redirect_uri", "")
    told = urlencode({**facts, "state": query.get("state", "")})
    return Reply(302, None, {"location": f"{where}{'&' if '?' in where else '?'}{told}"})


def _bad(error: str) -> Reply:
    return Reply(400, {"error": error, "error_description": "The request is not as it must be."})


def _plain(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
