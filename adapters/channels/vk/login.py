"""Logging in at VK, in two steps: the person, for the list of his communities; then one community, for its token.

The person's token (VK ID, OAuth 2.1 with proof keys) is used once and not kept. The community's lasts until it is
revoked (unconfirmed), and comes in one of two forms: a list `groups`, or a field `access_token_<id>`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.channels.access import app_of
from adapters.channels.contract import Found, Going, LoggedIn
from adapters.channels.http_client import Access, Answer, ask
from adapters.channels.keys import TOKEN
from adapters.channels.text import object_of
from adapters.channels.vk.calls import VERSION, Refused, asked, id_url, oauth_url, unavailable
from adapters.vault.secrets import Secret
from domain.channel import LoginFailure
from domain.errors import Conflict

PERSON_SCOPE = "groups"
COMMUNITY_SCOPES = "messages,manage,photos,docs"
NEEDED = frozenset({"messages", "manage"})
PAGE = 1000
MOST_PAGES = 20


def login_url(access: Access, going: Going) -> str:
    proof = hashlib.sha256(going.verifier.reveal().encode()).digest()
    query = {
        "response_type": "code",
        "client_id": app_of(access).id,
        "scope": PERSON_SCOPE,
        "redirect_uri": going.redirect,
        "state": going.state,
        "code_challenge": base64.urlsafe_b64encode(proof).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{id_url(access)}/authorize?{urlencode(query)}"


def logged_in(access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
    """With every community that he administers, whether it can be connected or not (B02)."""
    if "error" in query or not query.get("code"):
        return "denied"
    facts = _person_token(access, going, query)
    token = facts.get("access_token")
    if not isinstance(token, str) or not token:
        return "expired"
    try:
        objects = _administered(access, token)
        person = _person(access, token)
    except Refused:
        return "scope_missing"
    if not objects:
        return "not_admin"
    scopes = tuple(str(facts.get("scope") or PERSON_SCOPE).split())
    return LoggedIn(external_id=str(facts.get("user_id", "")), name=person, scopes=scopes, objects=objects)


def chosen_url(access: Access, going: Going, external_id: str) -> str:
    query = {
        "client_id": app_of(access).id,
        "group_ids": external_id,
        "scope": COMMUNITY_SCOPES,
        "redirect_uri": going.redirect,
        "response_type": "code",
        "state": going.state,
        "v": VERSION,
    }
    return f"{oauth_url(access)}/authorize?{urlencode(query)}"


def chosen(access: Access, going: Going, external_id: str, query: Mapping[str, str]) -> Mapping[str, Secret]:
    """The community's token, if it may do what a channel needs. Raises `Conflict`, `Unavailable`."""
    code = query.get("code")
    if "error" in query or not code:
        raise Conflict("denied", "The community's messages were not given to us; choose it again and allow it.")
    form = {
        "client_id": app_of(access).id,
        "client_secret": app_of(access).secret.reveal(),
        "redirect_uri": going.redirect,
        "code": code,
    }
    token = community_token(_posted(access, f"{oauth_url(access)}/access_token", form), external_id)
    if token is None:
        raise Conflict("denied", "VK has given no token for this community; choose it again.")
    try:
        if not permissions(access, token) >= NEEDED:
            raise Conflict(
                "scope_missing", "The community's token may not read and write messages or manage the group."
            )
    except Refused:
        raise Conflict(
            "denied", "VK does not accept the token that it has just given; choose the group again."
        ) from None
    return {TOKEN: Secret(token)}


def community_token(facts: Mapping[str, Any], group: str) -> str | None:
    """The token of this community, in either of the two forms that VK's pages show."""
    listed = facts.get("groups")
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    found = [one.get("access_token") for one in rows if str(one.get("group_id")) == group]
    token = found[0] if found else facts.get(f"access_token_{group}")
    return token if isinstance(token, str) and token else None


def _person_token(access: Access, going: Going, query: Mapping[str, str]) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "code_verifier": going.verifier.reveal(),
        "client_id": app_of(access).id,
        "device_id": query.get("device_id", ""),
        "redirect_uri": going.redirect,
        "state": going.state,
    }
    return _posted(access, f"{id_url(access)}/oauth2/auth", form)


def _posted(access: Access, url: str, form: Mapping[str, str]) -> dict[str, Any]:
    answer = ask(access.client, "POST", url, form=form)
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        raise unavailable()
    return object_of(answer.body)


def _administered(access: Access, token: str) -> tuple[Found, ...]:
    found: list[Found] = []
    for page in range(MOST_PAGES):
        fields = {"filter": "admin", "extended": "1", "fields": "can_message", "count": str(PAGE)}
        listed = asked(access, "groups.get", {**fields, "offset": str(page * PAGE)}, token=token)
        items = listed.get("items", []) if isinstance(listed, Mapping) else []
        found += [_found(one) for one in items if isinstance(one, Mapping) and isinstance(one.get("id"), int)]
        if len(items) < PAGE:
            break
    return tuple(found)


def _found(group: Mapping[str, Any]) -> Found:
    """`can_message` 0: messages are switched off there (B04). VK may leave it out: then nobody knows."""
    receives = group.get("can_message", 1) != 0
    return Found(external_id=str(group["id"]), name=str(group.get("name", "")), receives_messages=receives)


def _person(access: Access, token: str) -> str:
    people = asked(access, "users.get", {}, token=token)
    first = people[0] if isinstance(people, list) and people and isinstance(people[0], Mapping) else {}
    return " ".join(str(first.get(part, "")) for part in ("first_name", "last_name")).strip()


def permissions(access: Access, token: str | None = None) -> frozenset[str]:
    """What the community's token may do. Raises `Refused`, `Unavailable`."""
    granted = asked(access, "groups.getTokenPermissions", {}, token=token)
    rows = granted.get("permissions", []) if isinstance(granted, Mapping) else []
    return frozenset(str(one.get("name")) for one in rows if isinstance(one, Mapping))
