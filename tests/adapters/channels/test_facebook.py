"""Messenger: what events become, what is sent, and in which window."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel
from adapters.channels.facebook.outbound import DAY, LONGEST_TEXT, WEEK
from adapters.channels.inbound import Inbound
from adapters.channels.keys import TOKEN
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from tests.adapters.channels.graph_bodies import PAGE, PSID, event, page, raw

FACEBOOK = channel("facebook")


def read(*events: Any) -> list[Inbound]:
    return FACEBOOK.parse(raw(page(*events)), {})


def message(**what: Any) -> dict[str, Any]:
    return event(message={"mid": "m_1"} | what)


def test_a_customers_message() -> None:
    (one,) = read(message(text="Добрый день 👋", reply_to={"mid": "m_0"}, quick_reply={"payload": "RED"}))
    assert (one.kind, one.external_message_id, one.external_chat_id, one.account_id) == ("message", "m_1", PSID, PAGE)
    assert (one.text, one.timestamp) == ("Добрый день 👋", 1_700_000_000.25)
    assert (one.reply_to_external_message_id, one.button_payload) == ("m_0", "RED")


def test_ids_that_come_as_numbers_keep_every_digit() -> None:
    (one,) = read({"sender": {"id": 2**63 + 1}, "recipient": {"id": PAGE}, "message": {"mid": "m_1", "text": "x"}})
    assert one.sender_id == str(2**63 + 1)


def test_a_time_in_seconds_is_one_too() -> None:
    (one,) = read(event(timestamp=1_700_000_000, message={"mid": "m_1", "text": "x"}))
    assert one.timestamp == 1_700_000_000


@pytest.mark.parametrize("time", ["1700000000250", 1_700_000_000_250.0])
def test_a_time_in_another_form_and_nulls_do_not_lose_a_message(time: object) -> None:
    (one,) = read(event(timestamp=time, message={"mid": "m_1", "text": None, "attachments": None, "reply_to": None}))
    assert (one.kind, one.text, one.timestamp) == ("message", "", 1_700_000_000.25)


@pytest.mark.parametrize(
    ("attachment", "becomes"),
    [
        ({"type": "image", "payload": {"url": "https://x/1"}}, ("image", "https://x/1")),
        ({"type": "video", "payload": {"url": "https://x/2"}}, ("video", "https://x/2")),
        ({"type": "audio", "payload": {"url": "https://x/3"}}, ("audio", "https://x/3")),
        ({"type": "file", "payload": {"url": "https://x/4"}}, ("file", "https://x/4")),
        ({"type": "reel", "payload": {"url": "https://x/5"}}, ("video", "https://x/5")),
        (
            {"type": "image", "payload": {"url": "https://x/6", "sticker_id": 369239263222822}},
            ("sticker", "https://x/6"),
        ),
        ({"type": "fallback", "url": "https://x/7", "title": "A page", "payload": None}, ("link", "https://x/7")),
        ({"type": "location", "payload": {"coordinates": {"lat": 1.5, "long": 2.5}}}, ("location", None)),
        ({"type": "location", "payload": {}}, ("unsupported", None)),
        ({"type": "template", "payload": {"template_type": "generic"}}, ("unsupported", None)),
        ("broken", ("unsupported", None)),
    ],
)
def test_an_attachment_is_what_its_type_says(attachment: Any, becomes: tuple[str, str | None]) -> None:
    (one,) = read(message(attachments=[attachment]))
    (found,) = one.attachments or ()
    assert (one.text, found.type, found.url) == ("", *becomes)


def test_what_messenger_cannot_show_is_not_lost() -> None:
    (one,) = read(message(is_unsupported=True))
    assert [found.type for found in one.attachments or ()] == ["unsupported"]


def test_an_echo_is_never_a_customers_and_tells_our_key_again() -> None:
    back = {"sender": {"id": PAGE}, "recipient": {"id": PSID}, "timestamp": 1_700_000_000_250}
    (one,) = read(back | {"message": {"mid": "m_9", "is_echo": True, "app_id": 7, "metadata": "ours", "text": "Hi"}})
    assert (one.kind, one.external_chat_id, one.sender_id, one.our_key) == ("echo", PSID, PAGE, "ours")
    assert one.attributes == {"app_id": "7"}


@pytest.mark.requirement("E10")
def test_an_edit_and_a_message_taken_back() -> None:
    edit, taken = read(event(message_edit={"mid": "m_1", "text": "now", "num_edit": 2}), message(is_deleted=True))
    assert (edit.kind, edit.edits_external_message_id, edit.text) == ("edit", "m_1", "now")
    assert (taken.kind, taken.deletes_external_message_id) == ("delete", "m_1")


def test_a_reaction_and_its_end() -> None:
    given, ended = read(
        event(reaction={"mid": "m_1", "action": "react", "reaction": "love", "emoji": "❤"}),
        event(reaction={"mid": "m_1", "action": "unreact"}),
    )
    assert [(one.kind, one.target_message_id, one.emoji) for one in (given, ended)] == [
        ("reaction", "m_1", "❤"),
        ("reaction", "m_1", ""),
    ]


def test_a_press_of_a_button() -> None:
    (one,) = read(event(postback={"mid": "m_2", "title": "Start", "payload": "GO"}))
    assert (one.kind, one.text, one.button_payload, one.external_message_id) == ("button", "Start", "GO", "m_2")


def test_receipts_name_messages_or_only_how_far_they_reach() -> None:
    one, several, none, seen = read(
        event(delivery={"mids": ["m_1"], "watermark": 5_000}),
        event(delivery={"mids": ["m_1", "m_2"], "watermark": 6_000}),
        event(delivery={"watermark": 7_000}),
        event(read={"watermark": 8_000}),
    )
    assert (one.kind, one.external_message_id, one.watermark_ms) == ("delivery_receipt", "m_1", 5_000)
    assert (several.external_message_id, several.external_message_ids) == (None, ("m_1", "m_2"))
    assert (none.external_message_ids, none.watermark_ms) == (None, 7_000)
    assert (seen.kind, seen.watermark_ms, seen.external_chat_id) == ("read_receipt", 8_000, PSID)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"recipient": {"id": PAGE}, "optin": {"user_ref": "1"}},
        event(referral={"ref": "ad"}),
        event(account_linking={"status": "linked"}),
        event(pass_thread_control={}),
        event(something_new={}),
    ],
)
def test_an_event_that_we_do_not_know_is_acknowledged(odd: Any) -> None:
    (one,) = read(odd)
    assert (one.kind, bool(one.reason)) == ("ignore", True)


def test_entries_of_others_are_let_go() -> None:
    body = {"object": "page", "entry": [{"id": PAGE, "standby": [message()]}, {"id": PAGE, "changes": [{}]}]}
    assert [one.reason for one in FACEBOOK.parse(raw(body), {})] == ["entry:standby", "entry:changes"]


@pytest.mark.requirement("E02")
def test_a_malformed_event_does_not_lose_the_others_and_one_that_stands_twice_is_one() -> None:
    things = read(
        "no object", message(text="a"), message(text="a"), event(message={"text": "no id"}), message(mid="m_2")
    )
    assert [one.kind for one in things] == ["invalid", "message", "invalid", "message"]
    assert all(one.reason for one in things if one.kind == "invalid")


def test_each_page_of_a_body_is_told() -> None:
    body = page(message(text="a"))
    body["entry"].append({"id": "7", "messaging": [message(text="a")]})
    assert [one.account_id for one in FACEBOOK.parse(raw(body), {})] == [PAGE, "7"]


def answers(seen: list[dict[str, Any]], reply: dict[str, Any], status: int = 200) -> httpx2.Client:
    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append({"path": request.url.path, **json.loads(request.content)})
        return httpx2.Response(status, json=reply)

    return httpx2.Client(transport=httpx2.MockTransport(answer))


def send(out: Outbound) -> tuple[SendResult, list[dict[str, Any]]]:
    seen: list[dict[str, Any]] = []
    with answers(seen, {"recipient_id": PSID, "message_id": "m_7"}) as client:
        return FACEBOOK.send(Access(client, {TOKEN: Secret("t")}, "http://graph", PAGE), PSID, out), seen


def test_an_answer_within_a_day() -> None:
    result, (said,) = send(Outbound(text="Hello", key="k", reply_to_external_message_id="m_1"))
    assert (result.outcome, result.external_message_id) == ("sent", "m_7")
    assert said == {
        "path": f"/v25.0/{PAGE}/messages",
        "messaging_type": "RESPONSE",
        "recipient": {"id": PSID},
        "message": {"text": "Hello", "metadata": "k"},
        "reply_to": {"mid": "m_1"},
    }


def test_later_only_a_person_may_answer_and_under_a_tag() -> None:
    _, (said,) = send(Outbound(text="Hello", key="k", quiet_for=DAY))
    assert (said["messaging_type"], said["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    for late in (
        Outbound(text="x", key="k", quiet_for=DAY, by_person=False),
        Outbound(text="x", key="k", quiet_for=WEEK),
    ):
        result, calls = send(late)
        assert (result.outcome, result.code, calls) == ("permanent_failure", "window_closed", [])


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("a" * (LONGEST_TEXT + 1), "message_too_long")])
def test_what_messenger_would_refuse_is_not_sent(text: str, code: str) -> None:
    result, calls = send(Outbound(text=text, key="k"))
    assert (result.code, calls) == (code, [])
