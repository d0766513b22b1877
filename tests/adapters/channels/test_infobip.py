"""Infobip: what notifications become, what is sent, what the answers mean, who is believed, how a key is checked."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import httpx2
import pytest

from adapters.channels import FetchesFiles, FileWanted, Hooked, Outbound, channel
from adapters.channels.contract import ChannelAdapter, ConnectsByKeys, Watched
from adapters.channels.inbound import Inbound
from adapters.channels.whatsapp_infobip.outbound import LONGEST_TEXT
from adapters.vault.secrets import Secret
from domain.errors import Invalid, Unavailable
from tests.adapters.channels.answers import answering


class Connects(ChannelAdapter, ConnectsByKeys, FetchesFiles):
    """What Infobip can do."""


INFOBIP = cast(Connects, channel("whatsapp_infobip"))
OURS, PHONE, URL = "41793026731", "385919998888", "https://api.infobip.com/whatsapp/1/senders/41793026731/media/2"
KEYS, NUMBER = {"api_key": "an-api-key"}, {"number": OURS}
RESULT: dict[str, Any] = {
    "from": PHONE,
    "to": OURS,
    "integrationType": "WHATSAPP",
    "receivedAt": "2026-01-01T10:10:00.500+0000",
    "messageId": "wamid.A",
    "message": {"type": "TEXT", "text": "Добрый день 👋"},
    "contact": {"name": "Frank"},
}
REPORT: dict[str, Any] = {
    "messageId": "our-key",
    "to": OURS,
    "doneAt": "2026-01-01T10:10:00.500-03:00",
    "status": {"groupName": "DELIVERED", "name": "DELIVERED_TO_HANDSET", "id": 5},
    "error": {"id": 0, "name": "NO_ERROR"},
}


def read_all(*results: Any) -> list[Inbound]:
    return INFOBIP.parse(json.dumps({"results": results, "messageCount": len(results)}).encode(), {})


def read(**changes: Any) -> Inbound:
    (one,) = read_all(RESULT | changes)
    return one


def said(**message: Any) -> Inbound:
    return read(message=message)


def test_a_customers_message_is_known_by_his_number_and_says_to_which_of_ours_it_came() -> None:
    one = read()
    assert (one.kind, one.external_message_id, one.external_chat_id, one.account_id) == (
        "message",
        "wamid.A",
        PHONE,
        OURS,
    )
    assert (one.sender_id, one.sender_name, one.text, one.attachments) == (PHONE, "Frank", "Добрый день 👋", ())
    assert one.timestamp == 1767262200.5


def test_a_customer_who_hides_his_number_is_known_by_the_id_that_stands_for_it() -> None:
    one = read(**{"from": None}, contact={"name": "Frank", "userId": "US.1349", "username": "frank"})
    assert (one.sender_id, one.external_chat_id, one.sender_phone) == ("US.1349", "US.1349", None)
    assert (one.sender_username, one.attributes) == ("frank", {"user_id": "US.1349"})
    assert read(**{"from": None}).kind == "invalid"
    assert read(contact={"name": 7}).sender_id == PHONE


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ({"type": "IMAGE", "url": URL, "caption": "look"}, "image", "look"),
        ({"type": "VIDEO", "url": URL}, "video", ""),
        ({"type": "AUDIO", "url": URL}, "audio", ""),
        ({"type": "VOICE", "url": URL}, "voice", ""),
        ({"type": "STICKER", "url": URL}, "sticker", ""),
        ({"type": "DOCUMENT", "url": URL, "caption": "a.pdf"}, "file", ""),
        ({"type": "ORDER", "text": "two loaves"}, "order", "two loaves"),
        ({"type": "UNSUPPORTED"}, "unsupported", ""),
        ({"type": "INFECTED_CONTENT"}, "unsupported", ""),
        ({"type": "IMAGE"}, "unsupported", ""),
        ({"type": "TEXT", "text": 7}, "unsupported", ""),
        ({"text": "no type"}, "unsupported", ""),
    ],
)
def test_what_a_message_holds(message: dict[str, Any], kind: str, text: str) -> None:
    one = read(message=message)
    (found,) = one.attachments or ()
    assert (found.type, one.text) == (kind, text)
    assert found.url == (URL if "url" in message else None)


def test_the_caption_of_a_document_is_its_name_unless_a_name_stands_beside_it() -> None:
    for message, name, text in (
        ({"caption": "a.pdf"}, "a.pdf", ""),
        ({"caption": "the bill", "filename": "a.pdf"}, "a.pdf", "the bill"),
        ({}, None, ""),
    ):
        one = said(type="DOCUMENT", url=URL, **message)
        assert [(file.file_name, one.text) for file in one.attachments or ()] == [(name, text)]


def test_a_place_and_cards() -> None:
    (place,) = said(type="LOCATION", latitude=40.7, longitude=-73.9, name="Tower", address="5th").attachments or ()
    assert (place.latitude, place.longitude, place.name, place.address) == (40.7, -73.9, "Tower", "5th")
    cards = [{"name": {"formattedName": "Bo"}, "phones": [{"phone": ""}, {"phone": "+1"}]}, {"name": {}}]
    bo, nobody = said(type="CONTACT", contacts=cards).attachments or ()
    assert (bo.name, bo.phone, nobody.name, nobody.phone) == ("Bo", "+1", None, None)


@pytest.mark.parametrize(
    ("message", "text", "payload"),
    [
        ({"type": "BUTTON", "text": "Stop", "payload": "stop"}, "Stop", "stop"),
        ({"type": "INTERACTIVE_BUTTON_REPLY", "title": "Yes", "id": "yes"}, "Yes", "yes"),
        ({"type": "INTERACTIVE_LIST_REPLY", "title": "Rye", "id": "2", "description": "dark"}, "Rye", "2"),
        ({"type": "INTERACTIVE_FLOW_REPLY", "response": '{"a":1}'}, "", '{"a":1}'),
    ],
)
def test_a_pressed_button_is_a_message_with_its_payload(message: dict[str, Any], text: str, payload: str) -> None:
    one = read(message=message)
    assert (one.kind, one.text, one.button_payload, one.attachments) == ("message", text, payload, ())


def test_an_answer_says_to_which_message_and_a_reaction_is_one() -> None:
    context = {"context": {"id": "wamid.0", "from": OURS}}
    assert said(type="TEXT", text="Yes", **context).reply_to_external_message_id == "wamid.0"
    for more, emoji in (({"emoji": "👍"}, "👍"), ({"emoji": "👍", "action": "UNREACT"}, ""), ({}, "")):
        one = said(type="REACTION", **more, **context)
        assert (one.kind, one.target_message_id, one.emoji) == ("reaction", "wamid.0", emoji)
    assert said(type="REACTION", emoji="👍").kind == "ignore"


def test_each_result_has_its_own_fate_and_each_thing_is_read_once() -> None:
    found = read_all(RESULT, {**RESULT, "messageId": None}, 7, RESULT, REPORT, REPORT, {"x": 1})
    assert [one.kind for one in found] == ["message", "invalid", "invalid", "delivery_receipt", "ignore"]
    assert not any("385919998888" in (one.reason or "") for one in found)


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({}, "delivery_receipt"),
        ({"status": {"groupName": "PENDING"}}, "ignore"),
        ({"status": {"groupName": "UNDELIVERABLE"}}, "failure_receipt"),
        ({"status": {"groupName": "EXPIRED"}}, "failure_receipt"),
        ({"status": {"groupName": "REJECTED"}}, "failure_receipt"),
        ({"status": {}}, "ignore"),
        ({"seenAt": "2026-01-01T10:10:00Z"}, "read_receipt"),
        ({"messageId": None}, "invalid"),
        ({"status": "?"}, "invalid"),
    ],
)
def test_a_report_is_about_the_message_that_we_gave_our_key(changes: dict[str, Any], becomes: str) -> None:
    (one,) = read_all(REPORT | changes)
    assert one.kind == becomes
    if becomes.endswith("receipt"):
        assert (one.external_message_id, one.our_key, one.external_chat_id) == ("our-key", "our-key", None)


def test_why_a_message_of_ours_failed() -> None:
    poor = {"groupName": "REJECTED", "name": "REJECTED_NOT_ENOUGH_CREDITS", "id": 12}
    (one,) = read_all(REPORT | {"status": poor})
    assert (one.reason, one.error_code) == ("payment_needed", 12)
    (other,) = read_all(REPORT | {"status": {"groupName": "REJECTED", "id": 9}, "error": {"id": 7021}})
    assert (other.reason, other.error_code) == ("refused", 7021)


@pytest.mark.parametrize(
    ("body", "becomes", "sender"),
    [
        ({"from": OURS, "content": {"type": "user_identity_changed", "userNumber": PHONE}}, "service", PHONE),
        ({"from": OURS, "content": {"type": "payment", "from": PHONE}}, "service", PHONE),
        ({"messageTemplateId": 1, "change": {"type": "TEMPLATE_STATUS_UPDATE"}}, "service", None),
        ({"anything": "else"}, "ignore", None),
        ({"results": []}, "ignore", None),
        ({"results": "?"}, "invalid", None),
        ([RESULT], "invalid", None),
    ],
)
def test_what_is_neither_message_nor_report(body: Any, becomes: str, sender: str | None) -> None:
    (one,) = INFOBIP.parse(json.dumps(body).encode(), {})
    assert (one.kind, one.sender_id) == (becomes, sender)


def test_a_message_of_another_messenger_is_none_of_ours() -> None:
    assert read(integrationType="SMS").kind == "ignore"


PASSWORD = {"webhook_password": Secret("pa:ss")}


def basic(text: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.requirement("E07")
def test_a_password_that_was_set_for_the_address_must_come_with_any_user_name() -> None:
    for headers in (basic("parley:pa:ss"), basic(":pa:ss")):
        assert INFOBIP.verify_webhook(Hooked(headers), PASSWORD)
    for headers in ({}, basic("parley:pass"), basic("pa:ss"), {"authorization": "Basic ?"}, basic("parley:")):
        assert not INFOBIP.verify_webhook(Hooked(headers), PASSWORD)
    assert not INFOBIP.verify_webhook(Hooked({"authorization": "Basic é"}), PASSWORD)


def test_without_a_password_the_address_is_the_proof_and_one_taken_back_is_not_asked_for() -> None:
    assert INFOBIP.verify_webhook(Hooked({}), {})
    assert INFOBIP.verify_webhook(Hooked({}, values={"webhook_password": None}), PASSWORD)


TAKEN = {"to": PHONE, "messageCount": 1, "messageId": "our-key", "status": {"groupName": "PENDING", "id": 7}}
HELLO = Outbound(text="Да", key="our-key")


@pytest.mark.requirement("C16")
def test_a_message_goes_from_exactly_our_number_with_our_key_as_its_id_and_the_key_in_a_header_only() -> None:
    seen: list[httpx2.Request] = []
    access = answering(TAKEN, secrets=KEYS, values=NUMBER, seen=seen)
    result = INFOBIP.send(access, PHONE, HELLO)
    assert (result.outcome, result.external_message_id) == ("accepted", "our-key")
    assert seen[0].headers["authorization"] == "App an-api-key" and "an-api-key" not in str(seen[0].url)
    assert str(seen[0].url) == "https://api.example/whatsapp/1/message/text"
    assert json.loads(seen[0].content) == {
        "from": OURS,
        "to": PHONE,
        "messageId": "our-key",
        "content": {"text": "Да", "previewUrl": False},
    }


APPROVED = {
    "templates": [
        {"name": "order", "language": "en", "status": "APPROVED", "structure": {"body": "Ready"}},
        {"name": "order", "language": "ru", "status": "APPROVED", "structure": {"body": {"text": "{{1}}, {{2}}!"}}},
        {"name": "order", "language": "de", "status": "REJECTED", "structure": {"body": "Fertig"}},
    ]
}


def test_a_first_message_is_a_template_filled_with_what_the_agent_has_written() -> None:
    seen: list[httpx2.Request] = []
    access = answering(APPROVED, {"messages": [TAKEN]}, secrets=KEYS, values=NUMBER, seen=seen)
    result = INFOBIP.send(access, PHONE, Outbound(text="Анна, заказ 12!", key="our-key", template="order"))
    assert (result.outcome, result.external_message_id) == ("accepted", "our-key")
    assert [one.url.path for one in seen] == [
        f"/whatsapp/2/senders/{OURS}/templates",
        "/whatsapp/1/message/template",
    ]
    (message,) = json.loads(seen[1].content)["messages"]
    assert (message["from"], message["to"], message["messageId"]) == (OURS, PHONE, "our-key")
    assert message["content"] == {
        "templateName": "order",
        "templateData": {"body": {"placeholders": ["Анна", "заказ 12"]}},
        "language": "ru",
    }


def test_a_template_that_is_not_approved_or_says_something_else_is_refused_without_a_message() -> None:
    for text, name in (("Fertig", "order"), ("Готово", "order"), ("Ready", "order:ru"), ("Ready", "other")):
        access = answering(APPROVED, secrets=KEYS, values=NUMBER)
        assert INFOBIP.send(access, PHONE, Outbound(text=text, key="k", template=name)).code == "template_refused"
    seen: list[httpx2.Request] = []
    unlisted = answering(httpx2.Response(403), {"messages": [TAKEN]}, secrets=KEYS, values=NUMBER, seen=seen)
    assert INFOBIP.send(unlisted, PHONE, Outbound(text="Ready", key="k", template="order:en")).outcome == "accepted"
    assert json.loads(seen[1].content)["messages"][0]["content"]["language"] == "en"


def test_a_message_whose_answer_was_lost_is_unknown_and_still_known_by_our_key() -> None:
    lost = INFOBIP.send(answering(httpx2.ReadTimeout, secrets=KEYS, values=NUMBER), PHONE, HELLO)
    assert (lost.outcome, lost.external_message_id) == ("unknown", "our-key")
    unsent = INFOBIP.send(answering(httpx2.ConnectError, secrets=KEYS, values=NUMBER), PHONE, HELLO)
    assert (unsent.outcome, unsent.external_message_id) == ("retry", None)
    slower = answering(httpx2.Response(429, headers={"retry-after": "7"}), secrets=KEYS, values=NUMBER)
    assert INFOBIP.send(slower, PHONE, HELLO).retry_after == 7


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (200, TAKEN, "accepted", None),
        (200, {"messages": [TAKEN]}, "accepted", None),
        (200, TAKEN | {"status": {"groupName": "REJECTED"}}, "permanent_failure", "refused"),
        (200, TAKEN | {"status": {"groupName": "REJECTED", "name": "REJECTED_NOT_ENOUGH_CREDITS"}},
         "permanent_failure", "payment_needed"),
        (200, TAKEN | {"status": "?"}, "accepted", None),
        (200, {}, "unknown", "answer_lost"),
        (200, {"senders": []}, "sent", None),
        (401, {}, "bad_credentials", "bad_credentials"),
        (403, {}, "bad_credentials", "bad_credentials"),
        (400, {"errorCode": "E400"}, "permanent_failure", "refused"),
        (404, [], "permanent_failure", "refused"),
        (429, {}, "retry", "rate_limited"),
        (500, {}, "retry", "provider_unavailable"),
        (504, {}, "unknown", "answer_lost"),
        (302, {}, "retry", "provider_unavailable"),
    ],
)  # fmt: skip
def test_an_answer_means(status: int, body: Any, outcome: str, code: str | None) -> None:
    result = INFOBIP.classify(status, json.dumps(body).encode())
    assert (result.outcome, result.code) == (outcome, code)


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("x" * (LONGEST_TEXT + 1), "message_too_long")])
def test_what_whatsapp_will_not_take_is_refused_without_a_call(text: str, code: str) -> None:
    assert INFOBIP.send(answering(secrets=KEYS), PHONE, Outbound(text=text, key="k")).code == code


TYPED = {"api_key": Secret("an-api-key")}


@pytest.mark.requirement("C16")
@pytest.mark.parametrize(
    "answers",
    [
        ({"senders": [{"sender": "+41 79 302 67 31"}, {"number": "447796344125"}, "41793026731"]},),
        (httpx2.Response(404), {"numbers": [{"number": OURS}, {"number": "447796344125"}, {"x": 1}]}),
        ({"senders": []}, {"numbers": [{"number": OURS}, {"number": "447796344125"}]}),
    ],
)
def test_the_numbers_of_a_key_are_listed_each_once(answers: tuple[Any, ...]) -> None:
    found = INFOBIP.check_keys(answering(*answers, secrets=KEYS), TYPED)
    assert (found.outcome, found.phone, found.numbers) == ("verified", None, (OURS, "447796344125"))
    assert found.secrets == TYPED


def test_a_number_that_no_list_names_is_typed_and_asked_about() -> None:
    seen: list[httpx2.Request] = []
    typed = TYPED | {"number": Secret("+41 79 302 67 31"), "webhook_password": Secret("pw")}
    found = INFOBIP.check_keys(answering({"about": "x"}, secrets=KEYS, seen=seen), typed)
    assert (found.numbers, set(found.secrets)) == ((OURS,), {"api_key", "webhook_password"})
    assert seen[0].url.path == f"/whatsapp/1/senders/{OURS}/business-info"
    with pytest.raises(Invalid) as unknown:
        INFOBIP.check_keys(answering(httpx2.Response(404), secrets=KEYS), typed)
    with pytest.raises(Invalid) as untold:
        INFOBIP.check_keys(answering(httpx2.Response(404), {"numbers": []}, secrets=KEYS), TYPED)
    assert (unknown.value.code, untold.value.code) == ("number_not_offered", "required")


def test_a_wrong_key_is_told_apart_from_a_provider_that_does_not_answer() -> None:
    for status in (401, 403):
        found = INFOBIP.check_keys(answering(httpx2.Response(status), secrets=KEYS), TYPED)
        assert (found.outcome, found.numbers, found.secrets) == ("credentials_rejected", (), {})
    typed = TYPED | {"number": Secret(OURS)}
    assert INFOBIP.check_keys(answering(httpx2.Response(401), secrets=KEYS), typed).outcome == "credentials_rejected"
    for answer in (httpx2.ConnectError, httpx2.ReadTimeout, httpx2.Response(503), httpx2.Response(429)):
        with pytest.raises(Unavailable):
            INFOBIP.check_keys(answering(answer, secrets=KEYS), TYPED)


@pytest.mark.requirement("A24")
@pytest.mark.parametrize(
    ("url", "with_key"),
    [
        ("https://x1.api.infobip.com/media/1", True),
        ("https://api.example/media/1", True),
        ("http://x1.api.infobip.com/media/1", False),
        ("https://infobip.com.evil.example/media/1", False),
        ("https://evilinfobip.com/media/1", False),
        ("http://api.example/media/1", False),
    ],
)
def test_a_file_is_asked_for_with_the_key_at_infobip_alone(url: str, with_key: bool) -> None:
    wanted = INFOBIP.file_request(answering(secrets=KEYS), FileWanted(type="image", url=url))
    assert wanted is not None and wanted.url == url
    assert (wanted.headers == {"Authorization": Secret("App an-api-key")}) is with_key
    assert INFOBIP.file_request(answering(secrets=KEYS), FileWanted(type="image")) is None


@pytest.mark.requirement("B10")
@pytest.mark.parametrize(
    ("answer", "trouble"),
    [({"about": "x"}, None), (httpx2.Response(401), "authorisation"), (httpx2.Response(404), None)],
)
def test_a_key_that_counts_no_more_is_trouble(answer: Any, trouble: str | None) -> None:
    watched = channel("whatsapp_infobip")
    assert isinstance(watched, Watched)
    assert watched.trouble(answering(answer, secrets=KEYS, values=NUMBER)) == trouble
