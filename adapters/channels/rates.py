"""The providers' limits as data: how many messages may leave, and who must wait when a provider says "slower".

Limits per customer come first: a message waits for its chat without holding a place of the whole account.
Where no limit is published (Messenger, Bird, Infobip, Avito, mail servers) the provider's own 429 is obeyed.
"""

from __future__ import annotations

from typing import Literal

from domain.kinds import ChannelKind
from processors.pace import Rate

RATES: dict[ChannelKind, tuple[Rate, ...]] = {
    "telegram": (Rate(1, 1.0, "chat"), Rate(30, 1.0, "account", burst=10)),
    "vk": (Rate(20, 1.0, "account", burst=5),),
    "viber": (Rate(100, 3600.0, "unanswered", burst=50),),
    "whatsapp_official": (Rate(1, 6.0, "chat"), Rate(80, 1.0, "account", burst=20)),
}
SLOWED: dict[ChannelKind, Literal["chat", "account"]] = {
    "telegram": "chat",
    "viber": "chat",
    "vk": "account",
    "facebook": "account",
    "whatsapp_official": "account",
    "whatsapp_messagebird": "account",
    "whatsapp_infobip": "account",
    "avito": "account",
    "email": "account",
    "yandex_dialogs": "chat",
}
"""Whom `rate_limited` holds back. Telegram counts per chat, Viber per customer who does not answer."""
