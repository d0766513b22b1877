"""What pywa makes of webhooks of WhatsApp: runs in pywa's own environment, and knows nothing of Parley.

Reads one JSON object a line, `{"body": base64, "signature": "sha256=…"}`; prints one a line: the kind of update that
pywa sees (empty: none, or it cannot read it) and what it reads, in the words of `tests/oracles/test_pywa.py`.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from typing import Any

from pywa import WhatsApp, utils
from pywa.handlers import RawUpdateHandler
from pywa.types import RawUpdate

SECRET, WORD = sys.argv[1], sys.argv[2]
FILES = ("image", "video", "sticker", "document", "audio")


def main() -> None:
    logging.disable(logging.CRITICAL)
    client = WhatsApp(server=None, app_secret=SECRET, verify_token=WORD, filter_updates=False)
    for line in sys.stdin:
        asked = json.loads(line)
        body = base64.b64decode(asked["body"])
        trusted = utils.webhook_updates_validator(SECRET, body, asked["signature"])
        print(json.dumps({"trusted": trusted, **read(client, body, asked["signature"])}), flush=True)


def read(client: WhatsApp, body: bytes, signature: str) -> dict[str, Any]:
    try:
        raw = RawUpdate(body, hmac_header=signature, update_hash="x")
        handler = client._get_handler_type(raw)
        if handler is None or handler is RawUpdateHandler:
            return {"update": ""}
        update = client._handlers_to_updates[handler].from_update(client=client, update=raw)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        return {"update": ""}
    return {"update": type(update).__name__, **facts(update)}


def facts(update: Any) -> dict[str, Any]:
    """Whatever of it pywa has a word for."""
    user = getattr(update, "from_user", None)
    replied = getattr(update, "reply_to_message", None)
    file = next((found for name in FILES if (found := getattr(update, name, None)) is not None), None)
    place, cards = getattr(update, "location", None), getattr(update, "contacts", None)
    reaction, error = getattr(update, "reaction", None), getattr(update, "error", None)
    words = (getattr(update, "text", None), getattr(update, "caption", None), getattr(update, "title", None))
    told = {
        "id": getattr(update, "id", None),
        "number": getattr(getattr(update, "metadata", None), "phone_number_id", None),
        "time": update.timestamp.timestamp() if getattr(update, "timestamp", None) else None,
        "sender": getattr(user, "wa_id", None) or getattr(user, "bsuid", None),
        "name": getattr(user, "name", None),
        "text": next((one for one in words if one), None),
        "payload": getattr(update, "data", None),
        "reply_to": getattr(replied, "id", None),
        "original": getattr(update, "original_message_id", None),
        "file": [file.id, file.mime_type] if file else None,
        "voice": getattr(file, "voice", None),
        "place": [place.latitude, place.longitude] if place else None,
        "card": [cards[0].name.formatted_name, cards[0].phones[0].phone] if cards else None,
        "reaction": [reaction.message_id, reaction.emoji or ""] if reaction else None,
        "status": str(getattr(update, "status", None) or ""),
        "key": getattr(update, "tracker", None),
        "error": getattr(error, "error_code", None),
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


main()
