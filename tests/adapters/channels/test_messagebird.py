"""MessageBird, first generation: what webhooks become, what is sent, what the answers mean, how keys are checked."""

from __future__ import annotations

import json
from typing import Any, cast

import httpx2
import pytest

from adapters.channels import Access, FetchesFiles, FileWanted, Outbound, channel
from adapters.channels.contract import ChannelAdapter, ConnectsByKeys, Listens, Watched
from adapters.channels.inbound import Inbound
from adapters.channels.whatsapp_messagebird.listening import WEBHOOK
from adapters.channels.whatsapp_messagebird.outbound import LONGEST_TEXT
from adapters.vault.secrets import Secret
from domain.errors import Conflict, Unavailable
from tests.adapters.channels.answers import answering


class Connects(ChannelAdapter, ConnectsByKeys, Listens):
    """What MessageBird can do."""


BIRD = cast(Connects, channel("whatsapp_messagebird"))
KEYS = {"key": "live_key", "channel_id": "ch-1"}
KEYS_TYPED = {name: Secret(text) for name, text in KEYS.items()}
PHONE = 31612345678
MESSAGE: dict[str, Any] = {
    "id": "mes-1",
    "conversationId": "con-1",
    "channelId": "ch-1",
    "direction": "received",
    "status": "received",
    "type": "text",
    "content": {"text": "Добрый день 👋"},
    "createdDatetime": "2026-08-24T09:49:01.250Z",
    "updatedDatetime": "2026-08-24T09:55:01Z",
    "from": "31612345678",
    "to": "31600000000",
}


def body(kind: str = "message.created", contact: Any = None, **changes: Any) -> bytes:
    person = {"id": "cont-1", "msisdn": PHONE, "firstName": "Foo", "lastName": "Bar"} if contact is None else contact
    envelope = {"type": kind, "contact": person, "conversation": {"id": "con-1"}, "message": MESSAGE | changes}
    return json.dumps(envelope).encode()


def read(kind: str = "message.created", contact: Any = None, **changes: Any) -> Inbound:
    (one,) = BIRD.parse(body(kind, contact, **changes), {})
    return one


def test_a_customers_message_is_known_by_his_number_and_the_conversation_is_the_chat() -> None:
    one = read()
    assert (one.kind, one.external_message_id, one.external_chat_id, one.account_id) == (
        "message",
        "mes-1",
        "con-1",
        "ch-1",
    )
    assert (one.sender_id, one.sender_phone, one.sender_name) == (str(PHONE), str(PHONE), "Foo Bar")
    assert (one.text, one.attachments, one.timestamp) == ("Добрый день 👋", (), 1787564941.25)


@pytest.mark.parametrize(
    ("contact", "sender", "name"),
    [
        ({"msisdn": "+31 6 12345678", "displayName": "Foo B."}, str(PHONE), "Foo B."),
        ({"msisdn": PHONE, "displayName": 7, "firstName": " Foo ", "lastName": None}, str(PHONE), "Foo"),
        ({"id": "cont-1"}, str(PHONE), None),
        ({"id": ["?"]}, str(PHONE), None),
        ("?", str(PHONE), None),
    ],
)
def test_who_wrote_is_found_however_much_of_the_contact_can_be_read(contact: Any, sender: str, name: str) -> None:
    assert (read(contact=contact).sender_id, read(contact=contact).sender_name) == (sender, name)


def test_a_contact_without_a_number_is_known_by_its_id_and_nobody_by_nothing() -> None:
    assert read(contact={"id": "cont-1"}, **{"from": None}).sender_id == "cont-1"
    assert read(contact={"name": "?"}, **{"from": None}).kind == "invalid"


URL = "https://media.example/1"


