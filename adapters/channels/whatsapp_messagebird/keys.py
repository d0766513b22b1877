"""Checking key and channel id, and finding the number behind them (C09, C10, C13).

No call is documented that leads from a channel id to its number (unconfirmed). We ask for the channel itself, as the
double answers it; where MessageBird does not know that call, the number is read from the channel's own conversations:
it stands in what a customer has sent to it. A channel that has no conversation yet is not found then: one message to
the number, from any WhatsApp, and the check succeeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.channels.contract import KeysFound
from adapters.channels.http_client import Access, Answer
from adapters.channels.text import object_of
from adapters.channels.whatsapp_messagebird.calls import CHANNEL_ID, asked, items, key_refused, segment
from adapters.channels.whatsapp_messagebird.people import digits
from adapters.vault.secrets import Secret

LOOKED_AT = "20"
NUMBERS = ("phoneNumber", "phone_number", "number", "identifier")


def check_keys(access: Access, typed: Mapping[str, Secret]) -> KeysFound:
    """Raises `Unavailable`. `secrets` = everything typed, by its name."""
    listed = asked(access, "GET", "conversations", params={"limit": LOOKED_AT})
    if key_refused(listed):
        return KeysFound(outcome="credentials_rejected")
    channel = typed.get(CHANNEL_ID, Secret("")).reveal()
    phone = _told(access, channel) or _overheard(access, listed, channel)
    if phone is None:
        return KeysFound(outcome="channel_id_unknown")
    return KeysFound(outcome="verified", phone=phone, secrets=typed)


def _told(access: Access, channel: str) -> str | None:
    """By the channel itself."""
    answer = asked(access, "GET", f"channels/{segment(channel)}")
    facts = object_of(answer.body) if answer.status == 200 else {}
    if str(facts.get("id")) != channel:
        return None
    return _first_number(facts.get(name) for name in NUMBERS)


def _overheard(access: Access, listed: Answer, channel: str) -> str | None:
    """In a conversation of the channel."""
    for one in items(listed):
        if channel not in _channels(one) or not isinstance(one.get("id"), str):
            continue
        said = asked(access, "GET", f"conversations/{segment(one['id'])}/messages", params={"limit": LOOKED_AT})
        ours = (message for message in items(said) if message.get("channelId") == channel)
        phone = _first_number(message.get("to") for message in ours if message.get("direction") == "received")
        if phone is not None:
            return phone
    return None


def _channels(conversation: Mapping[str, Any]) -> set[Any]:
    channels = conversation.get("channels")
    listed = channels if isinstance(channels, list) else []
    return {one.get("id") for one in listed if isinstance(one, Mapping) and isinstance(one.get("id"), str)}


def _first_number(values: Iterable[Any]) -> str | None:
    return next((found for one in values if (found := digits(str(one))) and len(found) >= 5), None)
