"""Methods about communities: whose they are, what a token may do, callback servers, settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.doubles.server import LOOPBACK
from adapters.doubles.vk.callbacks import CONFIRMATION, Callbacks
from adapters.doubles.vk.communities import MOST_SERVERS, CallbackServer, Community, Holder, Refusal, Vk

Fields = Mapping[str, str]
_NEAR = frozenset({LOOPBACK, "localhost", "::1"})
LONGEST_TITLE = 14
LONGEST_KEY = 50
NO_EVENTS = frozenset({"group_id", "server_id", "api_version", CONFIRMATION})


def groups_get(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    if holder.person is None:
        raise Refusal(27, "Group authorization failed: method is unavailable with group auth.")
    if "groups" not in holder.scopes:
        raise Refusal(7, "Permission to perform this action is denied")
    mine = [one for one in vk.communities.values() if holder.person in one.admins or fields.get("filter") != "admin"]
    first = int(fields.get("offset", "0"))
    page = mine[first : first + min(int(fields.get("count", "1000")), 1000)]
    extended = fields.get("extended") == "1"
    wanted = "can_message" in fields.get("fields", "")
    items = [one.shown(extended=wanted, viewer=holder.person) if extended else one.id for one in page]
    return {"count": len(mine), "items": items}


def groups_get_by_id(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    named = fields.get("group_ids") or fields.get("group_id") or str(holder.group or "")
    wanted = "can_message" in fields.get("fields", "")
    found = [vk.community(int(one)) for one in named.split(",") if one.isdigit()]
    return {"groups": [one.shown(extended=wanted, viewer=holder.person) for one in found], "profiles": []}


def get_token_permissions(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    if holder.group is None:
        raise Refusal(27, "Group authorization failed: method is available only with group auth.")
    bits = {"photos": 4, "docs": 131_072, "manage": 262_144, "messages": 4_096}
    granted = [{"name": name, "setting": bits[name]} for name in sorted(holder.scopes) if name in bits]
    return {"mask": sum(one["setting"] for one in granted if isinstance(one["setting"], int)), "permissions": granted}


def get_settings(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community = managed(vk, holder, fields)
    return {"title": community.name, "messages": int(community.receives), "bots_capabilities": 1}


def set_settings(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community = managed(vk, holder, fields)
    if "messages" in fields:
        community.receives = fields["messages"] == "1"
    return 1


def get_confirmation_code(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    return {"code": managed(vk, holder, fields).code}


def get_servers(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    servers = managed(vk, holder, fields).servers.values()
    return {"count": len(servers), "items": [one.shown() for one in servers]}


def add_server(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community = managed(vk, holder, fields)
    if len(community.servers) >= MOST_SERVERS:
        raise Refusal(2000, "Servers number limit was reached")
    described = _described(fields)
    server = CallbackServer(next(vk.numbers), described["url"], described["title"], described["secret_key"])
    community.servers[server.id] = server
    callbacks.confirm(community, server)
    return {"server_id": server.id}


def edit_server(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    """A changed address has to be confirmed anew, and one that has failed gets another chance."""
    community, server = _server(vk, holder, fields)
    before, described = (server.url, server.secret_key), _described(fields)
    server.url, server.title, server.secret_key = described["url"], described["title"], described["secret_key"]
    if (server.url, server.secret_key) != before or server.status != "ok":
        callbacks.confirm(community, server)
    return 1


def delete_server(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community, server = _server(vk, holder, fields)
    del community.servers[server.id]
    return 1


def set_callback_settings(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    _, server = _server(vk, holder, fields)
    server.version = fields.get("api_version", server.version)
    told = {name for name, value in fields.items() if value in ("0", "1")} - NO_EVENTS
    server.events = (server.events - told) | {name for name in told if fields[name] == "1"}
    return 1


def get_callback_settings(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    _, server = _server(vk, holder, fields)
    return {"api_version": server.version, "events": dict.fromkeys(sorted(server.events), 1)}


def managed(vk: Vk, holder: Holder, fields: Fields) -> Community:
    """The community that is meant, if whoever asks may manage it."""
    named = fields.get("group_id", "")
    community = vk.community(int(named) if named.isdigit() else 0)
    administers = holder.person in community.admins and "groups" in holder.scopes
    if not administers and not (holder.group == community.id and "manage" in holder.scopes):
        raise Refusal(15, "Access denied: no access to manage this community.")
    return community


def _server(vk: Vk, holder: Holder, fields: Fields) -> tuple[Community, CallbackServer]:
    community = managed(vk, holder, fields)
    named = fields.get("server_id", "")
    server = community.servers.get(int(named)) if named.isdigit() else None
    if server is None:
        raise Refusal(100, "One of the parameters specified was missing or invalid: server_id is invalid")
    return community, server


def _described(fields: Fields) -> dict[str, str]:
    url, title, key = fields.get("url", ""), fields.get("title", ""), fields.get("secret_key", "")
    for fits, name in ((urlsplit(url).hostname in _NEAR, "url"), (0 < len(title) <= LONGEST_TITLE, "title")):
        if not fits:
            raise Refusal(100, f"One of the parameters specified was missing or invalid: {name} is invalid")
    if len(key) > LONGEST_KEY:
        raise Refusal(100, "One of the parameters specified was missing or invalid: secret_key is too long")
    return {"url": url, "title": title, "secret_key": key}
