"""MessageBird's side of an account: channels with their numbers, conversations, templates, webhooks, what was sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DAY = 86_400.0
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Channel:
    """A WhatsApp number. That it tells its number is this double's own: no such call is documented."""

    id: str
    phone: str
    name: str

    def shown(self) -> dict[str, Any]:
        facts = {"id": self.id, "name": self.name, "platformId": "whatsapp", "status": "active"}
        return facts | {"phoneNumber": self.phone}

    def in_conversation(self) -> dict[str, Any]:
        return {name: value for name, value in self.shown().items() if name != "phoneNumber"}


@dataclass
class Customer:
    """`quiet_for`: seconds since his last message, None = he has never written. `here` False: no WhatsApp."""

    phone: str
    first_name: str
    last_name: str = ""
    quiet_for: float | None = None
    here: bool = True

    def contact(self) -> dict[str, Any]:
        facts = {"id": f"contact-{self.phone}", "msisdn": int(self.phone), "displayName": ""}
        return facts | {"firstName": self.first_name, "lastName": self.last_name}


@dataclass(frozen=True, slots=True)
class Template:
    """`text` with places `{{1}}`."""

    name: str
    language: str
    text: str
    status: str = "APPROVED"

    def listed(self) -> dict[str, Any]:
        facts = {"name": self.name, "language": self.language, "status": self.status, "category": "UTILITY"}
        return facts | {"components": [{"type": "BODY", "text": self.text}]}


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a channel sent. `text` of a template is its wording, filled."""

    channel: str
    chat: str
    conversation: str
    id: str
    type: str
    text: str
    template: str | None = None
    content: dict[str, Any] | None = None


@dataclass
class Account:
    channels: dict[str, Channel] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sent: list[Said] = field(default_factory=list)

    def customer(self, phone: str, first_name: str = "Anna", last_name: str = "Orlova") -> Customer:
        return self.customers.setdefault(phone, Customer(phone, first_name, last_name))

    def conversation(self, channel: Channel, who: Customer) -> dict[str, Any]:
        known = f"{channel.id}~{who.phone}"
        self.messages.setdefault(known, [])
        facts = {"id": known, "contactId": f"contact-{who.phone}", "status": "active"}
        count = {"totalCount": len(self.messages[known]), "href": f"/v1/conversations/{known}/messages"}
        return facts | {"channels": [channel.in_conversation()], "lastUsedChannelId": channel.id, "messages": count}

    def conversations(self) -> list[dict[str, Any]]:
        pairs = [known.partition("~") for known in self.messages]
        return [self.conversation(self.channels[channel], self.customers[phone]) for channel, _, phone in pairs]


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
