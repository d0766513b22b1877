"""aiogram reads the Bot API's updates too: what it has a word for must be what we read."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.channels import channel
from adapters.channels.inbound import Inbound
from adapters.doubles.telegram import TelegramDouble
from tests.oracles.asking import ask

TELEGRAM = channel("telegram")
COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "telegram"
KINDS = {
    "message": {"message", "service"},
    "edited_message": {"edit"},
    "callback_query": {"button"},
    "my_chat_member": {"service"},
    "message_reaction": {"reaction"},
}
SIZES = [
    {"file_id": f"p{width}", "file_unique_id": f"u{width}", "width": width, "height": 9, "file_size": width}
    for width in (90, 900, 300)
]
FILE = {"file_id": "f1", "file_unique_id": "u1", "file_size": 7}
CONTENT: dict[str, dict[str, Any]] = {
    "text": {"text": "Добрый день 👋 \u202e"},
    "photo": {"photo": SIZES, "caption": "look"},
    "photo alone": {"photo": SIZES},
    "document": {"document": {**FILE, "file_name": "договор.pdf", "mime_type": "application/pdf"}},
    "video": {"video": {**FILE, "width": 9, "height": 9, "duration": 4, "mime_type": "video/mp4"}},
    "audio": {"audio": {**FILE, "duration": 4, "mime_type": "audio/mpeg", "title": "Song"}},
    "voice": {"voice": {**FILE, "duration": 4, "mime_type": "audio/ogg"}},
    "round video": {"video_note": {**FILE, "length": 240, "duration": 4}},
    "sticker": {
        "sticker": {
            **FILE,
            "width": 512,
            "height": 512,
            "type": "regular",
            "is_animated": False,
            "is_video": False,
            "emoji": "🥖",
        }
    },
    "place": {"location": {"latitude": 59.9, "longitude": 30.3}},
    "card": {"contact": {"phone_number": "+79161234567", "first_name": "Bo", "user_id": 5}},
    "reply": {
        "text": "Yes",
        "reply_to_message": {"message_id": 3, "date": 1, "chat": {"id": 100, "type": "private", "first_name": "A"}},
    },
}


def told_by_the_double() -> dict[str, bytes]:
    """What our double would bring: aiogram has to be able to read all of it."""
    telegram = TelegramDouble()
    telegram.bot.customer(100, "Anna Орлова").username = "anna"
    updates = {name: telegram.customer_sends(100, content, name="Anna Орлова") for name, content in CONTENT.items()}
    updates["edit"] = telegram.customer_edits(updates["text"]["message"], "Good night")
    updates["button"] = telegram.customer_presses(100, "buy", under=3)
    updates["reaction"] = telegram.customer_reacts(100, 3, "👍")
    updates["reaction taken back"] = telegram.customer_reacts(100, 3, "")
    updates["blocked"] = telegram.customer_blocks(100)
    telegram._courier.stop()
    return {name: json.dumps(update).encode() for name, update in updates.items()}


def recorded() -> dict[str, bytes]:
    files = [one for one in sorted(COLLECTION.glob("*.json")) if ".expected." not in one.name]
    return {f"recorded/{one.stem}": one.read_bytes() for one in files if not one.name.startswith("resp_")}


OURS = [*CONTENT, "edit", "button", "reaction", "reaction taken back", "blocked"]


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    return told_by_the_double() | recorded()


@pytest.fixture(scope="module")
def theirs(bodies: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    asked = [{"body": base64.b64encode(raw).decode()} for raw in bodies.values()]
    return dict(zip(bodies, ask("aiogram", asked), strict=True))


@pytest.mark.parametrize("name", OURS)
def test_aiogram_reads_in_an_update_what_we_read(
    name: str, bodies: dict[str, bytes], theirs: dict[str, dict[str, Any]]
) -> None:
    assert theirs[name]["update"], "aiogram sees nothing in it"
    assert different(TELEGRAM.parse(bodies[name], {})[0], theirs[name]) == {}


def test_so_it_does_in_recorded_updates_as_far_as_it_can_read_them(
    bodies: dict[str, bytes], theirs: dict[str, dict[str, Any]]
) -> None:
    names = [name for name in bodies if name not in OURS and theirs[name]["update"] in KINDS]
    found = {name: different(TELEGRAM.parse(bodies[name], {})[0], theirs[name]) for name in names}
    assert {name: one for name, one in found.items() if one} == {}


def test_a_difference_would_be_seen() -> None:
    (ours,) = TELEGRAM.parse(told_by_the_double()["text"], {})
    said = {"update": "edited_message", "text": "another", "chat": 7}
    assert set(different(ours, said)) == {"update", "text", "chat"}


def different(ours: Inbound, theirs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (ours, theirs), for what aiogram has told. Numbers of theirs are texts of ours."""
    if theirs.get("private") is False:
        return {} if ours.kind == "ignore" else {"private": (ours.kind, False)}
    file = next(iter(ours.attachments or ()), None)
    seen = {
        "id": ours.external_message_id,
        "chat": ours.external_chat_id,
        "sender": ours.sender_id,
        "name": ours.sender_name,
        "username": ours.sender_username,
        "time": ours.timestamp,
        "text": ours.text,
        "file": file.external_file_id if file else None,
        "mime": file.mime if file else None,
        "size": file.size if file else None,
        "file_name": file.file_name if file else None,
        "place": [file.latitude, file.longitude] if file else None,
        "phone": file.phone if file else None,
        "reply_to": ours.reply_to_external_message_id,
        "data": ours.button_payload,
        "emoji": ours.emoji,
        "member": (ours.reason or "").removeprefix("bot_"),
    }
    if ours.kind == "reaction":
        seen["id"] = ours.target_message_id
    told = {name: value for name, value in theirs.items() if name not in ("update", "private")}
    found = {
        name: (seen[name], value)
        for name, value in told.items()
        if seen[name] != (str(value) if name in ("id", "chat", "sender", "reply_to") else value)
    }
    if ours.kind == "service":
        found.pop("text", None)
    wrong_kind = ours.kind not in KINDS.get(str(theirs["update"]), set())
    return found | ({"update": (ours.kind, theirs["update"])} if wrong_kind else {})
