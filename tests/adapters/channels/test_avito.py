"""Avito: what notifications become, what is sent and what the answers mean."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel
from adapters.channels.avito.outbound import LONGEST_TEXT
from adapters.channels.inbound import Inbound
from adapters.channels.keys import TOKEN
from adapters.vault.secrets import Secret

AVITO = channel("avito")
VALUE: dict[str, Any] = {
    "id": "m1",
    "chat_id": "u2i-x~y",
    "user_id": 10,
    "author_id": 77,
    "created": 1_700_000_000,
    "type": "text",
    "content": {"text": "Ещё продаёте?"},
    "item_id": 7_463_793_992,
}


def read(**changes: Any) -> Inbound:
    body = {"id": "n1", "payload": {"type": "message", "value": VALUE | changes}}
    (one,) = AVITO.parse(json.dumps(body).encode(), {})
    return one


def test_a_customers_message_about_an_advertisement() -> None:
    one = read()
    assert (one.kind, one.external_message_id, one.external_chat_id, one.sender_id) == (
        "message",
        "m1",
        "u2i-x~y",
        "77",
    )
    assert (one.text, one.account_id, one.attributes) == ("Ещё продаёте?", "10", {"item_id": "7463793992"})


def test_the_message_is_known_by_its_own_id_not_by_that_of_the_notification() -> None:
    assert read().dedup_key == "message:m1" != read(type="deleted").dedup_key


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({"author_id": 10}, "echo"),
        ({"author_id": 0}, "service"),
        ({"type": "system"}, "service"),
        ({"type": "call", "content": {"call": {"status": "missed"}}}, "service"),
        ({"type": "deleted", "content": {}}, "delete"),
        ({"id": ""}, "invalid"),
        ({"created": "today"}, "invalid"),
        ({"content": []}, "invalid"),
    ],
)
def test_what_is_no_customers_message(changes: dict[str, Any], becomes: str) -> None:
    assert read(**changes).kind == becomes


@pytest.mark.parametrize("odd", [{"item_id": "7463"}, {"item_id": 2.5}, {"quote": "?"}, {"author_name": 5}])
def test_an_odd_fact_beside_the_words_does_not_lose_them(odd: dict[str, Any]) -> None:
    one = read(**odd)
    assert (one.kind, one.text) == ("message", "Ещё продаёте?")


def test_a_quoted_message_is_told_where_avito_tells_it() -> None:
    one = read(quote={"id": "m0", "type": "text"}, author_name="Vera")
    assert (one.reply_to_external_message_id, one.sender_name) == ("m0", "Vera")


def test_a_deleted_message_may_come_without_content() -> None:
    assert read(type="deleted", content=None).kind == "delete"


@pytest.mark.parametrize("body", [{}, {"payload": {"type": "other"}}, {"id": "n"}])
def test_a_probe_and_what_we_do_not_know_are_acknowledged(body: dict[str, Any]) -> None:
    assert [one.kind for one in AVITO.parse(json.dumps(body).encode(), {})] == ["ignore"]


@pytest.mark.parametrize(
    ("kind", "content", "becomes"),
    [
        (
            "image",
            {"sizes": {"140x105": "https://x/1", "1280x960": "https://x/2", "odd": "?"}},
            ("image", "https://x/2"),
        ),
        ("image", {"sizes": {}}, ("image", None)),
        ("link", {"text": "look", "url": "https://x/3"}, ("link", "https://x/3")),
        ("item", {"title": "Chair", "item_url": "https://x/4"}, ("link", "https://x/4")),
        ("voice", {"voice_id": "v1"}, ("voice", None)),
        ("location", {"lat": 55.5, "lon": 37.5}, ("location", None)),
        ("video", {}, ("unsupported", None)),
    ],
)
def test_an_attachment(kind: str, content: dict[str, Any], becomes: tuple[str, str | None]) -> None:
    (found,) = read(type=kind, content={kind: content} if content else {}).attachments or ()
    assert (found.type, found.url) == becomes


def answering(answer: Any, seen: list[httpx2.Request] | None = None) -> Access:
    def respond(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, type):
            raise answer("cut")
        return answer

    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    return Access(client, {TOKEN: Secret("a-token")}, "https://api.example", "10")


def test_a_message_goes_into_the_customers_chat() -> None:
    seen: list[httpx2.Request] = []
    answer = httpx2.Response(200, json={"id": "m2", "direction": "out"})
    result = AVITO.send(answering(answer, seen), "u2i-x~y/..", Outbound(text="Да", key="k"))
    assert (result.outcome, result.external_message_id) == ("accepted", "m2")
    assert seen[0].url.raw_path == b"/messenger/v1/accounts/10/chats/u2i-x~y%2F../messages"
    assert seen[0].headers["authorization"] == "Bearer a-token"
    assert json.loads(seen[0].content) == {"type": "text", "message": {"text": "Да"}}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (200, {"access_token": "t", "scope": "messenger:read"}, "token", None),
        (200, {"id": 10, "name": "Shop"}, "accepted", None),
        (200, {}, "unknown", "answer_lost"),
        (401, {}, "bad_credentials", "bad_credentials"),
        (402, {}, "permanent_failure", "no_messenger_subscription"),
        (403, {}, "bad_credentials", "bad_credentials"),
        (404, {}, "permanent_failure", "chat_not_found"),
        (400, {}, "permanent_failure", "refused"),
        (429, {}, "retry", "rate_limited"),
        (503, {}, "retry", "provider_unavailable"),
        (504, {}, "unknown", "answer_lost"),
    ],
)
def test_an_answer_means(status: int, body: Any, outcome: str, code: str | None) -> None:
    result = AVITO.classify(status, json.dumps(body).encode())
    assert (result.outcome, result.code) == (outcome, code)


def test_a_wait_in_the_header_counts() -> None:
    slow = httpx2.Response(429, headers={"Retry-After": "7"})
    assert AVITO.send(answering(slow), "c", Outbound(text="Hello", key="k")).retry_after == 7


@pytest.mark.parametrize(("error", "outcome"), [(httpx2.ReadTimeout, "unknown"), (httpx2.ConnectError, "retry")])
def test_a_lost_answer_is_unknown_and_what_never_left_may_go_again(error: type[Exception], outcome: str) -> None:
    assert AVITO.send(answering(error), "c", Outbound(text="Hello", key="k")).outcome == outcome


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("x" * (LONGEST_TEXT + 1), "message_too_long")])
def test_what_avito_will_not_take_is_refused_without_a_call(text: str, code: str) -> None:
    assert AVITO.send(answering(AssertionError), "c", Outbound(text=text, key="k")).code == code
