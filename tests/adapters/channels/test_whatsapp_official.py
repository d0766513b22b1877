"""WhatsApp's Cloud API: what webhooks become, what is sent, and how a template is filled."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel
from adapters.channels.inbound import Inbound
from adapters.channels.keys import TOKEN, WABA_ID
from adapters.channels.outcomes import SendResult
from adapters.channels.whatsapp_official.outbound import LONGEST_TEXT
from adapters.channels.wordings import parameters
from adapters.vault.secrets import Secret
from tests.adapters.channels.graph_bodies import BSUID, NUMBER_ID, PHONE, change, contact, raw, waba, writes

WHATSAPP = channel("whatsapp_official")


def read(*messages: Any, **value: Any) -> list[Inbound]:
    return WHATSAPP.parse(raw(waba(change(contacts=[contact()], messages=list(messages), **value))), {})


def test_a_customers_message() -> None:
    (one,) = read(writes(context={"id": "wamid.0"}, text={"body": "Привет"}))
    assert (one.kind, one.external_message_id, one.external_chat_id) == ("message", "wamid.1", PHONE)
    assert (one.account_id, one.timestamp, one.text) == (NUMBER_ID, 1_700_000_000, "Привет")
    assert (one.sender_id, one.sender_name, one.sender_phone) == (PHONE, "Sheena", PHONE)
    assert one.reply_to_external_message_id == "wamid.0"


def test_a_customer_with_a_username_may_hide_his_number() -> None:
    hidden = {"id": "wamid.1", "from_user_id": BSUID, "timestamp": "1", "type": "text", "text": {"body": "x"}}
    card = {"profile": {"name": "Sheena", "username": "sheena"}, "user_id": BSUID}
    (one,) = WHATSAPP.parse(raw(waba(change(contacts=[card], messages=[hidden]))), {})
    assert (one.sender_id, one.external_chat_id, one.sender_username) == (BSUID, BSUID, "sheena")
    assert (one.sender_phone, one.sender_also) == (None, None)


def test_both_names_of_a_customer_are_kept() -> None:
    (one,) = WHATSAPP.parse(raw(waba(change(contacts=[contact(user_id=BSUID)], messages=[writes()]))), {})
    assert (one.sender_id, one.sender_also) == (PHONE, (BSUID,))


def test_a_new_number_is_told_beside_the_old_one() -> None:
    told = {"type": "user_changed_number", "wa_id": "1999", "body": "changed"}
    (one,) = WHATSAPP.parse(raw(waba(change(messages=[writes(type="system", system=told)]))), {})
    assert (one.kind, one.sender_id, one.sender_also) == ("service", PHONE, ("1999",))


@pytest.mark.parametrize(
    ("type", "inner", "becomes"),
    [
        ("image", {"id": "7", "mime_type": "image/jpeg", "caption": "look"}, ("image", "7", "look")),
        ("video", {"id": "7"}, ("video", "7", "")),
        ("audio", {"id": "7", "voice": False}, ("audio", "7", "")),
        ("audio", {"id": "7", "voice": True}, ("voice", "7", "")),
        ("document", {"id": "7", "filename": "a.pdf"}, ("file", "7", "")),
        ("sticker", {"id": "7", "animated": True}, ("sticker", "7", "")),
        ("location", {"latitude": 1.5, "longitude": 2.5, "name": "Here"}, ("location", None, "")),
        ("contacts", [{"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+1"}]}], ("contact", None, "")),
        ("order", {"catalog_id": "1", "text": "two", "product_items": []}, ("order", None, "two")),
        ("poll", {"question": "?"}, ("unsupported", None, "")),
    ],
)
def test_an_attachment_is_what_its_type_says(type: str, inner: Any, becomes: tuple[str, str | None, str]) -> None:
    (one,) = read(writes(type=type, **{type: inner}))
    (found,) = one.attachments or ()
    assert (found.type, found.media_id, one.text) == becomes


@pytest.mark.parametrize(
    ("type", "inner", "text", "payload"),
    [
        ("button", {"text": "Yes", "payload": "Y"}, "Yes", "Y"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "Y", "title": "Yes"}}, "Yes", "Y"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "2", "title": "Two"}}, "Two", "2"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent", "{}"),
    ],
)
def test_a_pressed_button_is_a_message_with_its_payload(type: str, inner: Any, text: str, payload: str) -> None:
    (one,) = read(writes(type=type, **{type: inner}))
    assert (one.kind, one.text, one.button_payload) == ("message", text, payload)


@pytest.mark.requirement("E10")
def test_an_edit_and_a_message_taken_back() -> None:
    now = {"type": "image", "image": {"id": "7", "caption": "now"}}
    edit, taken = read(
        writes("wamid.2", "edit", edit={"original_message_id": "wamid.1", "message": now}),
        writes("wamid.3", "revoke", revoke={"original_message_id": "wamid.1"}),
    )
    assert (edit.kind, edit.edits_external_message_id, edit.text) == ("edit", "wamid.1", "now")
    assert (taken.kind, taken.deletes_external_message_id) == ("delete", "wamid.1")


def test_a_reaction_without_an_emoji_is_its_end() -> None:
    given, ended = read(
        writes("wamid.2", "reaction", reaction={"message_id": "wamid.1", "emoji": "👍"}),
        writes("wamid.3", "reaction", reaction={"message_id": "wamid.1"}),
    )
    assert [(one.target_message_id, one.emoji) for one in (given, ended)] == [("wamid.1", "👍"), ("wamid.1", "")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (waba(change(messages=[writes(type="request_welcome", x=1)])), "request_welcome"),
        (waba(change(messages=[writes(type="system", system={"type": "user_changed_number"})])), "user_changed_number"),
        (waba(change("calls", calls=[{"id": "c", "timestamp": "1"}])), "call"),
    ],
)
def test_what_nobody_wrote_is_a_service_message(body: Any, reason: str) -> None:
    (one,) = WHATSAPP.parse(raw(body), {})
    assert (one.kind, one.reason) == ("service", reason)


@pytest.mark.parametrize(
    "body",
    [
        waba(change("history")),
        waba(change("smb_app_state_sync")),
        waba(change("message_template_status_update", event="APPROVED")),
        waba(change(errors=[{"code": 131000}])),
        waba(change(messages=[writes(group_id="g", text={"body": "x"})])),
        waba(change()),
        waba(),
    ],
)
def test_what_we_have_no_use_for_is_acknowledged(body: Any) -> None:
    assert [one.kind for one in WHATSAPP.parse(raw(body), {})] == ["ignore"]


def test_what_the_business_writes_on_its_telephone_is_an_echo() -> None:
    body = waba(change("smb_message_echoes", message_echoes=[writes(to="1999", text={"body": "we"})]))
    (one,) = WHATSAPP.parse(raw(body), {})
    assert (one.kind, one.external_chat_id, one.sender_id, one.text) == ("echo", "1999", PHONE, "we")


@pytest.mark.parametrize(
    ("told", "becomes"),
    [
        ("sent", "sent_receipt"),
        ("delivered", "delivery_receipt"),
        ("read", "read_receipt"),
        ("played", "read_receipt"),
        ("deleted", "delete"),
        ("warning", "ignore"),
    ],
)
def test_a_status_tells_our_key_again(told: str, becomes: str) -> None:
    status = {"id": "wamid.9", "status": told, "timestamp": "1700000000", "recipient_id": PHONE}
    (one,) = read(statuses=[status | {"biz_opaque_callback_data": "our-message"}])
    assert one.kind == becomes
    if becomes != "ignore":
        assert (one.external_message_id, one.external_chat_id, one.our_key) == ("wamid.9", PHONE, "our-message")


def test_a_failure_names_a_row_of_the_table() -> None:
    status = {"id": "wamid.9", "status": "failed", "timestamp": "1", "recipient_id": PHONE}
    (one,) = read(statuses=[status | {"errors": [{"code": 131047, "title": "t"}]}])
    assert (one.kind, one.error_code, one.reason) == ("failure_receipt", 131047, "window_closed")


def test_two_statuses_of_one_message_are_two_things() -> None:
    status = {"id": "wamid.9", "timestamp": "1", "recipient_id": PHONE}
    things = read(statuses=[status | {"status": "sent"}, status | {"status": "read"}, status | {"status": "sent"}])
    assert [one.kind for one in things] == ["sent_receipt", "read_receipt"]


@pytest.mark.requirement("E02")
def test_a_malformed_message_does_not_lose_the_others_and_one_that_stands_twice_is_one() -> None:
    things = read("no object", writes(), writes(), {"id": "wamid.3"}, writes("wamid.4", "location", location={}))
    assert [one.kind for one in things] == ["invalid", "message", "invalid", "invalid"]


@pytest.mark.requirement("E05")
def test_a_time_that_is_none_does_not_lose_the_message() -> None:
    assert [one.timestamp for one in read(writes() | {"timestamp": "soon"})] == [None]


Answering = Callable[[httpx2.Request], httpx2.Response]
TAKEN = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.7"}]}


def send(out: Outbound, chat: str = PHONE, *, templates: httpx2.Response | None = None) -> tuple[SendResult, list[Any]]:
    seen: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return templates or httpx2.Response(404)
        seen.append({"path": request.url.path, **json.loads(request.content)})
        return httpx2.Response(200, json=TAKEN)

    secrets = {TOKEN: Secret("t"), WABA_ID: Secret("4195")}
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        return WHATSAPP.send(Access(client, secrets, "http://graph", NUMBER_ID), chat, out), seen


def test_a_text_goes_with_our_key() -> None:
    result, (said,) = send(Outbound(text="Hello", key="k", reply_to_external_message_id="wamid.1"))
    assert (result.outcome, result.external_message_id) == ("accepted", "wamid.7")
    assert said == {
        "path": f"/v25.0/{NUMBER_ID}/messages",
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "biz_opaque_callback_data": "k",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "context": {"message_id": "wamid.1"},
    }


@pytest.mark.parametrize(
    ("chat", "field", "value"), [("+1 (650) 555-1234", "to", PHONE), (BSUID, "recipient", BSUID), (PHONE, "to", PHONE)]
)
def test_a_number_and_an_id_that_hides_one_stand_in_different_fields(chat: str, field: str, value: str) -> None:
    _, (said,) = send(Outbound(text="x", key="k"), chat)
    assert said[field] == value
    assert not {"to", "recipient"} - {field} & set(said)


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("a" * (LONGEST_TEXT + 1), "message_too_long")])
def test_what_whatsapp_would_refuse_is_not_sent(text: str, code: str) -> None:
    result, calls = send(Outbound(text=text, key="k"))
    assert (result.code, calls) == (code, [])


def listed(*wordings: tuple[str, str], **more: Any) -> httpx2.Response:
    data = [
        {"name": "order", "language": language, "components": [{"type": "BODY", "text": text}]} | more
        for language, text in wordings
    ]
    return httpx2.Response(200, json={"data": data})


def test_a_template_is_filled_from_what_the_agent_has_written() -> None:
    templates = listed(("en", "Hi {{1}}, order {{2}} is ready."), ("ru", "{{1}}, заказ {{2}} готов."))
    _, (said,) = send(Outbound(text="Анна, заказ № 7 готов.", key="k", template="order"), templates=templates)
    assert said["type"] == "template"
    assert said["template"] == {
        "name": "order",
        "language": {"code": "ru"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Анна"}, {"type": "text", "text": "№ 7"}]}
        ],
    }


def test_named_places_are_told_by_name() -> None:
    templates = listed(("en", "Hi {{who}}!"), parameter_format="NAMED")
    _, (said,) = send(Outbound(text="Hi Bo!", key="k", template="order:en"), templates=templates)
    (part,) = said["template"]["components"]
    assert part["parameters"] == [{"type": "text", "parameter_name": "who", "text": "Bo"}]


@pytest.mark.parametrize("state", ["REJECTED", "PAUSED"])
def test_a_template_that_is_not_approved_is_not_sent(state: str) -> None:
    result, calls = send(Outbound(text="Hi", key="k", template="order"), templates=listed(("en", "Hi"), status=state))
    assert (result.code, calls) == ("template_refused", [])


def test_a_text_that_is_no_case_of_the_template_is_not_sent() -> None:
    result, calls = send(Outbound(text="Buy!", key="k", template="order"), templates=listed(("en", "Hi {{1}}")))
    assert (result.code, calls) == ("template_refused", [])


def test_where_templates_are_not_told_the_name_goes_as_it_is() -> None:
    _, (said,) = send(Outbound(text="Hi", key="k", template="order:en_US"))
    assert said["template"] == {"name": "order", "language": {"code": "en_US"}}


def test_while_meta_does_not_tell_nothing_is_sent_yet() -> None:
    result, calls = send(Outbound(text="Hi", key="k", template="order"), templates=httpx2.Response(503))
    assert (result.outcome, calls) == ("retry", [])


def test_places_are_found_in_lines_and_signs() -> None:
    assert parameters("Sum: {{1}} (net).\n{{ 2 }}", "Sum: 5 (net).\nBye") == [("1", "5"), ("2", "Bye")]
    assert parameters("Hello", "Hello") == []
    assert parameters("Hello {{1}}", "Bye") is None
