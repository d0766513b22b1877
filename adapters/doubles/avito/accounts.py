"""Avito's side: accounts with their chats, tokens that expire and rotate, webhooks, what accounts have sent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from secrets import token_urlsafe
from time import time
from typing import Any

TOKEN_LASTS = 86_400
SELLER, ITEM = 141_906_442, 7_463_793_992


class Refusal(Exception):
    """Avito's error: its status, and the same number in the body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Said:
    """A message that an account sent by the interface. `image` = the id of an uploaded picture."""

    account: int
    chat: str
    text: str
    message_id: str
    image: str | None = None


@dataclass
class Chat:
    """About one advertisement, between our account and one customer."""

    id: str
    account: int
    customer: int
    name: str
    item: int = ITEM
    messages: list[dict[str, Any]] = field(default_factory=list)
    unread: bool = False

    def shown(self) -> dict[str, Any]:
        users = [{"id": self.customer, "name": self.name, "public_user_profile": {"avatar": {"default": ""}}}]
        facts = {"id": self.id, "created": 1_571_412_836, "updated": self.updated, "users": users}
        context = {"type": "item", "value": {"id": self.item, "title": "Chair", "price_string": "300 ₽"}}
        return facts | {"context": context, "last_message": self.messages[-1] if self.messages else None}

    @property
    def updated(self) -> int:
        return int(self.messages[-1]["created"]) if self.messages else 0


@dataclass
class Account:
    """`paid`: has it a tariff with messages? Without, everything about messages is 402."""

    id: int
    name: str
    paid: bool = True
    webhook: str | None = None
    chats: dict[str, Chat] = field(default_factory=dict)

    def self(self) -> dict[str, Any]:
        facts = {"id": self.id, "name": self.name, "email": "shop@example.org", "phone": "79990000000"}
        return facts | {"phones": ["79990000000"], "profile_url": f"https://avito.example/user/{self.id}/profile"}


@dataclass(frozen=True, slots=True)
class Holder:
    account: int
    scopes: frozenset[str]
    until: float


@dataclass
class Avito:
    accounts: dict[int, Account] = field(default_factory=dict)
    tokens: dict[str, Holder] = field(default_factory=dict)
    refreshers: dict[str, Holder] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def grant(self, account: int, scopes: frozenset[str]) -> dict[str, Any]:
        """A pair of tokens. The access token lasts a day, the other until it is used."""
        holder = Holder(account, scopes, time() + TOKEN_LASTS)
        access, refresher = token_urlsafe(16), token_urlsafe(16)
        self.tokens[access], self.refreshers[refresher] = holder, holder
        facts = {"access_token": access, "refresh_token": refresher, "expires_in": TOKEN_LASTS, "token_type": "Bearer"}
        return facts | {"scope": ",".join(sorted(scopes))}

    def expire(self) -> None:
        """Every access token is a day old."""
        with self.lock:
            self.tokens = {one: Holder(holder.account, holder.scopes, 0) for one, holder in self.tokens.items()}

    def revoke(self, account: int) -> None:
        """The seller has withdrawn his consent: neither token counts any more."""
        with self.lock:
            for tokens in (self.tokens, self.refreshers):
                for one in [token for token, holder in tokens.items() if holder.account == account]:
                    del tokens[one]

    def holder(self, headers: Mapping[str, str], needs: str) -> Account:
        """Whose token a request carries. Raises 401 for none that we know, 403 for an old one or too small a one."""
        found = self.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        if found is None:
            raise Refusal(401, "Unauthorized")
        if found.until <= time() or needs not in found.scopes:
            raise Refusal(403, "Forbidden")
        return self.accounts[found.account]

    def message_id(self) -> str:
        return f"{next(self.numbers):032x}"
