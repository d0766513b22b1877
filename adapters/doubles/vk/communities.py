"""VK's side: people, communities with their callback servers, tokens, and what communities have sent."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import count
from secrets import token_urlsafe
from typing import Any, Literal

MOST_SERVERS = 10
ADMINISTRATOR = 3
Status = Literal["unconfigured", "failed", "wait", "ok"]
COMMUNITY_SCOPES = frozenset({"manage", "messages", "photos", "docs"})


class Refusal(Exception):
    """VK's error, answered with status 200."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.more = code, message, more


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a community sent."""

    group: int
    chat: str
    text: str
    message_id: int
    random_id: int
    reply_to: int | None = None
    attachments: tuple[str, ...] = ()


@dataclass
class Person:
    id: int
    name: str
    allows: set[int] = field(default_factory=set)
    bans: set[int] = field(default_factory=set)
    """Communities that he let write to him, and those whose messages he has forbidden."""

    def profile(self) -> dict[str, Any]:
        first, _, last = self.name.partition(" ")
        photo = f"https://sun1.userapi.example/{self.id}.jpg"
        return {"id": self.id, "first_name": first, "last_name": last, "photo_200": photo, "is_closed": False}


@dataclass
class CallbackServer:
    """`events` = the kinds of call that were asked for; nothing comes before the address is confirmed (`ok`)."""

    id: int
    url: str
    title: str
    secret_key: str = ""
    status: Status = "unconfigured"
    version: str = "5.199"
    events: frozenset[str] = frozenset()

    def shown(self) -> dict[str, Any]:
        facts = {"id": self.id, "title": self.title, "creator_id": 1, "url": self.url}
        return facts | {"secret_key": self.secret_key, "status": self.status}


@dataclass
class Community:
    """`receives`: its messages are switched on. `admins` may log in for it; `code` confirms callback servers."""

    id: int
    name: str
    admins: set[int] = field(default_factory=set)
    receives: bool = True
    code: str = "a1b2c3d4"
    servers: dict[int, CallbackServer] = field(default_factory=dict)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    by_random_id: dict[tuple[int, int], int] = field(default_factory=dict)

    def shown(self, *, extended: bool = True, viewer: int | None = None) -> dict[str, Any]:
        facts: dict[str, Any] = {"id": self.id, "name": self.name, "screen_name": f"club{self.id}", "type": "group"}
        if viewer in self.admins:
            facts |= {"is_admin": 1, "admin_level": ADMINISTRATOR}
        return facts | ({"can_message": int(self.receives)} if extended else {})


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is: a person's, or a community's."""

    person: int | None = None
    group: int | None = None
    scopes: frozenset[str] = frozenset()


@dataclass
class Vk:
    people: dict[int, Person] = field(default_factory=dict)
    communities: dict[int, Community] = field(default_factory=dict)
    tokens: dict[str, Holder] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)
    uploads: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def person(self, number: int, name: str = "Anna Orlova") -> Person:
        """He exists from the first time that he is named."""
        return self.people.setdefault(number, Person(number, name))

    def community(self, number: int) -> Community:
        found = self.communities.get(number)
        if found is None:
            raise Refusal(100, "One of the parameters specified was missing or invalid: group_id is undefined")
        return found

    def token(self, holder: Holder, token: str | None = None) -> str:
        made = token or f"vk1.a.{token_urlsafe(24)}"
        self.tokens[made] = holder
        return made

    def revoke(self, group: int) -> None:
        """Every token of this community is void, as after a change of its administrators."""
        with self.lock:
            self.tokens = {token: one for token, one in self.tokens.items() if one.group != group}

    def holder(self, token: str, needs: Collection[str] = ()) -> Holder:
        found = self.tokens.get(token)
        if found is None:
            raise Refusal(5, "User authorization failed: invalid access_token (4).")
        if not set(needs) <= found.scopes:
            raise Refusal(15, "Access denied: no access to call this method.")
        return found
