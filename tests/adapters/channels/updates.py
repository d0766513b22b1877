"""Telegram updates of our own making: Vera writes to the bakery's bot."""

from __future__ import annotations

import json
from typing import Any

VERA = 5_000_000_001
"""Above 32 bits, as Telegram's ids are today."""
FILE = {"file_id": "F1", "file_unique_id": "U1", "file_size": 1000}
USER = {"id": VERA, "is_bot": False, "first_name": "Vera", "last_name": "Orlova", "username": "vera_o"}
CHAT = {"id": VERA, "first_name": "Vera", "last_name": "Orlova", "username": "vera_o", "type": "private"}


def message(update_id: int = 1, number: int = 10, **content: Any) -> dict[str, Any]:
    body = {"message_id": number, "from": USER, "chat": CHAT, "date": 1_700_000_000, **content}
    return {"update_id": update_id, "message": body}


def edited(update_id: int = 2, number: int = 10, **content: Any) -> dict[str, Any]:
    body = message(update_id, number, **content)["message"]
    return {"update_id": update_id, "edited_message": body | {"edit_date": 1_700_000_060}}


def pressed(update_id: int = 3, **changes: Any) -> dict[str, Any]:
    under = {"message_id": 9, "chat": CHAT, "date": 0}
    return {"update_id": update_id, "callback_query": {"id": "77", "from": USER, "message": under} | changes}


def membership(status: str, update_id: int = 4) -> dict[str, Any]:
    body = {"chat": CHAT, "from": USER, "date": 1_700_000_000, "new_chat_member": {"status": status}}
    return {"update_id": update_id, "my_chat_member": body}


def reaction(*emoji: str, update_id: int = 5) -> dict[str, Any]:
    now = [{"type": "emoji", "emoji": one} for one in emoji]
    body = {"chat": CHAT, "message_id": 10, "user": USER, "date": 1_700_000_000, "new_reaction": now}
    return {"update_id": update_id, "message_reaction": body}


def raw(update: Any) -> bytes:
    return json.dumps(update, ensure_ascii=False).encode()
