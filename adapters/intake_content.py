"""What a thing holds, in the domain's form: the provider's time, who wrote it, what was attached, a body kept whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.channels.text import readable
from adapters.intake_letters import own_words
from domain.dialog.events import Attachment
from domain.quarantine import LARGEST_BODY


def moment(timestamp: float | None) -> datetime | None:
    """The provider's time; None where it is no time at all. It is shown, and drives nothing (E05)."""
    if timestamp is None:
        return None
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def profile(thing: Inbound) -> tuple[tuple[str, str], ...]:
    known = {
        "name": thing.sender_name,
        "username": thing.sender_username,
        "phone": thing.sender_phone,
        "avatar": thing.sender_avatar,
        **{name: value for name, value in thing.attributes.items() if name != FORWARDED},
    }
    return tuple((name, value) for name, value in known.items() if value)


FORWARDED = "forwarded"
"""The attribute that is no fact about a person: words of others that he has passed on."""


def shown(thing: Inbound) -> str:
    """His own words, or what his button said; below them, as a quotation, what he has passed on."""
    quoted = [f"> {line}" for line in thing.attributes.get(FORWARDED, "").splitlines()]
    own = own_words(thing) or thing.button_payload or ""
    return "\n".join([*([own] if own else []), *quoted])


Keep = Callable[[bytes, Attachment], Attachment]
"""Keeps bytes that came along, and answers the same attachment with what is needed to find them again."""
WHOLE = Attachment(type="file", file_name="message.txt")
"""How the whole of a body is called that was too large for a message."""


def attachment(one: InboundAttachment, keep: Keep | None = None) -> Attachment:
    told = _told(one)
    return keep(one.content, told) if one.content is not None and keep is not None else told


def _told(one: InboundAttachment) -> Attachment:
    facts = one.to_json()
    for name in ("type", "mime", "file_name", "size"):
        facts.pop(name, None)
    ref = facts.pop("external_file_id", None) or facts.pop("media_id", None) or facts.pop("url", None)
    if "raw" in facts:
        facts["raw"] = readable(json.dumps(facts["raw"], ensure_ascii=False))
    return Attachment(type=one.type, ref=ref, mime=one.mime, file_name=one.file_name, size=one.size, facts=facts)


def cut(body: str, keep: Keep | None) -> tuple[str, Attachment | None]:
    """The body as far as a message reaches; where it is longer, the whole of it, kept aside (E08)."""
    whole = body.encode("utf-8", "replace")
    if len(whole) <= LARGEST_BODY or keep is None:
        return body, None
    return whole[:LARGEST_BODY].decode("utf-8", "ignore"), keep(whole, WHOLE)


def as_text(raw: bytes) -> str:
    """The body as it came: as text if it is UTF-8, otherwise in base64."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw).decode()
