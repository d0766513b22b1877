"""Logging in at Facebook: the pages that a person administers, each with what he may do there and a token of its own.

A person may tick pages one by one; some of those Graph leaves out of his list and tells only when asked for each.
Whether a page takes messages at all no field says: its conversations are asked for, and a page that has them switched
off refuses with an error of its own (unconfirmed for pages that were never written to).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.channels.access import app_of
from adapters.channels.contract import Found, Going, LoggedIn
from adapters.channels.graph import VERSION, app_token, asked, base_of, error_code, facts_of, segment
from adapters.channels.graph_body import items
from adapters.channels.http_client import Access
from adapters.channels.keys import TOKEN
from adapters.vault.secrets import Secret
from domain.channel import LoginFailure

SITE = "https://www.facebook.com"
LISTS = "pages_show_list"
WRITES = "pages_messaging"
SCOPES = (LISTS, WRITES, "pages_manage_metadata", "business_management")
FIELDS = "id,name,access_token,tasks"
TASKS = {"MESSAGE": "messaging"}
"""An older name of a task; the others are told in small letters."""
PAGEFUL = "100"
MOST_ANSWERS = 50
MESSAGES_OFF = 10904


def login_url(access: Access, going: Going) -> str:
    site = base_of(access) if access.base_url else f"{SITE}/{VERSION}"
    query = {
        "client_id": app_of(access).id,
        "redirect_uri": going.redirect,
        "state": going.state,
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "auth_type": "rerequest",
    }
    return f"{site}/dialog/oauth?{urlencode(query)}"


def logged_in(access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
    """With every page that he administers, whether it can be connected or not (B06)."""
    if "error" in query or not query.get("code"):
        return "denied"
    token = _person_token(access, going, query["code"])
    if token is None:
        return "expired"
    granted = _granted(access, token)
    if LISTS not in granted:
        return "scope_missing"
    person = facts_of(asked(access, "GET", "me", token=token, params={"fields": "id,name"}))
    pages = _pages(access, token, granted)
    if not pages:
        return "not_admin"
    return LoggedIn(
        external_id=str(person.get("id", "")),
        name=str(person.get("name", "")),
        scopes=tuple(sorted(granted)),
        objects=tuple(_found(access, one, granted) for one in pages),
    )


def _person_token(access: Access, going: Going, code: str) -> str | None:
    """A token that lasts: pages' tokens made from it do not end of themselves (unconfirmed)."""
    app = app_of(access)
    known = {"client_id": app.id, "client_secret": app.secret.reveal()}
    token = _token(access, {**known, "redirect_uri": going.redirect, "code": code})
    if token is None:
        return None
    return _token(access, {**known, "grant_type": "fb_exchange_token", "fb_exchange_token": token}) or token


def _token(access: Access, params: Mapping[str, str]) -> str | None:
    found = facts_of(asked(access, "GET", "oauth/access_token", token="", params=params)).get("access_token")
    return found if isinstance(found, str) and found else None


def _granted(access: Access, token: str) -> dict[str, tuple[str, ...]]:
    """What he granted, each with the pages for which; an empty tuple = for all."""
    params = {"input_token": token}
    data = facts_of(asked(access, "GET", "debug_token", token=app_token(app_of(access)), params=params)).get("data")
    facts = data if isinstance(data, Mapping) else {}
    granted: dict[str, tuple[str, ...]] = {str(scope): () for scope in items(facts, "scopes")}
    for one in items(facts, "granular_scopes"):
        if isinstance(one, Mapping) and one.get("scope") in granted:
            granted[str(one["scope"])] = tuple(str(id) for id in items(one, "target_ids"))
    return granted


def _pages(access: Access, token: str, granted: Mapping[str, tuple[str, ...]]) -> list[Mapping[str, Any]]:
    listed = {str(one["id"]): one for one in _listed(access, token)}
    for id in (one for one in granted[LISTS] if one not in listed):
        facts = facts_of(asked(access, "GET", segment(id), token=token, params={"fields": FIELDS}))
        if facts.get("access_token"):
            listed[id] = facts
    return list(listed.values())


def _listed(access: Access, token: str) -> Iterable[Mapping[str, Any]]:
    params = {"fields": FIELDS, "limit": PAGEFUL}
    for _ in range(MOST_ANSWERS):
        facts = facts_of(asked(access, "GET", "me/accounts", token=token, params=params))
        yield from (one for one in items(facts, "data") if isinstance(one, Mapping) and "id" in one)
        paging = facts.get("paging")
        after = (paging.get("cursors") or {}).get("after") if isinstance(paging, Mapping) else None
        if not after or "next" not in (paging or {}):
            return
        params = {**params, "after": str(after)}


def _found(access: Access, page: Mapping[str, Any], granted: Mapping[str, tuple[str, ...]]) -> Found:
    id, token = str(page["id"]), str(page.get("access_token") or "")
    tasks = [TASKS.get(str(task), str(task).lower()) for task in items(page, "tasks")]
    writes = WRITES in granted and (not granted[WRITES] or id in granted[WRITES])
    may = tuple(task for task in tasks if task != "messaging" or (writes and token))
    return Found(
        external_id=id,
        name=str(page.get("name", "")),
        permissions=may,
        receives_messages="messaging" not in may or receives(access, id, token),
        secrets={TOKEN: Secret(token)} if token else {},
    )


def receives(access: Access, id: str, token: str) -> bool:
    """Anything but the one refusal says nothing against the page."""
    answer = asked(access, "GET", f"{segment(id)}/conversations", token=token, params={"limit": "1"})
    return error_code(answer) != MESSAGES_OFF
