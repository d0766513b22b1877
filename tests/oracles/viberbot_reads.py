"""What viberbot makes of Viber's callbacks, and what it would send: runs in viberbot's own environment, and knows
nothing of Parley.

Reads one JSON object a line: `{"body": base64, "signature": hex}` is answered with the event that viberbot sees (empty:
none, or it cannot read it) and what it reads; `{"send": {"to": …, "text": …, "key": …}}` with the body that it would
post.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from typing import Any

from viberbot import Api, BotConfiguration
from viberbot.api.messages import TextMessage

TOKEN, NAME = sys.argv[1], sys.argv[2]


def main() -> None:
    logging.disable(logging.CRITICAL)
    api = Api(BotConfiguration(auth_token=TOKEN, name=NAME, avatar=None))
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(sent(api, **asked["send"]) if "send" in asked else heard(api, asked)), flush=True)


def heard(api: Any, asked: dict[str, str]) -> dict[str, Any]:
    body = base64.b64decode(asked["body"])
    trusted = api.verify_signature(body, asked["signature"])
    try:
        request = api.parse_request(body)
    except Exception:  # it raises bare ones for what it cannot read
        return {"trusted": trusted, "event": ""}
    return {"trusted": trusted, "event": request.event_type, **facts(request)}


def facts(request: Any) -> dict[str, Any]:
    """Whatever of it viberbot has a word for."""
    message = getattr(request, "message", None)
    person = getattr(request, "sender", None) or getattr(request, "user", None)
    place, card = getattr(message, "location", None), getattr(message, "contact", None)
    told = {
        "token": getattr(request, "message_token", None),
        "time": request.timestamp,
        "person": getattr(person, "id", None) or getattr(request, "user_id", None),
        "name": getattr(person, "name", None),
        "text": getattr(message, "text", None),
        "media": getattr(message, "media", None),
        "file_name": getattr(message, "file_name", None),
        "size": getattr(message, "size", None),
        "sticker": getattr(message, "sticker_id", None),
        "place": [place.latitude, place.longitude] if place else None,
        "card": [card.name, card.phone_number] if card else None,
        "why": getattr(request, "desc", None),
    }
    return {name: value for name, value in told.items() if value is not None}


def sent(api: Any, to: str, text: str, key: str) -> dict[str, Any]:
    message = TextMessage(text=text, tracking_data=key, min_api_version=1)
    return dict(api._message_sender._prepare_payload(message, NAME, None, receiver=to))


main()
