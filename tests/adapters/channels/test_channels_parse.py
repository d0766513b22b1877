"""The function behind `parley channels parse`."""

from __future__ import annotations

import json

import pytest

from adapters.channels.parse import line, parse_body, parse_response
from domain.errors import NotFound
from tests.adapters.channels.updates import message, raw


def test_a_body_is_shown_as_one_object_a_line_with_letters_as_letters() -> None:
    things, problems = parse_body("telegram", raw(message(text="Есть хлеб? 😂")))
    (shown,) = [line(thing) for thing in things]
    assert problems == []
    assert "Есть хлеб? 😂" in shown and "\n" not in shown
    assert json.loads(shown)["kind"] == "message"


def test_a_line_break_in_a_text_does_not_break_the_line() -> None:
    things, _ = parse_body("telegram", raw(message(text="one\ntwo\u2028three")))
    assert "\n" not in line(things[0])


def test_a_malformed_body_gives_a_sentence_to_fail_with() -> None:
    things, problems = parse_body("telegram", b"{")
    assert [thing["kind"] for thing in things] == ["invalid"]
    assert problems == ["The body is not JSON."]


def test_an_answer_is_explained() -> None:
    shown = parse_response("telegram", b'{"ok":true,"result":{"message_id":5}}', 200)
    assert shown == {"outcome": "sent", "external_message_id": "5"}


def test_the_answer_to_get_me_names_the_bot() -> None:
    body = b'{"ok":true,"result":{"id":7,"is_bot":true,"first_name":"Bakery"}}'
    assert parse_response("telegram", body, 200) == {"outcome": "sent", "account_id": "7", "account_name": "Bakery"}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(NotFound):
        parse_body("pigeon", b"{}")
