"""Webhooks of Bird's later generations: read by their form, though the first one is what we send by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.channels import channel
from adapters.channels.inbound import Inbound

BIRD = channel("whatsapp_messagebird")


def parse(body: Any) -> Inbound:
    (one,) = BIRD.parse(json.dumps(body).encode(), {})
    return one


def second(event: str = "whatsapp.inbound", service: str = "channels", **changes: Any) -> Inbound:
    payload = {
        "id": "m-1",
        "channelId": "ch-1",
        "sender": {"contact": {"id": "c-1", "identifierKey": "phonenumber", "identifierValue": "+3511111111"}},
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": "+3511111111"}]},
        "body": {"type": "text", "text": {"text": "Добрый день 👋"}},
        "status": "delivered",
        "direction": "incoming",
        "createdAt": "2026-12-13T19:34:01.858Z",
        "lastStatusAt": "2026-12-13T19:35:00Z",
    }
    return parse({"service": service, "event": event, "payload": payload | changes})


def test_the_second_generations_message() -> None:
    one = second()
    assert (one.kind, one.external_message_id, one.account_id, one.text) == ("message", "m-1", "ch-1", "Добрый день 👋")
    assert (one.sender_id, one.sender_phone, one.timestamp) == ("3511111111", "+3511111111", 1797190441.858)


@pytest.mark.parametrize(
    ("body", "becomes"),
    [
        ({"type": "image", "image": {"text": "x", "images": [{"mediaUrl": "https://m/1"}]}}, ("image", "x")),
        ({"type": "file", "file": {"files": [{"mediaUrl": "https://m/1", "filename": "a"}]}}, ("file", "")),
        ({"type": "location", "location": {"coordinates": {"latitude": 1, "longitude": 2}}}, ("location", "")),
        ({"type": "location", "location": {}}, ("unsupported", "")),
        ({"type": "section", "section": {}}, ("unsupported", "")),
        (7, ("unsupported", "")),
    ],
)
def test_what_the_second_generations_message_holds(body: Any, becomes: tuple[str, str]) -> None:
    one = second(body=body)
    assert [(file.type, one.text) for file in one.attachments or ()] == [becomes]


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({"direction": "outgoing"}, "delivery_receipt"),
        ({"direction": "outgoing", "status": "sending_failed"}, "failure_receipt"),
        ({"direction": "outgoing", "status": "processing"}, "ignore"),
        ({"direction": "sideways"}, "ignore"),
        ({"event": "sms.inbound"}, "ignore"),
        ({"service": "contacts"}, "ignore"),
        ({"id": None}, "invalid"),
        ({"sender": None}, "invalid"),
    ],
)
def test_what_else_the_second_generation_tells(changes: dict[str, Any], becomes: str) -> None:
    one = second(**changes)
    assert one.kind == becomes
    if becomes.endswith("receipt"):
        assert (one.recipient, one.timestamp) == ("3511111111", 1797190500)


def third(event: str = "whatsapp.received", **changes: Any) -> Inbound:
    data = {
        "whatsapp_id": "wam_1",
        "direction": "inbound",
        "from": {"phone_number": "+15550001111", "bsuid": "US.1", "username": "ann", "display_name": "Ann"},
        "to": {"phone_number": "+15550002222"},
        "in_reply_to_message_id": "wam_0",
    }
    return parse({"type": event, "timestamp": "2026-07-16T12:00:00Z", "data": data | changes})


def test_the_third_generations_message() -> None:
    one = third(text={"body": "Добрый день 👋"})
    assert (one.kind, one.external_message_id, one.text, one.attachments) == ("message", "wam_1", "Добрый день 👋", ())
    assert (one.sender_id, one.sender_name, one.sender_username, one.account_id) == (
        "15550001111",
        "Ann",
        "ann",
        "+15550002222",
    )
    assert (one.reply_to_external_message_id, one.timestamp) == ("wam_0", 1784203200)
    assert third(text={"body": "x"}, **{"from": {"bsuid": "US.1"}}).sender_id == "US.1"


@pytest.mark.parametrize(
    ("content", "becomes"),
    [
        ({"image": {"url": "https://m/1", "caption": "x"}}, ("image", "x")),
        ({"document": {"id": "waf_1", "filename": "a.pdf"}}, ("file", "")),
        ({"audio": {"url": "https://m/1"}}, ("audio", "")),
        ({"location": {"latitude": 1, "longitude": 2}}, ("location", "")),
        ({"contact_cards": [{"name": {}, "phone_numbers": [{"phone_number": "+1"}]}]}, ("contact", "")),
        ({"unsupported": {"type": "poll"}}, ("unsupported", "")),
        ({"image": 7}, ("unsupported", "")),
    ],
)
def test_what_the_third_generations_message_holds(content: dict[str, Any], becomes: tuple[str, str]) -> None:
    one = third(**content)
    assert [(file.type, one.text) for file in one.attachments or ()] == [becomes]


@pytest.mark.parametrize("tapped", [{"type": "button", "button": {"id": "y", "title": "Yes"}},
                                    {"type": "list", "list": {"id": "y", "title": "Yes"}}])  # fmt: skip
def test_what_was_tapped_is_a_message_with_its_payload(tapped: dict[str, Any]) -> None:
    one = third(interactive_reply=tapped)
    assert (one.text, one.button_payload) == ("Yes", "y")


@pytest.mark.parametrize(
    ("event", "becomes"),
    [
        ("whatsapp.accepted", "ignore"),
        ("whatsapp.sent", "sent_receipt"),
        ("whatsapp.delivered", "delivery_receipt"),
        ("whatsapp.read", "read_receipt"),
        ("whatsapp.failed", "failure_receipt"),
        ("whatsapp.group.join_request_created", "ignore"),
    ],
)
def test_what_became_of_ours_in_the_third_generation(event: str, becomes: str) -> None:
    error = {"code": "service_window_expired", "meta_error_code": "131047"}
    one = third(event, error=error)
    assert one.kind == becomes
    if becomes == "failure_receipt":
        assert (one.reason, one.error_code, one.recipient) == ("window_closed", 131047, "15550002222")


def test_reactions_and_what_is_broken_in_the_third_generation() -> None:
    placed, taken_back = third("whatsapp.reacted", emoji="👍"), third("whatsapp.reacted", emoji=None)
    assert (placed.kind, placed.target_message_id, placed.emoji, taken_back.emoji) == ("reaction", "wam_1", "👍", "")
    assert third(**{"from": {}}).kind == "invalid"
    assert third(whatsapp_id=None).kind == "invalid"
    assert third(to={"group_id": "wag_1"}, text={"body": "x"}).kind == "ignore"
