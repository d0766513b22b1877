"""What aiogram makes of updates of the Bot API: runs in aiogram's own environment, and knows nothing of Parley.

Reads one JSON object a line, `{"body": base64}`; prints one a line: the kind of update that aiogram sees (empty: none,
or it cannot read it) and what it reads, in the words of `tests/oracles/test_aiogram.py`.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

FILES = ("document", "video", "animation", "audio", "voice", "video_note", "sticker")


def main() -> None:
    for line in sys.stdin:
        body = base64.b64decode(json.loads(line)["body"])
        print(json.dumps(read(body)), flush=True)


def read(body: bytes) -> dict[str, Any]:
    try:
        update = Update.model_validate_json(body)
        return {"update": update.event_type, **facts(update.event)}
    except (ValidationError, UpdateTypeLookupError):
        return {"update": ""}


def facts(event: Any) -> dict[str, Any]:
    """Whatever of it aiogram has a word for."""
    under = getattr(event, "message", None)
    chat = getattr(event, "chat", None) or getattr(under, "chat", None)
    person = getattr(event, "from_user", None) or getattr(event, "user", None)
    photos = getattr(event, "photo", None) or ()
    largest = max(photos, key=lambda one: one.width * one.height, default=None)
    file = largest or next((found for name in FILES if (found := getattr(event, name, None)) is not None), None)
    place, card = getattr(event, "location", None), getattr(event, "contact", None)
    replied = getattr(event, "reply_to_message", None)
    reactions = getattr(event, "new_reaction", None)
    member = getattr(event, "new_chat_member", None)
    moment = getattr(event, "edit_date", None) or getattr(event, "date", None)
    told = {
        "id": getattr(event, "id", None) or getattr(event, "message_id", None),
        "chat": getattr(chat, "id", None),
        "private": chat.type == "private" if chat else None,
        "sender": getattr(person, "id", None),
        "name": getattr(person, "full_name", None),
        "username": getattr(person, "username", None),
        "time": moment.timestamp() if hasattr(moment, "timestamp") else moment,
        "text": getattr(event, "text", None) or getattr(event, "caption", None),
        "file": getattr(file, "file_id", None),
        "mime": getattr(file, "mime_type", None),
        "size": getattr(file, "file_size", None),
        "file_name": getattr(file, "file_name", None),
        "place": [place.latitude, place.longitude] if place else None,
        "phone": card.phone_number if card else None,
        "reply_to": replied.message_id if replied else None,
        "data": getattr(event, "data", None),
        "emoji": (getattr(reactions[0], "emoji", None) if reactions else "") if reactions is not None else None,
        "member": str(getattr(member.status, "value", member.status)) if member else None,
    }
    return {name: value for name, value in told.items() if value is not None}


main()