@pytest.mark.parametrize(
    ("kind", "inner", "becomes"),
    [
        ("image", {"url": URL, "caption": "look"}, ("image", URL, "look")),
        ("video", {"url": URL}, ("video", URL, "")),
        ("audio", {"url": URL}, ("audio", URL, "")),
        ("file", {"url": URL, "caption": "bill"}, ("file", URL, "bill")),
        ("whatsappSticker", {"link": URL}, ("sticker", URL, "")),
        ("location", {"latitude": 52.3, "longitude": 4}, ("location", None, "")),
        ("location", {"latitude": "52"}, ("unsupported", None, "")),
        ("image", {}, ("unsupported", None, "")),
        ("whatsappOrder", {"text": "two loaves", "product_items": []}, ("order", None, "two loaves")),
        ("rcs", {"x": 1}, ("unsupported", None, "")),
        ("text", 7, ("unsupported", None, "")),
    ],
)
def test_what_a_message_holds(kind: str, inner: Any, becomes: tuple[str, str | None, str]) -> None:
    one = read(type=kind, content={kind: inner})
    (found,) = one.attachments or ()
    assert (found.type, found.url, one.text) == becomes


@pytest.mark.parametrize(
    ("kind", "inner", "text", "payload"),
    [
        ("interactive", {"type": "button_reply", "reply": {"id": "yes", "text": "Yes"}}, "Yes", "yes"),
        ("button", {"text": "Stop", "payload": "stop"}, "Stop", "stop"),
    ],
)
def test_a_pressed_button_is_a_message_with_its_payload(kind: str, inner: Any, text: str, payload: str) -> None:
    one = read(type=kind, content={kind: inner})
    assert (one.kind, one.text, one.button_payload, one.attachments) == ("message", text, payload, ())


def test_an_answer_to_a_message_says_to_which() -> None:
    one = read(type="whatsappText", content={"whatsappText": {"text": {"body": "Yes"}, "context": {"id": "wamid.1"}}})
    assert (one.text, one.reply_to_external_message_id) == ("Yes", "wamid.1")


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({"direction": "sent"}, "echo"),
        ({"direction": "sideways"}, "ignore"),
        ({"type": "event", "content": {"event": {}}}, "service"),
        ({"id": None}, "invalid"),
        ({"id": ""}, "invalid"),
    ],
)
def test_what_is_no_message_of_a_customer(changes: dict[str, Any], becomes: str) -> None:
    assert read(**changes).kind == becomes


@pytest.mark.parametrize("kind", ["conversation.created", "conversation.updated", "something.new"])
def test_what_is_not_about_a_message_is_acknowledged(kind: str) -> None:
    assert read(kind).kind == "ignore"
    assert [one.kind for one in BIRD.parse(json.dumps({"type": kind}).encode(), {})] == ["ignore"]


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("pending", "ignore"),
        ("accepted", "ignore"),
        ("sent", "sent_receipt"),
        ("transmitted", "sent_receipt"),
        ("delivered", "delivery_receipt"),
        ("read", "read_receipt"),
        ("failed", "failure_receipt"),
        ("rejected", "failure_receipt"),
        ("delivery_failed", "failure_receipt"),
        ("expired", "failure_receipt"),
        ("deleted", "ignore"),
        ("brand new", "ignore"),
    ],
)
def test_a_status_of_ours_tells_whom_it_went_to_and_is_itself_by_message_and_status(status: str, becomes: str) -> None:
    one = read("message.updated", direction="sent", status=status)
    assert (one.kind, one.external_message_id, one.timestamp) == (becomes, "mes-1", 1787565301)
    assert one.dedup_key == f"updated:mes-1:{status}"
    if becomes.endswith("receipt"):
        assert (one.external_chat_id, one.recipient) == ("con-1", str(PHONE))


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        ({"code": 470}, 470, "window_closed"),
        ({"code": 132001}, 132001, "template_refused"),
        ({"code": 131026}, 131026, "no_device"),
        ({"code": 1}, 1, "refused"),
        ({"code": "470"}, None, "refused"),
        (None, None, "refused"),
    ],
)
def test_why_a_message_of_ours_failed(error: Any, code: int | None, reason: str) -> None:
    one = read("message.updated", direction="sent", status="failed", error=error)
    assert (one.error_code, one.reason) == (code, reason)


@pytest.mark.requirement("E10")
def test_what_a_customer_deletes_and_that_we_have_read_it() -> None:
    gone = read("message.updated", status="deleted")
    assert (gone.kind, gone.deletes_external_message_id, gone.external_chat_id) == ("delete", "mes-1", "con-1")
    assert read("message.updated", status="read").kind == "ignore"


