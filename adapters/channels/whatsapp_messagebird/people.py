"""Who wrote: his number in digits, which is what he is known by and written to; without one, MessageBird's own id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from adapters.channels.whatsapp_messagebird.models import Contact, Message


@dataclass(frozen=True, slots=True)
class Person:
    """`id` None: nobody is named."""

    id: str | None
    name: str | None = None
    phone: str | None = None


def person(message: Message, contact: Any) -> Person:
    """The contact tells it best; of a message alone, the customer is at the other end than we are."""
    card = _card(contact)
    other = message.sender if message.direction == "received" else message.to
    phone = (card.msisdn if card else None) or (other if isinstance(other, str) and digits(other) else None)
    known = digits(phone or "") or (card.id if card else None)
    return Person(known, _name(card) if card else None, phone)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _card(contact: Any) -> Contact | None:
    """None: there is none, or it cannot be read; the message is not lost for it."""
    try:
        return Contact.model_validate(contact)
    except ValidationError:
        return None


def _name(card: Contact) -> str | None:
    parts = (card.first_name, card.last_name)
    both = " ".join(one.strip() for one in parts if isinstance(one, str) and one.strip())
    shown = card.display_name if isinstance(card.display_name, str) else ""
    return shown.strip() or both or None
