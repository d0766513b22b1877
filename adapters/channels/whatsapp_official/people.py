"""Who wrote: his number, the id that stands for it, his name; and when, for the Cloud API tells times as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.channels.whatsapp_official.models import Contact, Message

LAST_MOMENT = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Person:
    """`id` None: nobody is named. `facts` = what `Inbound` says of him."""

    id: str | None
    facts: dict[str, Any] = field(default_factory=dict)


def person(message: Message, contacts: Sequence[Contact]) -> Person:
    """His number comes first: it is what he was known by before there were usernames."""
    card = _card(message, contacts)
    number = message.sender or (card.wa_id if card else None)
    hidden = message.from_user_id or (card.user_id if card else None)
    profile = card.profile if card else None
    facts = {
        "sender_id": number or hidden,
        "sender_name": profile.name or None if profile else None,
        "sender_username": profile.username or None if profile else None,
        "sender_phone": number,
        "sender_also": (hidden,) if hidden and number else None,
    }
    return Person(number or hidden, facts)


def moment(timestamp: Any) -> float | None:
    """Seconds. A message is not lost because its time cannot be read (E05)."""
    text = str(timestamp)
    whole = text.isascii() and text.isdigit() and not isinstance(timestamp, bool)
    return float(int(text)) if whole and len(text) <= 12 and int(text) <= LAST_MOMENT else None


def _card(message: Message, contacts: Sequence[Contact]) -> Contact | None:
    """The contact of this message: by number or id, else the only one that there is."""
    for one in contacts:
        if one.wa_id is not None and one.wa_id == message.sender:
            return one
        if one.user_id is not None and one.user_id == message.from_user_id:
            return one
    return contacts[0] if len(contacts) == 1 else None
