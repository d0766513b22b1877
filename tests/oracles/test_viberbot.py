"""viberbot reads Viber's callbacks too: what it has a word for must be what we read, it trusts whom we trust, and what
it would send is what we send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Hooked, Outbound, channel
from adapters.channels.inbound import Inbound
from adapters.channels.keys import TOKEN as NAME_OF_TOKEN
from adapters.channels.viber.outbound import NAME
from adapters.channels.viber.webhook import HEADER
from adapters.doubles.viber import TOKEN, ViberDouble
from adapters.vault.secrets import Secret
from tests.oracles.asking import ask

VIBER = channel("viber")
COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "viber"
KINDS = {
    "message": "message",
    "delivered": "delivery_receipt",
    "seen": "read_receipt",
    "failed": "failure_receipt",
    "subscribed": "service",
    "unsubscribed": "service",
    "conversation_started": "service",
    "webhook": "ping",
}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": "Добрый день 👋 \u202e"},
    "picture": {"type": "picture", "media": "https://media.example/a.jpg", "text": "look"},
    "picture alone": {"type": "picture", "media": "https://media.example/a.jpg"},
    "video": {"type": "video", "media": "https://media.example/a.mp4", "size": 3, "duration": 4},
    "file": {"type": "file", "media": "https://media.example/a.pdf", "size": 3, "file_name": "a.pdf"},
    "place": {"type": "location", "location": {"lat": 59.9, "lon": 30.3}},
    "card": {"type": "contact", "contact": {"name": "Bo", "phone_number": "+1"}},
    "sticker": {"type": "sticker", "sticker_id": 40100},
    "link": {"type": "url", "media": "https://shop.example"},
}


def signature(raw: bytes, token: str = TOKEN) -> str:
    return hmac.new(token.encode(), raw, hashlib.sha256).hexdigest()


def told_by_the_double() -> dict[str, bytes]:
    """What our double would bring: viberbot has to be able to read all of it."""
    told: list[tuple[str, Mapping[str, Any]]] = []
    viber = ViberDouble()
    viber.callbacks.tell = lambda event, facts, **how: told.append((event, facts))  # type: ignore[method-assign]
    for message in MESSAGES.values():
        viber.customer_sends("anna=", message, name="Anna Орлова")
    viber.customer_subscribes("anna=")
    viber.customer_subscribes("anna=", on=False)
    viber.customer_opens("anna=", context="ad")
    names = [*MESSAGES, "subscribed", "unsubscribed", "conversation_started"]
    made = [viber.callbacks._parcel("http://127.0.0.1/", event, facts).body for event, facts in told]
    for event, facts in (
        ("delivered", {"message_token": 5_925_491_906_424_759_104, "user_id": "anna="}),
        ("seen", {"message_token": 5_925_491_906_424_759_104, "user_id": "anna="}),
        ("failed", {"message_token": 5_925_491_906_424_759_104, "user_id": "anna=", "desc": "no space"}),
        ("webhook", {}),
    ):
        names.append(event)
        made.append(viber.callbacks._parcel("http://127.0.0.1/", event, facts).body)
    return dict(zip(names, made, strict=True))


def recorded() -> dict[str, bytes]:
    files = [one for one in sorted(COLLECTION.glob("*.json")) if ".expected." not in one.name]
    return {f"recorded/{one.stem}": one.read_bytes() for one in files if not one.name.startswith("resp_")}


OURS = [*MESSAGES, "subscribed", "unsubscribed", "conversation_started", "delivered", "seen", "failed", "webhook"]


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    return told_by_the_double() | recorded()


@pytest.fixture(scope="module")
def theirs(bodies: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    asked = [{"body": base64.b64encode(raw).decode(), "signature": signature(raw)} for raw in bodies.values()]
    return dict(zip(bodies, ask("viberbot", asked, TOKEN, NAME), strict=True))


@pytest.mark.parametrize("name", OURS)
def test_viberbot_reads_in_a_callback_what_we_read(
    name: str, bodies: dict[str, bytes], theirs: dict[str, dict[str, Any]]
) -> None:
    assert theirs[name]["event"], "viberbot sees nothing in it"
    assert different(VIBER.parse(bodies[name], {})[0], theirs[name]) == {}


def test_so_it_does_in_recorded_callbacks_as_far_as_it_can_read_them(
    bodies: dict[str, bytes], theirs: dict[str, dict[str, Any]]
) -> None:
    names = [name for name in bodies if name not in OURS and theirs[name]["event"]]
    found = {name: different(VIBER.parse(bodies[name], {})[0], theirs[name]) for name in names}
    assert {name: one for name, one in found.items() if one} == {}


def test_viberbot_trusts_whom_we_trust() -> None:
    raw = json.dumps({"event": "webhook", "timestamp": 1, "message_token": 2}).encode()
    cases = {
        "signed": (raw, signature(raw)),
        "altered": (raw + b" ", signature(raw)),
        "another token": (raw, signature(raw, "another")),
        "cut": (raw, signature(raw)[:-1]),
    }
    asked = [{"body": base64.b64encode(body).decode(), "signature": proof} for body, proof in cases.values()]
    answers = [one["trusted"] for one in ask("viberbot", asked, TOKEN, NAME)]
    secrets = {NAME_OF_TOKEN: Secret(TOKEN)}
    ours = [VIBER.verify_webhook(Hooked({HEADER: proof}, body), secrets) for body, proof in cases.values()]
    assert ours == answers == [True, False, False, False]


def test_we_send_what_viberbot_would_send_with_the_token_in_a_header() -> None:
    seen: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"status": 0, "message_token": 1})

    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    access = Access(client, {NAME_OF_TOKEN: Secret(TOKEN)})
    VIBER.send(access, "anna=", Outbound(text="Да 👋", key="our-key"))
    (theirs,) = ask("viberbot", [{"send": {"to": "anna=", "text": "Да 👋", "key": "our-key"}}], TOKEN, NAME)
    assert theirs.pop("auth_token") == seen[0].headers["x-viber-auth-token"]
    theirs["sender"] = {name: value for name, value in theirs["sender"].items() if value is not None}
    assert json.loads(seen[0].content) == theirs


def test_a_difference_would_be_seen() -> None:
    (ours,) = VIBER.parse(told_by_the_double()["text"], {})
    assert set(different(ours, {"event": "seen", "text": "another", "time": 1})) == {"event", "text", "time"}


def different(ours: Inbound, theirs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (ours, theirs), for what viberbot has told."""
    file = next(iter(ours.attachments or ()), None)
    sticker = int(file.external_file_id) if file and file.type == "sticker" and file.external_file_id else None
    seen = {
        "token": int(ours.external_message_id or 0),
        "time": round((ours.timestamp or 0) * 1000),
        "person": ours.sender_id or ours.external_chat_id,
        "name": ours.sender_name,
        "text": ours.text,
        "media": file.url if file else None,
        "file_name": file.file_name if file else None,
        "size": file.size if file else None,
        "sticker": sticker,
        "place": [file.latitude, file.longitude] if file else None,
        "card": [file.name, file.phone] if file else None,
        "why": ours.reason,
    }
    told = {name: value for name, value in theirs.items() if name not in ("event", "trusted")}
    found = {name: (seen[name], value) for name, value in told.items() if seen[name] != value}
    wrong_kind = ours.kind != KINDS.get(str(theirs["event"]))
    return found | ({"event": (ours.kind, theirs["event"])} if wrong_kind else {})