def test_a_message_goes_to_the_number_through_the_channel_with_the_key_in_a_header_only() -> None:
    seen: list[httpx2.Request] = []
    access = answering(httpx2.Response(202, json={"id": "m", "status": "accepted"}), secrets=KEYS, seen=seen)
    result = BIRD.send(access, str(PHONE), Outbound(text="Да", key="k"))
    assert (result.outcome, result.external_message_id) == ("accepted", "m")
    assert seen[0].headers["authorization"] == "AccessKey live_key" and "live_key" not in str(seen[0].url)
    assert str(seen[0].url) == "https://api.example/v1/send"
    assert json.loads(seen[0].content) == {
        "to": str(PHONE),
        "from": "ch-1",
        "type": "text",
        "content": {"text": "Да"},
    }


APPROVED = {
    "items": [
        {"name": "order", "language": "en", "status": "APPROVED", "components": [{"type": "BODY", "text": "Ready"}]},
        {
            "name": "order",
            "language": "ru",
            "status": "APPROVED",
            "components": [{"type": "HEADER"}, {"type": "BODY", "text": "{{2}}, заказ {{1}} готов"}],
        },
        {"name": "order", "language": "de", "status": "REJECTED", "components": [{"type": "BODY", "text": "Fertig"}]},
    ]
}


@pytest.mark.requirement("C12")
def test_a_first_message_starts_a_conversation_with_a_template_of_the_namespace() -> None:
    seen: list[httpx2.Request] = []
    begun = httpx2.Response(201, json={"id": "con-7", "contactId": "cont-1", "lastUsedChannelId": "ch-1"})
    last = {"items": [{"id": "mes-7", "direction": "sent", "type": "hsm"}, {"id": "x", "direction": "received"}]}
    access = answering(APPROVED, begun, last, secrets=KEYS, values={"namespace_id": "ns"}, seen=seen)
    result = BIRD.send(access, str(PHONE), Outbound(text="Анна, заказ 12 готов", key="k", template="order"))
    assert (result.outcome, result.external_message_id) == ("accepted", "mes-7")
    assert [one.url.path for one in seen] == [
        "/v3/platforms/whatsapp/templates",
        "/v1/conversations/start",
        "/v1/conversations/con-7/messages",
    ]
    assert json.loads(seen[1].content) == {
        "to": str(PHONE),
        "channelId": "ch-1",
        "type": "hsm",
        "content": {
            "hsm": {
                "namespace": "ns",
                "templateName": "order",
                "language": {"policy": "deterministic", "code": "ru"},
                "params": [{"default": "12"}, {"default": "Анна"}],
            }
        },
    }


def test_a_template_that_is_not_approved_or_says_something_else_is_refused_without_a_message() -> None:
    for text, name in (("Fertig", "order"), ("Ваш заказ готов", "order"), ("Ready", "order:ru"), ("Ready", "other")):
        access = answering(APPROVED, secrets=KEYS, values={"namespace_id": "ns"})
        assert BIRD.send(access, str(PHONE), Outbound(text=text, key="k", template=name)).code == "template_refused"


def test_without_a_list_of_templates_the_name_goes_as_it_is() -> None:
    seen: list[httpx2.Request] = []
    access = answering(httpx2.Response(404), httpx2.Response(202, json={"id": "m"}), secrets=KEYS, seen=seen)
    assert BIRD.send(access, str(PHONE), Outbound(text="Ready", key="k", template="order:en")).outcome == "accepted"
    hsm = json.loads(seen[1].content)["content"]["hsm"]
    assert (hsm["templateName"], hsm["language"]["code"], hsm["params"]) == ("order", "en", [])


def test_a_begun_conversation_whose_message_cannot_be_looked_up_is_on_its_way() -> None:
    begun = httpx2.Response(201, json={"id": "con-7", "contactId": "cont-1"})
    access = answering(httpx2.Response(404), begun, httpx2.ConnectError, secrets=KEYS)
    result = BIRD.send(access, str(PHONE), Outbound(text="Ready", key="k", template="order"))
    assert (result.outcome, result.external_message_id) == ("accepted", None)


