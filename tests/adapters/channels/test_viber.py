"""Viber: what callbacks become, which one is believed, what is sent and what the answers mean."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Hooked, Outbound, by_token, channel
from adapters.channels.inbound import Inbound
from adapters.channels.keys import TOKEN
from adapters.channels.viber.outbound import LONGEST_TEXT
from adapters.channels.viber.webhook import HEADER
from adapters.vault.secrets import Secret
from domain.errors import Conflict, Unavailable

VIBER, CONNECTING = channel("viber"), by_token("viber")
BOT = Secret("4dab-token")
BIG = 5_925_491_906_424_759_104
SAYS: dict[str, Any] = {
    "event": "message",
    "timestamp": 1_700_000_000_250,
    "message_token": BIG,
    "sender": {"id": "abc=", "name": "Ann", "avatar": "https://x/a"},
    "message": {"type": "text", "text": "Добрый день 👋"},
}


def read(**changes: Any) -> Inbound:
    (one,) = VIBER.parse(json.dumps(SAYS | changes).encode(), {})
    return one


def test_a_customers_message_with_every_digit_of_its_token() -> None:
    one = read()
    assert (one.kind, one.external_message_id, one.external_chat_id) == ("message", str(BIG), "abc=")
    assert (one.sender_name, one.text, one.timestamp) == ("Ann", "Добрый день 👋", 1_700_000_000.25)


def test_an_answer_names_the_message_that_it_answers() -> None:
    assert read(message={"type": "text", "text": "Да", "tracking_data": "our key"}).our_key == "our key"
    assert read(message={"type": "text", "text": "Да", "tracking_data": ""}).our_key is None


@pytest.mark.parametrize(
    ("message", "becomes"),
    [
        ({"type": "picture", "media": "https://x/1", "text": "look"}, ("image", "https://x/1")),
        ({"type": "video", "media": "https://x/2", "size": 3, "duration": 4}, ("video", "https://x/2")),
        ({"type": "file", "media": "https://x/3", "file_name": "a.pdf"}, ("file", "https://x/3")),
        ({"type": "url", "media": "https://x/4"}, ("link", "https://x/4")),
        ({"type": "sticker", "sticker_id": 40}, ("sticker", None)),
        ({"type": "contact", "contact": {"name": "Bo", "phone_number": "+1"}}, ("contact", None)),
        ({"type": "location", "location": {"lat": 1.5, "lon": 2.5}}, ("location", None)),
        ({"type": "location"}, ("unsupported", None)),
        ({"type": "rich_media"}, ("unsupported", None)),
    ],
)
def test_an_attachment_is_what_the_type_says(message: dict[str, Any], becomes: tuple[str, str | None]) -> None:
    (found,) = read(message=message).attachments or ()
    assert (found.type, found.url) == becomes


def test_fields_of_another_type_mean_nothing() -> None:
    assert read(message={"type": "text", "text": "hi", "media": "https://x"}).attachments == ()


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({"event": "delivered", "user_id": "abc="}, "delivery_receipt"),
        ({"event": "seen", "user_id": "abc="}, "read_receipt"),
        ({"event": "failed", "user_id": "abc=", "desc": "why"}, "failure_receipt"),
        ({"event": "subscribed", "user": {"id": "abc="}}, "service"),
        ({"event": "unsubscribed", "user_id": "abc="}, "service"),
        ({"event": "webhook"}, "ping"),
        ({"event": "client_status"}, "ignore"),
        ({"message_token": -1}, "invalid"),
        ({"sender": None}, "invalid"),
        ({"message": {}}, "invalid"),
    ],
)
def test_what_is_no_message(changes: dict[str, Any], becomes: str) -> None:
    assert read(**changes).kind == becomes


def test_a_delivery_and_a_reading_of_one_message_are_two_things_and_a_second_device_is_none() -> None:
    delivered, seen = read(event="delivered", user_id="abc="), read(event="seen", user_id="abc=")
    assert delivered.dedup_key == read(event="delivered", user_id="abc=").dedup_key != seen.dedup_key


def signed(raw: bytes, key: Secret = BOT) -> str:
    return hmac.new(key.reveal().encode(), raw, hashlib.sha256).hexdigest()


@pytest.mark.requirement("E07")
def test_a_signature_is_believed_in_either_case_of_its_letters() -> None:
    raw = json.dumps(SAYS).encode()
    for given in (signed(raw), signed(raw).upper()):
        assert VIBER.verify_webhook(Hooked({HEADER: given}, raw), {TOKEN: BOT})


@pytest.mark.requirement("E07")
@pytest.mark.parametrize(
    ("given", "raw"),
    [
        (signed(b"{}"), b"{} "),
        (signed(b"{}", Secret("other")), b"{}"),
        (signed(b"{}")[:-1], b"{}"),
        ("", b"{}"),
        ("пар", b"{}"),
    ],
)
def test_another_body_key_or_signature_is_not_believed(given: str, raw: bytes) -> None:
    assert not VIBER.verify_webhook(Hooked({HEADER: given}, raw), {TOKEN: BOT})


def test_the_published_vector() -> None:
    raw = b'{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'
    key = Secret("44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3")
    given = "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef"
    assert VIBER.verify_webhook(Hooked({HEADER: given}, raw), {TOKEN: key})


def answering(*answers: Any, seen: list[httpx2.Request] | None = None) -> Access:
    left = list(answers)

    def respond(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        answer = left.pop(0)
        if isinstance(answer, type):
            raise answer("cut")
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)

    return Access(httpx2.Client(transport=httpx2.MockTransport(respond)), {TOKEN: BOT}, "https://api.example")


@pytest.mark.requirement("D05")
def test_a_message_goes_with_the_token_in_a_header_only() -> None:
    seen: list[httpx2.Request] = []
    result = VIBER.send(answering({"status": 0, "message_token": BIG}, seen=seen), "abc=", Outbound(text="Да", key="k"))
    assert (result.outcome, result.external_message_id) == ("sent", str(BIG))
    assert seen[0].headers["x-viber-auth-token"] == BOT.reveal() and BOT.reveal() not in str(seen[0].url)
    said = json.loads(seen[0].content)
    assert (said["receiver"], said["text"], said["tracking_data"]) == ("abc=", "Да", "k")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (200, {"status": 2}, "bad_credentials", "bot_not_found"),
        (200, {"status": 6}, "permanent_failure", "user_did_not_allow_messages"),
        (200, {"status": 7}, "operator_action", "account_blocked"),
        (200, {"status": 12}, "retry", "rate_limited"),
        (200, {"status": 24}, "permanent_failure", "payment_needed"),
        (200, {"status": 3}, "permanent_failure", "refused"),
        (200, {"status": 99}, "retry", "provider_unavailable"),
        (200, {"status": True}, "unknown", "answer_lost"),
        (200, [], "unknown", "answer_lost"),
        (429, {}, "retry", "rate_limited"),
        (504, {}, "unknown", "answer_lost"),
        (500, {}, "retry", "provider_unavailable"),
        (400, {}, "permanent_failure", "refused"),
    ],
)
def test_an_answer_means(status: int, body: Any, outcome: str, code: str) -> None:
    result = VIBER.classify(status, json.dumps(body).encode())
    assert (result.outcome, result.code) == (outcome, code)


def test_a_lost_answer_is_unknown_and_what_never_left_may_go_again() -> None:
    hello = Outbound(text="Hello", key="k")
    assert VIBER.send(answering(httpx2.ReadTimeout), "abc=", hello).outcome == "unknown"
    assert VIBER.send(answering(httpx2.ConnectError), "abc=", hello).outcome == "retry"


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("x" * (LONGEST_TEXT + 1), "message_too_long")])
def test_what_viber_will_not_take_is_refused_without_a_call(text: str, code: str) -> None:
    assert VIBER.send(answering(), "abc=", Outbound(text=text, key="k")).code == code


@pytest.mark.requirement("D01", "D02", "D03")
def test_a_token_is_checked_at_viber() -> None:
    account = CONNECTING.check_token(answering({"status": 0, "id": "pa:1", "name": "Shop", "uri": "shop"}))
    assert account is not None and (account.external_id, account.name) == ("pa:1", "Shop")
    assert CONNECTING.check_token(answering({"status": 2})) is None
    for answer in (httpx2.ConnectError, httpx2.Response(500), {"status": 99}):
        with pytest.raises(Unavailable):
            CONNECTING.check_token(answering(answer))


def test_a_webhook_of_somebody_else_is_told_and_ours_is_set_and_removed() -> None:
    other = {"status": 0, "id": "pa:1", "webhook": "https://other.example/x"}
    assert CONNECTING.foreign_webhook(answering(other), "https://ours.example/y") == "other.example"
    assert CONNECTING.foreign_webhook(answering(other), "https://other.example/x") is None
    seen: list[httpx2.Request] = []
    CONNECTING.set_webhook(answering({"status": 0}, seen=seen), "https://ours.example/y", Secret("unused"))
    assert json.loads(seen[0].content)["url"] == "https://ours.example/y"
    with pytest.raises(Conflict):
        CONNECTING.set_webhook(answering({"status": 1}), "http://ours.example/y", Secret("unused"))
    assert CONNECTING.delete_webhook(answering({"status": 0}))
    assert not CONNECTING.delete_webhook(answering({"status": 2}))
