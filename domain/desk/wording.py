"""What a person writes to a customer: something, and no more than the provider of this kind of channel takes.

A refusal here is better than `message_failed` a second later: the writer still has his text before him.
"""

from __future__ import annotations

from domain.errors import Invalid, Problem
from domain.kinds import KINDS, LARGEST_BODY, ChannelKind


def must_be_sendable(kind: ChannelKind, text: str, *, files: bool = False) -> None:
    """Raises `Invalid`: `text_required` for nothing but spaces, `too_long`."""
    if not text.strip() and not files:
        raise Invalid([Problem(field="body", code="text_required", sentence="body must be a text that is not blank.")])
    longest = KINDS[kind].longest_text
    if len(text) > longest:
        raise _too_long(f"body must have at most {longest} characters in this kind of channel.", longest)
    if len(text.encode(errors="surrogatepass")) > LARGEST_BODY:
        raise _too_long(f"body must have at most {LARGEST_BODY} bytes.", LARGEST_BODY)


def _too_long(sentence: str, most: int) -> Invalid:
    return Invalid([Problem(field="body", code="too_long", sentence=sentence, limits={"most": most})])