@pytest.mark.parametrize(
    ("status", "said", "outcome", "code"),
    [
        (202, {"message": {"id": "m", "status": "accepted"}}, "accepted", None),
        (200, {"items": []}, "sent", None),
        (202, {}, "unknown", "answer_lost"),
        (202, {"id": 7}, "unknown", "answer_lost"),
        (401, {"errors": [{"code": 2}]}, "bad_credentials", "bad_credentials"),
        (400, {"errors": [{"code": 1001}]}, "bad_credentials", "bad_credentials"),
        (402, {"errors": [{"code": 25}]}, "permanent_failure", "payment_needed"),
        (422, {"errors": [{"code": 10}]}, "permanent_failure", "refused"),
        (404, {"errors": "?"}, "permanent_failure", "refused"),
        (429, {}, "retry", "rate_limited"),
        (500, {"errors": [{"code": 99}]}, "retry", "provider_unavailable"),
        (504, {}, "unknown", "answer_lost"),
        (302, {}, "retry", "provider_unavailable"),
    ],
)
def test_an_answer_means(status: int, said: Any, outcome: str, code: str | None) -> None:
    result = BIRD.classify(status, json.dumps(said).encode())
    assert (result.outcome, result.code) == (outcome, code)


def test_a_lost_answer_is_unknown_what_never_left_may_go_again_and_a_wait_is_obeyed() -> None:
    hello = Outbound(text="Hello", key="k")
    assert BIRD.send(answering(httpx2.ReadTimeout, secrets=KEYS), "1", hello).outcome == "unknown"
    assert BIRD.send(answering(httpx2.ConnectError, secrets=KEYS), "1", hello).outcome == "retry"
    slower = answering(httpx2.Response(429, headers={"retry-after": "7"}), secrets=KEYS)
    assert BIRD.send(slower, "1", hello).retry_after == 7


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("x" * (LONGEST_TEXT + 1), "message_too_long")])
def test_what_whatsapp_will_not_take_is_refused_without_a_call(text: str, code: str) -> None:
    assert BIRD.send(answering(secrets=KEYS), "1", Outbound(text=text, key="k")).code == code


def typed(access: Access) -> dict[str, Secret]:
    return dict(access.secrets) | {"signing_key": Secret("sk")}


@pytest.mark.requirement("C09", "C13")
def test_a_number_is_told_by_the_channel_or_overheard_in_its_conversations() -> None:
    told = answering({"items": []}, {"id": "ch-1", "phoneNumber": "+31 600 000 000"}, secrets=KEYS)
    found = BIRD.check_keys(told, typed(told))
    assert (found.outcome, found.phone) == ("verified", "31600000000")
    assert {name: one.reveal() for name, one in found.secrets.items()} == KEYS | {"signing_key": "sk"}
    others = {"id": "con-0", "channels": [{"id": "ch-0"}]}
    ours = {"id": "con-1", "channels": [{"id": "ch-0"}, {"id": "ch-1"}]}
    said = {
        "items": [
            {"channelId": "ch-1", "direction": "sent", "to": "31612345678"},
            {"channelId": "ch-0", "direction": "received", "to": "31699999999"},
            {"channelId": "ch-1", "direction": "received", "to": "31600000000"},
        ]
    }
    heard = answering({"items": [others, ours]}, httpx2.Response(404), said, secrets=KEYS)
    assert BIRD.check_keys(heard, typed(heard)).phone == "31600000000"


@pytest.mark.requirement("C13")
def test_a_wrong_key_and_a_wrong_channel_are_told_apart_and_neither_has_a_number() -> None:
    wrong = answering(httpx2.Response(401, json={"errors": [{"code": 2}]}), secrets=KEYS)
    refused = BIRD.check_keys(wrong, KEYS_TYPED)
    assert (refused.outcome, refused.phone, refused.secrets) == ("credentials_rejected", None, {})
    right = answering({"items": []}, httpx2.Response(404), secrets=KEYS)
    found = BIRD.check_keys(right, KEYS_TYPED)
    assert (found.outcome, found.phone, found.secrets) == ("channel_id_unknown", None, {})


