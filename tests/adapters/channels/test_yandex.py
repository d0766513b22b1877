"""Yandex.Dialogs: what Alice's turns become, whose are believed, what she says in answer, and what is never pushed."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Hooked, Outbound, channel
from adapters.channels.inbound import Inbound
from adapters.channels.yandex_dialogs import answers
from adapters.channels.yandex_dialogs.adapter import YandexDialogs
from adapters.channels.yandex_dialogs.outbound import A_DAY
from adapters.doubles.yandex_dialogs import SKILL

ALICE = channel("yandex_dialogs")
ON: dict[str, object] = {"alice_webhook": True, "skill_id": SKILL}


def turn(said: dict[str, Any] | None = None, session: dict[str, Any] | None = None, locale: str = "ru-RU") -> bytes:
    words = {"type": "SimpleUtterance", "command": "есть хлеб", "original_utterance": "Алиса, есть хлеб 😂?"}
    who = {"session_id": "s-1", "message_id": 4, "skill_id": SKILL, "user_id": "old", "new": False}
    who |= {"application": {"application_id": "kitchen"}}
    body = {"meta": {"locale": locale}, "request": words | (said or {}), "session": who | (session or {})}
    return json.dumps(body | {"version": "1.0", "state": {"surprise": [1]}}).encode()


def read(raw: bytes) -> Inbound:
    (one,) = ALICE.parse(raw, {})
    return one


def said(raw: bytes, *waiting: str, taken: bool = True) -> Any:
    body = json.loads(YandexDialogs().answer(raw, ALICE.parse(raw, {}), waiting, taken=taken))
    assert (body["version"], body["response"]["end_session"]) == ("1.0", False)
    return body["response"]["text"]


def test_words_are_a_message_whole_and_as_they_were_said() -> None:
    one = read(turn())
    assert (one.kind, one.text, one.attachments) == ("message", "Алиса, есть хлеб 😂?", ())
    assert (one.external_message_id, one.external_chat_id, one.account_id) == ("s-1:4", "s-1", SKILL)
    assert (one.sender_id, one.timestamp, one.dedup_key) == ("kitchen", None, "turn:s-1:4")


@pytest.mark.parametrize(
    ("session", "person"),
    [
        ({"user": {"user_id": "vera", "access_token": "t"}}, "vera"),
        ({}, "kitchen"),
        ({"application": None}, "old"),
    ],
)
def test_a_person_is_his_login_or_his_device(session: dict[str, Any], person: str) -> None:
    assert read(turn(session=session)).sender_id == person


@pytest.mark.parametrize(
    ("request_", "session", "kind"),
    [
        ({"command": "ping", "original_utterance": "ping"}, {"new": True}, "ping"),
        ({"command": "", "original_utterance": "Ping "}, {}, "ping"),
        ({"command": "", "original_utterance": "запусти навык"}, {"new": True}, "session_start"),
        ({"command": "", "original_utterance": ""}, {"new": True}, "session_start"),
        ({"command": "", "original_utterance": ""}, {}, "ignore"),
        ({"type": "ButtonPressed", "command": None, "original_utterance": None, "payload": {"a": 1}}, {}, "button"),
        ({"type": "AudioPlayer.PlaybackStarted"}, {}, "ignore"),
        ({"type": "Purchase.Confirmation"}, {}, "ignore"),
        ({"type": "Show.Pull"}, {"new": True}, "ignore"),
    ],
)
def test_every_type_of_request_is_something(request_: dict[str, Any], session: dict[str, Any], kind: str) -> None:
    assert read(turn(request_, session)).kind == kind


@pytest.mark.parametrize(
    ("payload", "text"), [({"a": "да"}, '{"a":"да"}'), ("order", "order"), (None, ""), ([1], "[1]")]
)
def test_a_button_brings_what_it_was_made_with(payload: object, text: str) -> None:
    one = read(turn({"type": "ButtonPressed", "command": None, "original_utterance": None, "payload": payload}))
    assert (one.kind, one.button_payload, one.text) == ("button", text, "")


def test_words_that_yandex_warns_of_are_marked() -> None:
    assert read(turn({"markup": {"dangerous_context": True}})).reason == "dangerous_context"
    assert read(turn({"markup": {"dangerous_context": False}})).reason is None


@pytest.mark.parametrize(
    "session",
    [{"session_id": ""}, {"message_id": -1}, {"message_id": "4"}, {"user_id": None, "application": None}],
)
def test_a_turn_that_names_nobody_or_nothing_is_malformed(session: dict[str, Any]) -> None:
    one = read(turn(session=session))
    assert one.kind == "invalid" and one.reason is not None and "kitchen" not in one.reason


@pytest.mark.requirement("E07")
@pytest.mark.parametrize(
    ("values", "body", "believed"),
    [
        (ON, turn(), True),
        (ON | {"skill_id": None}, turn(), True),
        (ON, turn(session={"skill_id": SKILL[:-1] + "7"}), False),
        (ON, turn(session={"skill_id": "навык"}), False),
        (ON, b"{", True),
        (ON | {"alice_webhook": False}, turn(), False),
        ({}, turn(), False),
    ],
)
def test_the_switch_must_be_on_and_the_skill_the_right_one(
    values: dict[str, object], body: bytes, believed: bool
) -> None:
    assert ALICE.verify_webhook(Hooked({}, body, "", values), {}) is believed


@pytest.mark.parametrize(
    ("raw", "russian", "english"),
    [
        (turn(), "Передал оператору", "passed this on"),
        (turn({"command": "ping", "original_utterance": "ping"}), "pong", "pong"),
        (turn({"command": "", "original_utterance": ""}, {"new": True}), "Здравствуйте", "Hello"),
        (turn({"type": "Show.Pull"}), "Не расслышал", "did not catch"),
    ],
)
def test_she_answers_in_the_customers_language(raw: bytes, russian: str, english: str) -> None:
    assert russian in said(raw)
    assert english in said(raw.replace(b"ru-RU", b"en-US"))


def test_what_no_agent_will_see_soon_is_not_said_to_be_handed_over() -> None:
    assert "сохранено" in said(turn(), taken=False)


def test_texts_that_wait_are_the_answer() -> None:
    assert said(turn(), "Да, ржаной.", "И белый.") == "Да, ржаной.\n\nИ белый."


def test_every_sentence_of_ours_fits() -> None:
    assert all(0 < len(text) <= answers.LONGEST_TEXT for pair in answers.SENTENCES.values() for text in pair)


def test_nothing_is_pushed_it_waits() -> None:
    access = Access(httpx2.Client(transport=httpx2.MockTransport(_never)), {})
    result = ALICE.send(access, "kitchen", Outbound(text="Да", key="m1"))
    assert (result.outcome, result.code, result.retry_after) == ("retry", "waits_for_turn", A_DAY)


@pytest.mark.parametrize(("text", "code"), [(" ", "message_empty"), ("x" * 1025, "message_too_long")])
def test_what_can_never_be_said_fails_at_once(text: str, code: str) -> None:
    access = Access(httpx2.Client(transport=httpx2.MockTransport(_never)), {})
    result = ALICE.send(access, "kitchen", Outbound(text=text, key="m1"))
    assert (result.outcome, result.code) == ("permanent_failure", code)


def _never(request: httpx2.Request) -> httpx2.Response:
    raise AssertionError("nobody may be called")


class Agreed:
    """What somebody with a partner agreement would plug in."""

    def owns(self, raw: bytes) -> bool:
        return raw.startswith(b"chats:")

    def verify_webhook(self, hooked: Hooked, secrets: object) -> bool:
        return hooked.raw.endswith(b"!")

    def parse(self, raw: bytes, headers: object) -> list[Inbound]:
        return [Inbound(kind="message", text=raw[6:].decode())]

    def send(self, access: Access, chat: str, message: Outbound) -> Any:
        return ALICE.classify(200, b"")


def test_chats_for_business_can_be_plugged_in_beside_alice() -> None:
    both = YandexDialogs(Agreed())
    assert both.parse(b"chats:hello!", {})[0].text == "hello!"
    assert both.parse(turn(), {})[0].sender_id == "kitchen"
    assert both.verify_webhook(Hooked({}, b"chats:hello!"), {}) and not both.verify_webhook(Hooked({}, b"chats:"), {})
    assert both.send(Access(httpx2.Client(), {}), "x", Outbound(text="y", key="m")).outcome == "sent"


def test_without_it_no_wire_format_of_theirs_is_read() -> None:
    assert read(b'{"event": "message", "chatId": "7", "text": "hello"}').kind == "invalid"
