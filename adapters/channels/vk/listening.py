"""Our callback server in a community: set up, found again, confirmed, removed.

VK takes at most ten servers a community, a title of 14 characters and a key of 50, and calls the address for the
community's code before it brings anything. The server's number is remembered, so that only ours is changed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import Access
from adapters.channels.vk.calls import VERSION, Refused, asked, unavailable
from adapters.channels.vk.login import NEEDED, permissions
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.errors import Conflict, Unavailable

SERVER = "callback_server"
TITLE = "Parley"
LIMIT_REACHED = 2000
EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_typing_state",
    "message_event",
)
_REFUSALS = {
    LIMIT_REACHED: (
        "too_many_servers",
        "The group has ten callback servers already; remove one there, then save again.",
    ),
}
_REFUSED = ("webhook_refused", "VK does not take this address, or the token may not manage the group.")


def set_webhook(access: Access, url: str, secret: Secret) -> Mapping[str, Secret]:
    try:
        number = _server(access, {"url": url, "title": TITLE, "secret_key": secret.reveal()})
        wanted = dict.fromkeys(EVENTS, "1") | {"api_version": VERSION, "server_id": number}
        asked(access, "groups.setCallbackSettings", _of(access, wanted))
    except Refused as refusal:
        raise Conflict(*_REFUSALS.get(refusal.code, _REFUSED)) from None
    return {SERVER: Secret(number)}


def delete_webhook(access: Access) -> bool:
    number = access.secret(SERVER)
    if not number:
        return False
    try:
        asked(access, "groups.deleteCallbackServer", _of(access, {"server_id": number}))
    except (Refused, Unavailable):
        return False
    return True


def confirmation(access: Access) -> str:
    """The code by which VK knows that the address is the community's; it changes, so it is never kept."""
    try:
        code = asked(access, "groups.getCallbackConfirmationCode", _of(access, {}))
    except Refused:
        raise unavailable() from None
    known = code.get("code") if isinstance(code, Mapping) else None
    if not isinstance(known, str):
        raise unavailable()
    return known


def trouble(access: Access) -> Degradation | None:
    """Is the token still one, with its rights, and are the community's messages on?

    That `can_message` tells it to the community's own token too is unconfirmed; where VK leaves it out, nobody knows.
    """
    try:
        if not permissions(access) >= NEEDED:
            return "authorisation"
        found = asked(access, "groups.getById", {**_of(access, {}), "fields": "can_message"})
    except Refused:
        return "authorisation"
    groups = found.get("groups") if isinstance(found, Mapping) else None
    first = groups[0] if isinstance(groups, list) and groups and isinstance(groups[0], Mapping) else {}
    return "receiving_disabled" if first.get("can_message", 1) == 0 else None


def _server(access: Access, described: Mapping[str, str]) -> str:
    """The number of our server, as it is described; one that has failed is tried again."""
    for one in _servers(access):
        if str(one.get("id")) == access.secret(SERVER) or one.get("url") == described["url"]:
            number = str(one.get("id"))
            same = all(one.get(name) == value for name, value in described.items())
            if not same or one.get("status") != "ok":
                asked(access, "groups.editCallbackServer", _of(access, {**described, "server_id": number}))
            return number
    added = asked(access, "groups.addCallbackServer", _of(access, described))
    if not isinstance(added, Mapping) or "server_id" not in added:
        raise unavailable()
    return str(added["server_id"])


def _servers(access: Access) -> list[Mapping[str, Any]]:
    listed = asked(access, "groups.getCallbackServers", _of(access, {}))
    items = listed.get("items", []) if isinstance(listed, Mapping) else []
    return [one for one in items if isinstance(one, Mapping)]


def _of(access: Access, fields: Mapping[str, str]) -> dict[str, str]:
    return {"group_id": access.account, **fields}
