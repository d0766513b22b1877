"""What a person writes to a customer: something, and no more than the provider of this kind of channel takes.

A refusal here is better than `message_failed` a second later: the writer still has his text before him.
"""

from __future__ import annotations

from domain.errors import Invalid, Problem
from domain.kinds import ChannelKind

LARGEST_BODY = 64 * 1024
"""Bytes of one message, either way (E08)."""
LONGEST_TEXT: dict[ChannelKind, int] = {
    "vk": 9000,
    "facebook": 2000,
    "whatsapp_official": 4096,
    "whatsapp_messagebird": 4096,
    "whatsapp_infobip": 4096,
    "viber": 7000,
    "telegram": 4096,
    "yandex_dialogs": 1024,
    "email": LARGEST_BODY,
    "avito": 1000,
}
"""Characters of one message, as the provider counts."""


def must_be_sendable(kind: ChannelKind, text: str, *, files: bool = False) -> None:
    """Raises `Invalid`: `text_required` for nothing but spaces, `too_long`."""
    if not text.strip() and not files:
        raise Invalid([Problem(field="body", code="text_required", sentence="body must be a text that is not blank.")])
    longest = LONGEST_TEXT[kind]
    if len(text) > longest:
        raise _too_long(f"body must have at most {longest} characters in this kind of channel.", longest)
    if len(text.encode(errors="surrogatepass")) > LARGEST_BODY:
        raise _too_long(f"body must have at most {LARGEST_BODY} bytes.", LARGEST_BODY)


def _too_long(sentence: str, most: int) -> Invalid:
    return Invalid([Problem(field="body", code="too_long", sentence=sentence, limits={"most": most})])
