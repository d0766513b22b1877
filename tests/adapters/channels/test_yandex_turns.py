"""Alice through the real hook and a real store: turns come in, agents' answers wait and go out with the next one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapters.channels import http_client
from adapters.channels.doors import Doors
from adapters.channels.hooks import Hooks
from adapters.channels.keys import hook_path, open_door
from adapters.delivery import Delivery, SentMessages, Turns
from adapters.doubles.yandex_dialogs import SKILL, AliceDouble, Person
from adapters.intake import Intake
from domain.desk import administration as admin
from domain.desk import channels, wording
from domain.desk.answering import CloseDialog, SendMessage
from domain.desk.connecting import IssueIdentifier
from domain.dialog.events import Author
from domain.errors import Invalid
from tests.adapters.channels.bakery import SETTINGS, served
from tests.store import TENANT, Store, store

ALICE_ON = {"alice_webhook": True, "skill_id": SKILL}
ANNA = Author(kind="agent", id="anna")


@dataclass
class Kitchen:
    store: Store
    hooks: Hooks
    alice: AliceDouble
    delivery: Delivery
    ahead: timedelta = timedelta(0)

    def answers(self, text: str) -> str:
        dialog = self.dialogs()[-1]
        self.store.do(SendMessage(dialog=dialog, client_key=text, author=ANNA, body=text))
        self.delivery.run_once()
        return dialog

    def dialogs(self) -> list[str]:
        return [one.entity for one in self.store.log.read(0, 10_000, kinds=["dialog.opened"])]

    def kinds(self, *names: str) -> list[Any]:
        return [one.event for one in self.store.log.read(0, 10_000, kinds=list(names))]

    def reports(self) -> list[tuple[str, str]]:
        self.delivery.run_once()
        told = self.kinds("dialog.message_delivered", "dialog.message_failed", "dialog.send_unknown")
        return [(one.kind.partition(".")[2], getattr(one, "code", "")) for one in told]

    def settled(self) -> None:
        """The answer has left before its row says so."""
        for _ in range(200):
            if not self.store.rows("SELECT 1 FROM parley.delivery WHERE state = 'calling'"):
                return
            sleep(0.01)
        raise AssertionError("what was taken along is still on its way")

    def now(self, clock: datetime) -> datetime:
        return clock + self.ahead


@contextmanager
def kitchen(**settings: object) -> Iterator[Kitchen]:
    with store() as made, http_client() as client, AliceDouble() as alice:
        shop = Kitchen(made, None, alice, None)  # type: ignore[arg-type]
        waiting = Turns(made.database, made.vault, clock=shop.now)
        intake = Intake(made.executor, made.vault, SentMessages(made.database, made.vault))
        shop.hooks = Hooks(Doors(made.database, made.vault), intake, waiting=waiting)
        shop.delivery = Delivery(made.database, made.vault, made.executor, client=client, clock=shop.now)
        made.do(admin.SetAgent(agent="anna", name="Anna"))
        made.do(admin.SetPresence(agent="anna", to="ready"))
        made.do(admin.SetGroup(group="bakers", name="Bakers", changes={"members": ["anna"]}))
        made.do(channels.CreateChannel(channel="alice", kind="yandex_dialogs", name="Alice"))
        made.do(IssueIdentifier(channel="alice"))
        made.do(channels.SaveChannel(channel="alice", changes=SETTINGS | ALICE_ON | settings))
        path, _ = open_door(made.vault, TENANT, "alice")
        with served(shop.hooks) as url:
            alice.webhook = url + hook_path("yandex_dialogs", "alice", path)
            try:
                yield shop
            finally:
                shop.delivery.stop()


@pytest.fixture
def shop() -> Iterator[Kitchen]:
    with kitchen() as made:
        yield made


VERA = "vera's speaker"


def test_words_are_handed_over_and_the_answer_comes_with_the_next_turn(shop: Kitchen) -> None:
    vera = Person(VERA)
    assert "Здравствуйте" in (shop.alice.opens(vera).text or "")
    assert "Передал оператору" in (shop.alice.says(vera, "Есть хлеб?").text or "")
    shop.answers("Да, ржаной.")
    shop.answers("И белый.")
    assert shop.reports() == []
    assert shop.alice.says(vera, "Есть ответ?").text == "Да, ржаной.\n\nИ белый."
    shop.settled()
    assert shop.reports() == [("message_delivered", "")] * 2
    assert "Передал" in (shop.alice.says(vera, "Спасибо").text or "")
    assert len(shop.dialogs()) == 1
    assert [str(one.kind) for one in shop.kinds("dialog.message_received")] == ["dialog.message_received"] * 3


def test_an_answer_waits_for_its_own_customer(shop: Kitchen) -> None:
    shop.alice.says(Person("one"), "Я первый")
    shop.answers("Первому")
    assert "Передал" in (shop.alice.says(Person("two"), "Я второй").text or "")
    assert shop.alice.opens(Person("one")).text == "Первому"


def test_a_ping_opens_no_dialog_and_makes_no_customer(shop: Kitchen) -> None:
    assert shop.alice.pings().text == "pong"
    assert shop.kinds("dialog.opened", "customer.created") == []


def test_a_button_and_an_opening_take_answers_along_too(shop: Kitchen) -> None:
    vera = Person(VERA)
    shop.alice.presses(vera, {"order": 7})
    shop.answers("Принято")
    assert shop.alice.opens(vera).text == "Принято"
    assert len(shop.kinds("dialog.message_received")) == 1


@pytest.mark.requirement("E02")
def test_a_repeated_turn_is_one_message_and_hears_the_same(shop: Kitchen) -> None:
    vera = Person(VERA)
    shop.alice.says(vera, "Есть хлеб?")
    shop.answers("Да")
    assert shop.alice.says(vera, "Ну что?").text == "Да"
    shop.settled()
    assert shop.alice.repeats().text == "Да"
    assert len(shop.kinds("dialog.message_received")) == 2
    assert shop.reports() == [("message_delivered", "")]


def test_what_does_not_fit_into_one_answer_goes_with_the_next(shop: Kitchen) -> None:
    vera = Person(VERA)
    shop.alice.says(vera, "Расскажите всё")
    texts = [letter * 500 for letter in "абв"]
    for text in texts:
        shop.answers(text)
    assert shop.alice.says(vera, "Дальше").text == "\n\n".join(texts[:2])
    assert shop.alice.says(vera, "Дальше").text == texts[2]


def test_a_text_too_long_for_alice_fails_and_the_others_go_on(shop: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can write one; a closing message of an older release may still be there."""
    monkeypatch.setitem(wording.LONGEST_TEXT, "yandex_dialogs", 5000)
    vera = Person(VERA)
    shop.alice.says(vera, "Расскажите всё")
    shop.answers("я" * 1025)
    shop.answers("Коротко")
    assert shop.reports() == [("message_failed", "message_too_long")]
    assert shop.alice.says(vera, "Ну?").text == "Коротко"


