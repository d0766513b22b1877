"""Telegram's side of a bot's chats: customers, their messages, the numbers that Telegram gives, what the bot sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Any

FIRST_UPDATE = 700_000_001


@dataclass(frozen=True, slots=True)
class SentFile:
    """`field`: photo, video, audio or document."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the bot sent; with a file `text` is its caption."""

    chat: str
    text: str
    message_id: int
    reply_to: int | None = None
    file: SentFile | None = None


@dataclass
class Customer:
    chat: int
    name: str
    username: str | None = None
    blocked: bool = False

    def user(self) -> dict[str, Any]:
        first, _, last = self.name.partition(" ")
        known = {"id": self.chat, "is_bot": False, "first_name": first, "language_code": "ru"}
        return known | ({"last_name": last} if last else {}) | ({"username": self.username} if self.username else {})

    def private(self) -> dict[str, Any]:
        known = {name: value for name, value in self.user().items() if name.endswith("name")}
        return known | {"id": self.chat, "type": "private"}


@dataclass
class Bot:
    """One bot with its token. Message ids grow over all chats, update ids over all updates."""

    token: str
    id: int
    name: str
    username: str
    customers: dict[int, Customer] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    message_ids: count[int] = field(default_factory=lambda: count(1))
    update_ids: count[int] = field(default_factory=lambda: count(FIRST_UPDATE))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def me(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.name,
            "username": self.username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def file(self, content: bytes) -> str:
        """The id of a file that a customer has sent."""
        ident = f"AgACAgI{len(self.files)}"
        self.files[ident] = content
        return ident

    def customer(self, chat: int, name: str) -> Customer:
        """The customer of this chat; he exists from the first time that he is named."""
        return self.customers.setdefault(chat, Customer(chat, name))

    def message(self, who: Customer, at: int, content: dict[str, Any]) -> dict[str, Any]:
        return {
            "message_id": next(self.message_ids),
            "from": who.user(),
            "chat": who.private(),
            "date": at,
            **content,
        }

    def update(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"update_id": next(self.update_ids), kind: body}
