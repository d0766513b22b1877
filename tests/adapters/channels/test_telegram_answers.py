"""What the Bot API answers, and what follows: a table, because that is what the adapter holds."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel
from adapters.channels.telegram.outbound import LONGEST_TEXT
from adapters.vault.secrets import Secret

TELEGRAM = channel("telegram")
HELLO = Outbound(text="Hello", key="k")


def said(code: int, description: str, **parameters: Any) -> bytes:
    body = {"ok": False, "error_code": code, "description": description}
    return json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


OK = b'{"ok":true,"result":{"message_id":5,"date":1,"chat":{"id":1}}}'
TABLE: list[tuple[int, bytes, str, str | None]] = [
    (200, OK, "sent", None),
    (200, b'{"ok":true,"result":true}', "sent", None),
    (200, b"<html>Welcome to our hotel</html>", "unknown", "answer_lost"),
    (200, b"", "unknown", "answer_lost"),
    (401, said(401, "Unauthorized"), "bad_credentials", "bot_not_found"),
    (401, said(401, "Unauthorized: invalid token specified"), "bad_credentials", "bot_not_found"),
    (404, said(404, "Not Found"), "bad_credentials", "bot_not_found"),
    (403, said(403, "Forbidden: bot was blocked by the user"), "permanent_failure", "blocked_by_user"),
    (403, said(403, "Forbidden: user is deactivated"), "permanent_failure", "user_deactivated"),
    (
        403,
        said(403, "Forbidden: bot can't initiate conversation with a user"),
        "permanent_failure",
        "cannot_initiate",
    ),
    (403, said(403, "Forbidden: something of next year"), "permanent_failure", "forbidden"),
    (400, said(400, "Bad Request: chat not found"), "permanent_failure", "chat_not_found"),
    (400, said(400, "Bad Request: message is too long"), "permanent_failure", "message_too_long"),
    (400, said(400, "Bad Request: message text is empty"), "permanent_failure", "message_empty"),
    (400, said(400, "Bad Request: message to be replied not found"), "permanent_failure", "reply_not_found"),
    (400, said(400, "Bad Request: who knows"), "permanent_failure", "refused"),
    (400, said(400, "moved", migrate_to_chat_id=-42), "chat_migrated", "chat_migrated"),
    (429, said(429, "Too Many Requests"), "retry", "rate_limited"),
    (500, said(500, "Internal Server Error"), "retry", "provider_unavailable"),
    (502, b"<html>bad gateway</html>", "retry", "provider_unavailable"),
    (503, b"", "retry", "provider_unavailable"),
    (504, b"", "unknown", "answer_lost"),
    (302, b"", "retry", "provider_unavailable"),
    (418, b"", "permanent_failure", "refused"),
]


@pytest.mark.parametrize(("status", "body", "outcome", "code"), TABLE)
def test_an_answer_means(status: int, body: bytes, outcome: str, code: str | None) -> None:
    result = TELEGRAM.classify(status, body)
    assert (result.outcome, result.code) == (outcome, code)


def test_the_facts_of_an_answer_are_kept() -> None:
    assert TELEGRAM.classify(200, OK).external_message_id == "5"
    assert TELEGRAM.classify(429, said(429, "wait", retry_after=35)).retry_after == 35
    assert TELEGRAM.classify(400, said(400, "moved", migrate_to_chat_id=-42)).new_chat_id == "-42"


@pytest.mark.parametrize("wait", [None, -1, True, "5", [5]])
def test_a_wait_that_is_none_is_not_believed(wait: object) -> None:
    assert TELEGRAM.classify(429, said(429, "wait", retry_after=wait)).retry_after is None


def answering(respond: Any) -> Access:
    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    return Access(client, {"token": Secret("1:abc/../../etc?x#y")}, "https://api.example")


def raising(error: type[Exception]) -> Access:
    def respond(request: httpx2.Request) -> httpx2.Response:
        raise error("cut")

    return answering(respond)


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
def test_what_never_left_may_be_sent_again(error: type[Exception]) -> None:
    assert TELEGRAM.send(raising(error), "1", HELLO).outcome == "retry"


@pytest.mark.parametrize(
    "error", [httpx2.ReadTimeout, httpx2.ReadError, httpx2.WriteError, httpx2.WriteTimeout, httpx2.RemoteProtocolError]
)
def test_what_may_have_arrived_is_unknown_and_never_repeated(error: type[Exception]) -> None:
    assert TELEGRAM.send(raising(error), "1", HELLO).outcome == "unknown"


def test_a_wait_in_the_header_counts_where_the_body_names_none() -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(429, headers={"Retry-After": "7"}, content=b"slow down")

    assert TELEGRAM.send(answering(respond), "1", HELLO).retry_after == 7


def test_a_call_says_what_it_should() -> None:
    seen: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, content=OK)

    message = Outbound(text="Да, есть 😂", key="k", reply_to_external_message_id="8")
    TELEGRAM.send(answering(respond), "5000000001", message)
    assert json.loads(seen[0].content) == {
        "chat_id": 5_000_000_001,
        "text": "Да, есть 😂",
        "reply_parameters": {"message_id": 8},
    }


def test_a_token_of_odd_characters_cannot_change_the_address() -> None:
    paths: list[bytes] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        paths.append(request.url.raw_path)
        return httpx2.Response(404, content=said(404, "Not Found"))

    assert TELEGRAM.send(answering(respond), "1", HELLO).outcome == "bad_credentials"
    assert paths == [b"/bot1:abc%2F..%2F..%2Fetc%3Fx%23y/sendMessage"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "message_empty"), (" \n", "message_empty"), ("x" * (LONGEST_TEXT + 1), "message_too_long")],
)
def test_what_telegram_will_not_take_is_refused_without_a_call(text: str, code: str) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("nothing may be sent")

    result = TELEGRAM.send(answering(respond), "1", Outbound(text=text, key="k"))
    assert (result.outcome, result.code) == ("permanent_failure", code)


def test_the_longest_text_is_sent() -> None:
    access = answering(lambda request: httpx2.Response(200, content=OK))
    assert TELEGRAM.send(access, "1", Outbound(text="ы" * LONGEST_TEXT, key="k")).outcome == "sent"
