"""VK: what calls become, which call is believed, what is sent and what the answers mean."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels import Access, Hooked, Outbound, channel
from adapters.channels.inbound import Inbound
from adapters.channels.keys import HOOK_SECRET, TOKEN
from adapters.channels.vk.outbound import LARGEST_RANDOM_ID, LONGEST_TEXT, random_id
from adapters.vault.secrets import Secret

VK = channel("vk")
HELLO = Outbound(text="Hello", key="message-1")
SAYS: dict[str, Any] = {"id": 9, "date": 1_700_000_000, "from_id": 77, "peer_id": 77, "out": 0, "text": "Good day"}


def call(kind: str, thing: Any, **more: Any) -> bytes:
    return json.dumps({"type": kind, "group_id": 5, "event_id": "e1", "object": thing} | more).encode()


def read(kind: str, thing: Any, **more: Any) -> Inbound:
    (one,) = VK.parse(call(kind, thing, **more), {})
    return one


@pytest.mark.parametrize("thing", [{"message": SAYS, "client_info": {}}, SAYS], ids=["new shape", "old shape"])
def test_a_customers_message(thing: dict[str, Any]) -> None:
    one = read("message_new", thing)
    assert (one.kind, one.external_message_id, one.external_chat_id, one.sender_id) == ("message", "9", "77", "77")
    assert (one.text, one.timestamp, one.account_id, one.dedup_key) == ("Good day", 1_700_000_000, "5", "event_id:e1")


@pytest.mark.parametrize(
    ("kind", "changes", "becomes"),
    [
        ("message_new", {"peer_id": 2_000_000_001}, "ignore"),
        ("message_new", {"from_id": -5}, "echo"),
        ("message_new", {"out": 1}, "echo"),
        ("message_new", {"action": {"type": "chat_pin_message"}}, "service"),
        ("message_reply", {}, "echo"),
        ("message_edit", {"update_time": 1_700_000_050}, "edit"),
        ("message_edit", {"from_id": -5}, "ignore"),
        ("like_add", {}, "ignore"),
    ],
)
def test_what_is_no_customers_message(kind: str, changes: dict[str, Any], becomes: str) -> None:
    assert read(kind, SAYS | changes).kind == becomes


@pytest.mark.requirement("E10")
def test_an_edit_names_the_message_and_its_own_time() -> None:
    one = read("message_edit", SAYS | {"update_time": 1_700_000_050, "text": "Good night"})
    assert (one.edits_external_message_id, one.timestamp, one.text) == ("9", 1_700_000_050, "Good night")


def test_a_pressed_button_is_known_by_its_own_event() -> None:
    one = read("message_event", {"user_id": 77, "peer_id": 77, "event_id": "press", "payload": {"b": "да"}})
    assert (one.kind, one.external_message_id, one.button_payload) == ("button", "press", '{"b": "да"}')


@pytest.mark.parametrize(
    ("one", "becomes"),
    [
        ({"type": "doc", "doc": {"url": "https://x/1", "title": "a.pdf", "size": 3}}, ("file", "https://x/1")),
        (
            {"type": "audio_message", "audio_message": {"link_ogg": "https://x/2", "duration": 4}},
            ("voice", "https://x/2"),
        ),
        ({"type": "video", "video": {"owner_id": -3, "id": 8}}, ("video", "https://vk.com/video-3_8")),
        ({"type": "wall", "wall": {"from_id": 6, "id": 8}}, ("link", "https://vk.com/wall6_8")),
        ({"type": "link", "link": {"url": "https://x/3"}}, ("link", "https://x/3")),
        ({"type": "graffiti", "graffiti": {"url": "https://x/4"}}, ("image", "https://x/4")),
        ({"type": "gift", "gift": {}}, ("unsupported", None)),
        ({"type": "photo"}, ("unsupported", None)),
        ({}, ("unsupported", None)),
    ],
)
def test_an_attachment(one: dict[str, Any], becomes: tuple[str, str | None]) -> None:
    (found,) = read("message_new", SAYS | {"attachments": [one]}).attachments or ()
    assert (found.type, found.url) == becomes


def test_the_largest_picture_stands_for_all_its_sizes_and_a_place_is_told() -> None:
    sizes = [{"url": f"https://x/{width}", "width": width, "height": 10} for width in (75, 900, 604)]
    geo = {"coordinates": {"latitude": 59.9, "longitude": 30.3}, "place": {"title": "Shop"}}
    picture, place = (
        read(
            "message_new", SAYS | {"attachments": [{"type": "photo", "photo": {"sizes": sizes}}], "geo": geo}
        ).attachments
        or ()
    )
    assert (picture.url, picture.width) == ("https://x/900", 900)
    assert (place.type, place.latitude, place.title) == ("location", 59.9, "Shop")


def test_words_that_he_passed_on_stay_with_his_own() -> None:
    one = read("message_new", SAYS | {"fwd_messages": [{"text": "first"}, {"text": ""}, {"text": "second"}]})
    assert one.attributes == {"forwarded": "first\nsecond"}


def test_what_was_passed_on_is_quoted_with_its_pictures_and_what_stands_in_it() -> None:
    photo = {"type": "photo", "photo": {"sizes": [{"url": "https://x/1", "width": 9, "height": 9}]}}
    inner = {"text": "inside", "attachments": None}
    one = read("message_new", SAYS | {"text": "", "fwd_messages": [{"attachments": [photo], "fwd_messages": [inner]}]})
    assert one.attributes == {"forwarded": "https://x/1\ninside"} and one.attachments == ()


def test_the_link_by_which_he_came_is_kept() -> None:
    assert read("message_new", SAYS | {"ref": "spring", "ref_source": "ads"}).attributes == {
        "ref": "spring",
        "ref_source": "ads",
    }


@pytest.mark.parametrize(
    ("old", "becomes"),
    [
        ({"out": 0}, ("message", "77", "Good day")),
        ({"out": 1}, ("echo", "77", "Good day")),
        ({"out": 0, "chat_id": 3}, ("ignore", "2000000003", None)),
    ],
)
def test_a_message_of_the_oldest_shape(old: dict[str, Any], becomes: tuple[str, str, str | None]) -> None:
    one = read("message_new", {"id": 9, "date": 1_700_000_000, "user_id": 77, "body": "Good day", **old})
    assert (one.kind, one.external_chat_id, one.text) == becomes


@pytest.mark.parametrize(
    "odd",
    [
        {"attachments": None},
        {"attachments": {"0": {}}},
        {"fwd_messages": None},
        {"reply_message": []},
        {"geo": {"coordinates": "59.9 30.3"}},
        {"action": ""},
        {"update_time": "now"},
        {"ref": 7},
    ],
)
def test_an_odd_fact_beside_the_words_does_not_lose_them(odd: dict[str, Any]) -> None:
    one = read("message_new", SAYS | odd)
    assert (one.kind, one.text) == ("message", "Good day")


@pytest.mark.parametrize(("payload", "told"), [('{"b":1}', '{"b":1}'), ({"b": "да"}, '{"b": "да"}'), (None, None)])
def test_a_keyboards_button_tells_its_payload(payload: Any, told: str | None) -> None:
    assert read("message_new", SAYS | {"payload": payload}).button_payload == told


@pytest.mark.parametrize("thing", [None, [], {"message": None}, {"message": {"id": 1}}, SAYS | {"date": "soon"}])
def test_a_malformed_message_says_where_without_its_value(thing: Any) -> None:
    one = read("message_new", thing)
    assert one.kind == "invalid"
    assert one.reason and "soon" not in one.reason


@pytest.mark.requirement("E07")
@pytest.mark.parametrize("given", ["the secret!", "the secre", "", None, 7, ["the secret"]])
def test_a_call_with_another_secret_is_not_believed(given: Any) -> None:
    hooked = Hooked({}, call("confirmation", None, secret=given))
    assert not VK.verify_webhook(hooked, {HOOK_SECRET: Secret("the secret")})


@pytest.mark.requirement("E07")
def test_a_call_with_the_secret_is_believed_and_acknowledged_as_vk_wants_it() -> None:
    hooked = Hooked({}, call("message_new", SAYS, secret="the secret"))
    assert VK.verify_webhook(hooked, {HOOK_SECRET: Secret("the secret")})
    assert VK.acknowledgement([]) == "ok"


def answering(respond: Any) -> Access:
    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    return Access(client, {TOKEN: Secret("vk1.a.secret")}, "https://api.example")


@pytest.mark.requirement("D05")
def test_the_token_goes_in_the_form_and_never_in_the_address() -> None:
    seen: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(
            200, content=b'{"response":[{"peer_id":77,"message_id":17,"conversation_message_id":5}]}'
        )

    result = VK.send(answering(respond), "77", Outbound(text="Да 😂", key="k", reply_to_external_message_id="8"))
    form = {name: values[0] for name, values in parse_qs(seen[0].content.decode()).items()}
    assert (result.outcome, result.external_message_id) == ("sent", "17")
    assert seen[0].url.path == "/method/messages.send" and not seen[0].url.query
    assert form["access_token"] == "vk1.a.secret"
    assert (form["peer_ids"], form["message"], form["reply_to"]) == ("77", "Да 😂", "8")


@given(key=st.text())
def test_a_message_has_one_number_for_all_its_tries(key: str) -> None:
    assert random_id(key) == random_id(key)
    assert 1 <= random_id(key) <= LARGEST_RANDOM_ID


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_a_lost_answer_may_be_asked_for_again_because_the_number_protects(error: type[Exception]) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        raise error("cut")

    assert VK.send(answering(respond), "77", HELLO).outcome == "retry"


def test_messages_that_are_switched_off_are_told_from_a_lost_right() -> None:
    off = {"error": {"error_code": 15, "error_msg": "Access denied: group messages are disabled"}}
    result = VK.classify(200, json.dumps(off).encode())
    assert (result.outcome, result.code) == ("bad_credentials", "receiving_disabled")
    assert VK.classify(200, refused(15)).code == "bad_credentials"


def refused(code: int) -> bytes:
    return json.dumps({"error": {"error_code": code, "error_msg": "no"}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (200, b'{"response":17}', "sent", None),
        (200, b'{"response":[{"error":{"code":901}}]}', "permanent_failure", "user_did_not_allow_messages"),
        (200, b"{}", "unknown", "answer_lost"),
        (200, b"<html>", "unknown", "answer_lost"),
        (200, refused(5), "bad_credentials", "bad_credentials"),
        (200, refused(27), "bad_credentials", "bad_credentials"),
        (200, refused(6), "retry", "rate_limited"),
        (200, refused(10), "retry", "provider_unavailable"),
        (200, refused(14), "operator_action", "captcha_needed"),
        (200, refused(900), "permanent_failure", "blocked_by_user"),
        (200, refused(914), "permanent_failure", "message_too_long"),
        (200, refused(12345), "permanent_failure", "refused"),
        (200, b'{"error":"?"}', "unknown", "answer_lost"),
        (429, b"", "retry", "rate_limited"),
        (502, b"", "retry", "provider_unavailable"),
        (404, b"", "permanent_failure", "refused"),
    ],
)  # fmt: skip
def test_an_answer_means(status: int, body: bytes, outcome: str, code: str | None) -> None:
    result = VK.classify(status, body)
    assert (result.outcome, result.code) == (outcome, code)


@pytest.mark.parametrize(
    ("text", "code"), [("", "message_empty"), (" \n", "message_empty"), ("x" * (LONGEST_TEXT + 1), "message_too_long")]
)
def test_what_vk_will_not_take_is_refused_without_a_call(text: str, code: str) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("nothing may be sent")

    assert VK.send(answering(respond), "77", Outbound(text=text, key="k")).code == code
