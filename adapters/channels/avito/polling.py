"""The safety net: what stands unread at Avito is fetched every few minutes, in case a notification was lost.

Whether Avito repeats a notification, and for how long, is not published. What is found here becomes the same
notification as it would have been, so that a message which came both ways is one. Chats that somebody has read in
Avito's own pages in the meantime are not found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from adapters.channels.avito.calls import asked
from adapters.channels.contract import Polled
from adapters.channels.http_client import Access

EVERY = 180.0
PAGE = 100
MOST_PAGES = 10
OVERLAP = 120
"""Seconds that are looked at again: what was still on its way to the list when the last look was taken."""


def poll(access: Access, cursor: str) -> Polled:
    """`cursor` = the time of the newest message that was seen, and that of the newest which stood there when we began,
    in seconds since 1970 by Avito's clock."""
    seen, _, began = cursor.partition(" ")
    chats = list(_unread(access))
    newest = max([_moment(_part(chat, "last_message")) for chat in chats], default=0)
    if not (seen.isascii() and seen.isdigit()):
        return Polled((), f"{newest} {newest}")
    since = max(int(seen) - OVERLAP, int(began or 0))
    fresh = [chat for chat in chats if _moment(_part(chat, "last_message")) > since]
    found = [one for chat in fresh for one in _written_since(access, chat, since)]
    raws = tuple(
        _notification(access, chat, message) for chat, message in sorted(found, key=lambda one: _moment(one[1]))
    )
    return Polled(raws, f"{max(int(seen), newest)} {began or 0}")


def _unread(access: Access) -> Iterator[Mapping[str, Any]]:
    for page in range(MOST_PAGES):
        params = {"unread_only": "true", "chat_types": "u2i,u2u", "limit": str(PAGE), "offset": str(page * PAGE)}
        listed = asked(access, "GET", f"/messenger/v2/accounts/{access.account}/chats", params=params)
        chats = _rows(listed, "chats")
        yield from (one for one in chats if isinstance(one.get("id"), str))
        if len(chats) < PAGE:
            return


def _written_since(
    access: Access, chat: Mapping[str, Any], since: int
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The oldest first; Avito has the newest first."""
    path = f"/messenger/v3/accounts/{access.account}/chats/{quote(chat['id'], safe='')}/messages/"
    listed = asked(access, "GET", path, params={"limit": str(PAGE), "offset": "0"})
    return [(chat, one) for one in reversed(_rows(listed, "messages")) if _moment(one) > since]


def _notification(access: Access, chat: Mapping[str, Any], message: Mapping[str, Any]) -> bytes:
    """As Avito would have brought it, with the customer's name, which it does not bring."""
    about = {"chat_id": chat["id"], "user_id": int(access.account) if access.account.isdigit() else 0}
    item, context = _part(_part(chat, "context"), "value").get("id"), _part(chat, "context").get("type")
    names = {one.get("id"): one.get("name") for one in _rows(chat, "users")}
    more = {"item_id": item if context == "item" else None, "author_name": names.get(message.get("author_id"))}
    return json.dumps({"payload": {"type": "message", "value": {**message, **about, **more}}}).encode()


def _rows(facts: Any, name: str) -> list[Mapping[str, Any]]:
    """Messages come as a bare list, as the API's description has it, or under their name."""
    rows = facts.get(name) if isinstance(facts, Mapping) else facts
    return [one for one in rows if isinstance(one, Mapping)] if isinstance(rows, list) else []


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = facts.get(name)
    return part if isinstance(part, Mapping) else {}


def _moment(message: Mapping[str, Any]) -> int:
    created = message.get("created")
    return created if isinstance(created, int) and not isinstance(created, bool) else 0
