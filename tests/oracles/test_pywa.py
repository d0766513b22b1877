"""pywa reads the webhooks of WhatsApp too: what it has a word for must be what we read, and it trusts whom we trust."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.channels import Hooked, channel
from adapters.channels.inbound import Inbound
from adapters.channels.keys import APP_SECRET
from adapters.doubles.graph import App, written
from adapters.doubles.whatsapp_official import Customer
from adapters.vault.secrets import Secret
from tests.adapters.channels.graph_bodies import BSUID, PHONE, change, waba
from tests.oracles.asking import ask

WHATSAPP, META = channel("whatsapp_official"), App()
COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "whatsapp"
ANNA = Customer(PHONE, "Anna Орлова", BSUID, username="anna")
KINDS = {
    "Message": {"message", "reaction"},
    "CallbackButton": {"message"},
    "CallbackSelection": {"message"},
    "FlowCompletion": {"message"},
    "EditedMessage": {"edit"},
    "DeletedMessage": {"delete"},
    "ChatOpened": {"service"},
    "PhoneNumberChange": {"service"},
    "IdentityChange": {"service"},
    "CallConnect": {"service"},
    "MessageStatus": {"sent_receipt", "delivery_receipt", "read_receipt", "failure_receipt"},
}
STATUSES = {
    "sent_receipt": "sent",
    "delivery_receipt": "delivered",
    "read_receipt": "read",
    "failure_receipt": "failed",
}
CONTENT: dict[str, Any] = {
    "text": {"body": "Добрый день 👋 \u202e"},
    "image": {"id": "7", "mime_type": "image/jpeg", "sha256": "x", "caption": "look"},
    "video": {"id": "7", "mime_type": "video/mp4", "sha256": "x"},
    "audio": {"id": "7", "mime_type": "audio/ogg", "sha256": "x", "voice": True},
    "document": {"id": "7", "mime_type": "application/pdf", "sha256": "x", "filename": "a.pdf"},
    "sticker": {"id": "7", "mime_type": "image/webp", "sha256": "x", "animated": False},
    "location": {"latitude": 37.5, "longitude": -122.25, "name": "Here", "address": "There"},
    "contacts": [{"name": {"formatted_name": "Lucía", "first_name": "L"}, "phones": [{"phone": "+1", "type": "HOME"}]}],
    "reaction": {"message_id": "wamid.0", "emoji": "👍"},
    "button": {"text": "Yes", "payload": "Y"},
    "edit": {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "now"}}},
    "revoke": {"original_message_id": "wamid.0"},
}
REPLIED = {"from": "1", "id": "wamid.0"}
INTERACTIVE: list[Any] = [
    {"type": "button_reply", "button_reply": {"id": "Y", "title": "Yes"}},
    {"type": "list_reply", "list_reply": {"id": "2", "title": "Two", "description": "d"}},
]


def message(type: str, content: Any, **more: Any) -> dict[str, Any]:
    said = {**ANNA.sender(), "id": "wamid.1", "timestamp": "1700000000", "type": type, type: content}
    return waba(change(contacts=[ANNA.card()], messages=[said | more]))


def status(told: str, **more: Any) -> dict[str, Any]:
    facts = {"id": "wamid.9", "status": told, "timestamp": "1700000000", "recipient_id": PHONE}
    return waba(change(contacts=[ANNA.card()], statuses=[facts | more]))


OURS: dict[str, dict[str, Any]] = {
    **{type: message(type, content) for type, content in CONTENT.items()},
    **{content["type"]: message("interactive", content, context=REPLIED) for content in INTERACTIVE},
    "reply": message("text", {"body": "x"}, context=REPLIED),
    "reaction taken back": message("reaction", {"message_id": "wamid.0"}),
    **{told: status(told, biz_opaque_callback_data="our-message") for told in ("sent", "delivered", "read")},
    "failed": status("failed", errors=[{"code": 131047, "title": "t", "message": "m", "error_data": {"details": "d"}}]),
}
"""Bodies that pywa must be able to read; those of the collection beside the repository it reads if it can."""


def recorded() -> dict[str, bytes]:
    files = [one for one in sorted(COLLECTION.glob("*.json")) if ".expected." not in one.name]
    return {f"recorded/{one.stem}": one.read_bytes() for one in files if not one.name.startswith("resp_")}


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    return {name: written(body) for name, body in OURS.items()} | recorded()


@pytest.fixture(scope="module")
def read_by_pywa(bodies: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    asked = [{"body": base64.b64encode(raw).decode(), "signature": META.signature(raw)} for raw in bodies.values()]
    return dict(zip(bodies, ask("pywa", asked, META.secret, "a word"), strict=True))


@pytest.mark.parametrize("name", OURS)
def test_pywa_reads_in_a_body_what_we_read(
    name: str, bodies: dict[str, bytes], read_by_pywa: dict[str, dict[str, Any]]
) -> None:
    assert read_by_pywa[name]["update"], "pywa sees nothing in it"
    assert different(WHATSAPP.parse(bodies[name], {})[0], read_by_pywa[name]) == {}


def test_so_it_does_in_recorded_bodies_as_far_as_it_can_read_them(
    bodies: dict[str, bytes], read_by_pywa: dict[str, dict[str, Any]]
) -> None:
    names = [name for name in bodies if name not in OURS and read_by_pywa[name]["update"]]
    found = {name: different(WHATSAPP.parse(bodies[name], {})[0], read_by_pywa[name]) for name in names}
    assert {name: one for name, one in found.items() if one} == {}


def test_pywa_trusts_whom_we_trust() -> None:
    body = written(OURS["text"])
    cases = {
        "signed": (body, META.signature(body)),
        "altered": (body + b" ", META.signature(body)),
        "written anew": (json.dumps(json.loads(body), ensure_ascii=False).encode(), META.signature(body)),
        "another secret": (body, App(secret="another").signature(body)),
    }
    asked = [{"body": base64.b64encode(raw).decode(), "signature": proof} for raw, proof in cases.values()]
    theirs = [answer["trusted"] for answer in ask("pywa", asked, META.secret, "a word")]
    hooked = [Hooked({"x-hub-signature-256": proof}, raw) for raw, proof in cases.values()]
    ours = [WHATSAPP.verify_webhook(one, {APP_SECRET: Secret(META.secret)}) for one in hooked]
    assert dict(zip(cases, ours, strict=True)) == dict(zip(cases, theirs, strict=True))
    assert ours == [True, False, False, False]


def test_a_difference_would_be_seen() -> None:
    (ours,) = WHATSAPP.parse(written(OURS["text"]), {})
    assert set(different(ours, {"update": "MessageStatus", "text": "another", "time": 1.0})) == {
        "update",
        "text",
        "time",
    }


def different(ours: Inbound, theirs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (ours, theirs), for what pywa has told."""
    file = next(iter(ours.attachments or ()), None)
    place = [file.latitude, file.longitude] if file is not None else None
    seen = {
        "id": ours.external_message_id,
        "number": ours.account_id,
        "time": ours.timestamp,
        "sender": ours.sender_id or ours.recipient,
        "name": ours.sender_name or theirs.get("name"),
        "text": ours.text,
        "payload": ours.button_payload,
        "reply_to": ours.reply_to_external_message_id,
        "original": ours.edits_external_message_id or ours.deletes_external_message_id,
        "file": [file.media_id, file.mime] if file else None,
        "voice": file is not None and file.type == "voice",
        "place": place,
        "card": [file.name, file.phone] if file else None,
        "reaction": [ours.target_message_id, ours.emoji],
        "status": STATUSES.get(ours.kind),
        "key": ours.our_key,
        "error": ours.error_code,
    }
    told = {name: value for name, value in theirs.items() if name not in ("update", "trusted")}
    found = {name: (seen[name], value) for name, value in told.items() if seen[name] != value}
    wrong_kind = ours.kind not in KINDS.get(str(theirs["update"]), set())
    return found | ({"update": (ours.kind, theirs["update"])} if wrong_kind else {})