def test_who_comes_back_after_a_day_hears_nothing_old(shop: Kitchen) -> None:
    vera = Person(VERA)
    shop.alice.says(vera, "Есть хлеб?")
    shop.answers("Да")
    shop.ahead = timedelta(hours=25)
    assert "Передал" in (shop.alice.says(vera, "Есть ответ?").text or "")
    assert shop.reports() == [("message_failed", "too_late")]


def test_who_never_comes_back_leaves_a_failure_after_a_day(shop: Kitchen) -> None:
    shop.alice.says(Person(VERA), "Есть хлеб?")
    shop.answers("Да")
    shop.ahead = timedelta(hours=23)
    assert shop.reports() == []
    shop.ahead = timedelta(hours=25)
    assert shop.reports() == [("message_failed", "too_late")]


@pytest.mark.requirement("G14")
def test_a_farewell_is_heard_though_the_dialog_is_closed(shop: Kitchen) -> None:
    vera = Person(VERA)
    shop.alice.says(vera, "Есть хлеб?")
    dialog = shop.answers("Нет, до свидания")
    shop.store.do(CloseDialog(dialog=dialog))
    assert shop.alice.says(vera, "Алло?").text == "Нет, до свидания"
    assert len(shop.dialogs()) == 2


def test_an_answer_that_nobody_hears_any_more_stays_and_so_does_what_was_said(
    shop: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Composing begins too late for Alice: nothing is taken along, the turn is kept all the same."""
    vera = Person(VERA)
    shop.alice.says(vera, "Есть хлеб?")
    shop.answers("Да")
    monkeypatch.setattr("adapters.channels.in_turn.HEARS_FOR", -1.0)
    assert "Передал" in (shop.alice.says(vera, "Есть ответ?").text or "")
    monkeypatch.undo()
    assert shop.alice.says(vera, "А теперь?").text == "Да"
    assert len(shop.kinds("dialog.message_received")) == 3


def test_if_we_die_before_the_answer_has_left_nobody_knows_and_it_is_not_said_twice(shop: Kitchen) -> None:
    vera = Person(VERA)
    shop.alice.says(vera, "Есть хлеб?")
    shop.answers("Да")
    turns = Turns(shop.store.database, shop.store.vault)
    assert turns.give(TENANT, "alice", VERA, "s:9", longest=1024, joint="\n\n") == ["Да"]
    assert turns.give(TENANT, "alice", VERA, "s:10", longest=1024, joint="\n\n") == []
    shop.ahead = timedelta(minutes=2)
    assert shop.reports() == [("send_unknown", "")]


@pytest.mark.requirement("E07")
def test_while_the_switch_is_off_nobody_is_let_in() -> None:
    with kitchen(alice_webhook=False) as shop:
        assert shop.alice.says(Person(VERA), "Есть хлеб?").status == 401
        assert shop.hooks.refused["alice", "bad_signature"] == 1 and shop.dialogs() == []


@pytest.mark.requirement("E07")
def test_another_skill_is_refused_and_counted(shop: Kitchen) -> None:
    with AliceDouble(shop.alice.webhook, skill="somebody else's") as stranger:
        assert stranger.says(Person(VERA), "Есть хлеб?").status == 401
    assert shop.hooks.refused["alice", "bad_signature"] == 1 and shop.dialogs() == []


@pytest.mark.requirement("S10")
def test_a_malformed_turn_is_kept_and_answered(shop: Kitchen) -> None:
    assert "сохранено" in (shop.alice.posts({"request": "?"}).text or "")
    assert [one.reason for one in shop.kinds("quarantine.inbound_quarantined")] == ["malformed"]


@pytest.mark.requirement("D07")
def test_the_chat_id_is_ours_shown_before_saving_unique_and_for_ever() -> None:
    with store() as made:
        made.do(admin.SetAgent(agent="anna", name="Anna"))
        for name in ("one", "two"):
            made.do(channels.CreateChannel(channel=name, kind="yandex_dialogs", name=name))
        first, second = (made.do(IssueIdentifier(channel=name)).answer["chat_id"] for name in ("one", "two"))
        assert first and second and first != second
        assert made.do(IssueIdentifier(channel="one")).answer["chat_id"] == first
        with pytest.raises(Invalid, match="chat_id"):
            made.do(channels.SaveChannel(channel="one", changes={"chat_id": "mine"}))
        saved: dict[str, object] = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": SETTINGS["auto_close"]}
        made.do(channels.SaveChannel(channel="one", changes=saved))
        assert made.do(IssueIdentifier(channel="one")).answer["chat_id"] == first


def test_a_get_is_refused_as_alice_makes_none(shop: Kitchen) -> None:
    where = urlsplit(shop.alice.webhook)
    with socket.create_connection(("127.0.0.1", where.port or 0), timeout=5) as wire:
        wire.sendall(f"GET {where.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert wire.recv(100).startswith((b"HTTP/1.1 405", b"HTTP/1.1 403"))
