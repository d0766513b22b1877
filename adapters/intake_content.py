"""What a thing holds, in the domain's form: the provider's time, who wrote it, what was attached, a body kept whole."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.channels.text import readable
from domain.dialog.events import Attachment


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
        **thing.attributes,
    }
    return tuple((name, value) for name, value in known.items() if value)


def attachment(one: InboundAttachment) -> Attachment:
    facts = one.to_json()
    for name in ("type", "mime", "file_name", "size"):
        facts.pop(name, None)
    ref = facts.pop("external_file_id", None) or facts.pop("media_id", None) or facts.pop("url", None)
    if "raw" in facts:
        facts["raw"] = readable(json.dumps(facts["raw"], ensure_ascii=False))
    return Attachment(type=one.type, ref=ref, mime=one.mime, file_name=one.file_name, size=one.size, facts=facts)


def as_text(raw: bytes) -> str:
    """The body as it came: as text if it is UTF-8, otherwise in base64."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw).decode()
