"""WhatsApp's side: numbers of a business account, approved templates, customers, and what the numbers have sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

DAY = 86_400.0
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass
class Number:
    id: str
    phone: str
    name: str
    waba: str
    registered: bool = True


@dataclass(frozen=True, slots=True)
class Template:
    """`text` with places `{{1}}` or `{{name}}`."""

    name: str
    language: str
    text: str
    status: str = "APPROVED"

    @property
    def places(self) -> int:
        return len(PLACE.findall(self.text))

    def listed(self) -> dict[str, Any]:
        names = PLACE.findall(self.text)
        form = "NAMED" if any(not name.isdigit() for name in names) else "POSITIONAL"
        body = {"type": "BODY", "text": self.text}
        facts = {"name": self.name, "language": self.language, "status": self.status, "category": "UTILITY"}
        return facts | {"parameter_format": form, "components": [body]}


@dataclass
class Customer:
    """`user_id` = what stands for his number (BSUID); `hidden`: a username hides the number. `quiet_for`: seconds since
    his last message, None = he has never written. `here` False: the number has no WhatsApp."""

    phone: str
    name: str
    user_id: str
    username: str | None = None
    hidden: bool = False
    quiet_for: float | None = None
    here: bool = True

    @property
    def id(self) -> str:
        return self.user_id if self.hidden else self.phone

    def card(self) -> dict[str, Any]:
        profile = {"name": self.name} | ({"username": self.username} if self.username else {})
        return {"profile": profile, "user_id": self.user_id} | ({} if self.hidden else {"wa_id": self.phone})

    def sender(self) -> dict[str, str]:
        return {"from_user_id": self.user_id} | ({} if self.hidden else {"from": self.phone})


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a number sent. `text` of a template is its wording, filled."""

    number: str
    chat: str
    id: str
    type: str
    text: str
    key: str | None = None
    reply_to: str | None = None
    template: str | None = None
    content: dict[str, Any] | None = None


@dataclass
class Media:
    name: str
    mime: str
    content: bytes


@dataclass
class Book:
    """`overrides` = by business account the address that asked to be told, and `subscribed` those that are heard."""

    numbers: dict[str, Number] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)

    def customer(self, phone: str, name: str = "Anna Orlova") -> Customer:
        return self.customers.setdefault(phone, Customer(phone, name, f"RU.{phone}"))

    def known(self, to: str, recipient: str) -> Customer | None:
        """By number, or by the id that stands for it."""
        digits = "".join(one for one in to if one.isdigit())
        by_id = (one for one in self.customers.values() if recipient and one.user_id == recipient)
        return self.customer(digits) if digits else next(by_id, None)
