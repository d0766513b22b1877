"""Facebook's side: people with the pages that they administer, pages with their tokens, and what pages have sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ALL_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE")
SCOPES = ("pages_show_list", "pages_messaging", "pages_manage_metadata")


@dataclass
class Page:
    """`receives`: messages are switched on. `subscribed` = the fields that our application gets."""

    id: str
    name: str
    token: str
    receives: bool = True
    subscribed: frozenset[str] | None = None


@dataclass
class Person:
    """Somebody with an account: `tasks` by page. `granted` = what he lets the application do; `chosen` = the pages that
    he ticked in the login, None = all; `alone`: those that Graph tells only one by one."""

    id: str
    name: str
    tasks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    granted: tuple[str, ...] = SCOPES
    chosen: tuple[str, ...] | None = None
    alone: frozenset[str] = frozenset()


@dataclass
class Customer:
    psid: str
    name: str
    blocks: bool = False
    quiet_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a page sent."""

    page: str
    chat: str
    mid: str
    text: str
    messaging_type: str
    tag: str | None = None
    reply_to: str | None = None
    metadata: str | None = None
    attachment: dict[str, Any] | None = None


@dataclass
class Book:
    """All of it. `codes` of logins → who and where to; `users` = tokens of people."""

    pages: dict[str, Page] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def customer(self, psid: str, name: str = "Anna Orlova") -> Customer:
        return self.customers.setdefault(psid, Customer(psid, name))

    def page_of(self, token: str) -> Page | None:
        return next((page for page in self.pages.values() if token and page.token == token), None)