@pytest.mark.parametrize(
    "answer", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.Response(500), httpx2.Response(429)]
)
def test_a_provider_that_does_not_answer_has_refused_nothing(answer: Any) -> None:
    with pytest.raises(Unavailable):
        BIRD.check_keys(answering(answer, secrets=KEYS), KEYS_TYPED)


HOOK = "https://parley.example/hook"
OURS = {"id": "wh-1", "channelId": "ch-1", "url": HOOK, "events": ["message.created", "message.updated"]}


@pytest.mark.parametrize(
    ("listed", "calls"),
    [
        ([], ["GET", "POST"]),
        ([OURS], ["GET"]),
        ([OURS | {"url": "https://elsewhere.example"}], ["GET", "PATCH"]),
        ([OURS | {"status": "disabled"}], ["GET", "PATCH"]),
        ([OURS | {"id": "wh-9", "events": ["message.created"]}], ["GET", "PATCH"]),
        ([OURS | {"channelId": "ch-0"}], ["GET", "DELETE", "POST"]),
        ([OURS | {"id": "wh-9", "url": "https://another.example"}], ["GET", "POST"]),
    ],
)
def test_our_webhook_is_registered_found_again_and_repaired(listed: list[Any], calls: list[str]) -> None:
    seen: list[httpx2.Request] = []
    left = [{"id": "wh-1"}] * 3
    access = answering({"items": listed}, *left, secrets=KEYS | {WEBHOOK: "wh-1"}, seen=seen)
    assert BIRD.set_webhook(access, HOOK, Secret("unused")) == {WEBHOOK: Secret("wh-1")}
    assert [one.method for one in seen] == calls
    if calls[-1] == "POST":
        assert json.loads(seen[-1].content) == {"channelId": "ch-1", "url": HOOK, "events": OURS["events"]}


def test_an_address_that_is_refused_says_so_and_a_webhook_that_is_gone_is_deleted() -> None:
    with pytest.raises(Conflict):
        BIRD.set_webhook(answering({"items": []}, httpx2.Response(422), secrets=KEYS), HOOK, Secret("unused"))
    with pytest.raises(Conflict):
        BIRD.set_webhook(answering(httpx2.Response(401), secrets=KEYS), HOOK, Secret("unused"))
    known = KEYS | {WEBHOOK: "wh-1"}
    for answer, gone in ((httpx2.Response(204), True), (httpx2.Response(404), True), (httpx2.Response(500), False)):
        assert BIRD.delete_webhook(answering(answer, secrets=known)) is gone
    assert not BIRD.delete_webhook(answering(secrets=KEYS))


@pytest.mark.requirement("B05", "B10")
@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ({"items": [OURS]}, None),
        ({"items": [OURS | {"status": "disabled"}]}, "receiving_disabled"),
        ({"items": []}, "receiving_disabled"),
        (httpx2.Response(401), "authorisation"),
        (httpx2.Response(404), None),
    ],
)
def test_a_key_that_counts_no_more_and_a_lost_webhook_are_trouble(answer: Any, trouble: str | None) -> None:
    watched = channel("whatsapp_messagebird")
    assert isinstance(watched, Watched)
    assert watched.trouble(answering(answer, secrets=KEYS | {WEBHOOK: "wh-1"})) == trouble
    with pytest.raises(Unavailable):
        watched.trouble(answering(httpx2.ConnectError, secrets=KEYS))


@pytest.mark.requirement("A24")
@pytest.mark.parametrize(
    ("url", "with_key"),
    [
        ("https://media.messagebird.com/v1/media/1", True),
        ("https://api.example/1", True),
        ("https://messagebird.com.evil.example/1", False),
        ("http://media.messagebird.com/1", False),
        ("https://bucket.example/1", False),
    ],
)
def test_a_file_is_asked_for_with_the_key_at_messagebird_alone(url: str, with_key: bool) -> None:
    fetches = channel("whatsapp_messagebird")
    assert isinstance(fetches, FetchesFiles)
    wanted = fetches.file_request(answering(secrets=KEYS), FileWanted(type="image", url=url))
    assert wanted is not None and (wanted.headers == {"Authorization": Secret("AccessKey live_key")}) is with_key
    assert fetches.file_request(answering(secrets=KEYS), FileWanted(type="image")) is None
