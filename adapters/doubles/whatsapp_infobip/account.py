"""Infobip's side of an account: numbers and where they forward to, templates, customers, what the numbers have sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DAY = 86_400.0
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass
class Sender:
    """A WhatsApp number. `url` = where its keyword forwards what comes in; `password` goes along (Basic)."""

    number: str
    name: str
    url: str | None = None
    password: str | None = None


@dataclass
class Customer:
    """`quiet_for`: seconds since his last message, None = he has never written. `here` False: no WhatsApp."""

    phone: str
    name: str
    quiet_for: float | None = None
    here: bool = True


@dataclass(frozen=True, slots=True)
class Template:
    """`text` with places `{{1}}`."""

    name: str
    language: str
    text: str
    status: str = "APPROVED"

    @property
    def places(self) -> int:
        return len(set(PLACE.findall(self.text)))

    def listed(self) -> dict[str, Any]:
        facts = {"id": f"{self.name}-{self.language}", "name": self.name, "language": self.language}
        return facts | {"status": self.status, "category": "UTILITY", "structure": {"body": {"text": self.text}}}


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a number sent. `id` = the one that came with it. `text` of a template is its wording, filled."""

    number: str
    chat: str
    id: str
    type: str
    text: str
    template: str | None = None
    content: dict[str, Any] | None = None


@dataclass
class Account:
    senders: dict[str, Sender] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)

    def customer(self, phone: str, name: str = "Frank") -> Customer:
        return self.customers.setdefault(phone, Customer(phone, name))


def now_text() -> str:
    """As in messages: no colon in the offset. Reports have one."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
