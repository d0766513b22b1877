"""Delivery keeps each provider's pace, and a provider that is slow, full or silent holds back nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.channels import http_client
from adapters.channels import rates as rate_table
from adapters.channels.rates import RATES
from adapters.delivery.courier import MOST_AT_ONCE
from adapters.delivery.pace import Crowd
from adapters.doubles.telegram import TelegramDouble, flood, slow
from processors.pace import Rate
from tests.adapters.delivery.post import Post, post, worker


@pytest.fixture
def office() -> Iterator[Post]:
    with post(RATES) as made:
        yield made


def rounds(office: Post, pauses: list[float]) -> list[int]:
    made = []
    for pause in pauses:
        office.later(pause)
        made.append(office.delivery.run_once())
    return made


def test_one_chat_gets_one_message_a_second(office: Post) -> None:
    dialog = office.asks()
    for number in range(3):
        office.answers(dialog, str(number))
    assert rounds(office, [0, 0, 0.4, 0.7, 0, 1.1]) == [1, 0, 0, 1, 0, 1]
    assert office.texts() == ["0", "1", "2"]


def test_another_chat_does_not_wait_for_it(office: Post) -> None:
    one, other = office.asks(100), office.asks(200)
    office.answers(one, "a")
    office.answers(one, "b")
    office.answers(other, "c")
    assert rounds(office, [0, 0]) == [2, 0]
    assert sorted(office.texts()) == ["a", "c"]


def test_the_whole_account_keeps_its_own_limit() -> None:
    with post({"telegram": (Rate(2, 100.0, "account"),)}) as office:
        for chat in range(100, 105):
            office.answers(office.asks(chat), str(chat))
        assert rounds(office, [0, 20, 40, 50, 50, 50]) == [1, 0, 1, 1, 1, 1]


def test_a_place_is_kept_by_all_processes_and_over_a_restart(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "a")
    office.answers(dialog, "b")
    assert office.delivery.run_once() == 1
    with http_client() as client:
        another = worker(office, client)
        assert another.run_once() == 0
        office.later(1.1)
        assert another.run_once() == 1
        another.stop()
    assert office.texts() == ["a", "b"]


def test_a_customer_who_answers_lifts_the_limit_for_those_who_do_not() -> None:
    with post({"telegram": (Rate(2, 3600.0, "unanswered", burst=2),)}) as office:
        dialog = office.asks()
        for number in range(3):
            office.answers(dialog, str(number))
        assert rounds(office, [0, 0, 0, 1]) == [1, 1, 0, 0]
        office.later(7200)
        assert office.delivery.run_once() == 1
        office.answers(dialog, "three")
        office.answers(dialog, "four")
        office.asks()
        assert rounds(office, [0, 0]) == [1, 1]


@pytest.mark.parametrize(("whom", "second"), [("chat", 1), ("account", 0)])
def test_slower_holds_back_whom_the_provider_means(
    office: Post, monkeypatch: pytest.MonkeyPatch, whom: Any, second: int
) -> None:
    monkeypatch.setitem(rate_table.SLOWED, "telegram", whom)
    office.answers(office.asks(100), "first")
    office.shop.telegram.fails(flood(30))
    assert office.delivery.run_once() == 1 and office.texts() == []
    office.answers(office.asks(200), "second")
    assert office.delivery.run_once() == second
    office.later(29)
    assert office.delivery.run_once() == 0
    office.later(2)
    assert office.delivery.run_once() == 2 - second
    assert sorted(office.texts()) == ["first", "second"]


def test_rows_of_limits_go_when_they_hold_nobody_back(office: Post) -> None:
    office.answers(office.asks(), "a")
    office.delivery.run_once()
    assert len(office.shop.store.rows("SELECT 1 FROM parley.pace")) == 2
    office.later(60)
    office.delivery.run_once()
    assert office.shop.store.rows("SELECT 1 FROM parley.pace") == []


@pytest.mark.requirement("E13")
def test_the_rows_of_limits_name_nobody(office: Post) -> None:
    office.answers(office.asks(7_777_777), "planted words")
    office.delivery.run_once()
    rows = str(office.shop.store.rows("SELECT * FROM parley.pace"))
    assert "shop" in rows and "7777777" not in rows and "planted" not in rows


def test_one_channel_never_gets_all_couriers() -> None:
    crowd = Crowd(2)
    with crowd.place("acme", "shop") as one, crowd.place("acme", "shop") as two, crowd.place("acme", "shop") as three:
        assert (one, two, three) == (True, True, False) and crowd.full() == ["shop"]
        with crowd.place("acme", "other") as elsewhere, crowd.place("beta", "shop") as somebody:
            assert elsewhere and somebody
    with crowd.place("acme", "shop") as again:
        assert again


def test_a_provider_that_hangs_does_not_keep_others_waiting() -> None:
    """Twelve chats of a channel whose provider takes three seconds a call, and one chat of a channel beside it."""
    with post() as office, TelegramDouble(token="77:kiosk", name="Kiosk", speed=100) as kiosk:
        office.opens("kiosk", kiosk)
        stuck = [office.asks(chat) for chat in range(100, 112)]
        kiosk.customer_says(300, "Newspapers?")
        assert kiosk.settle()
        quick = office.dialogs()[-1]
        office.shop.telegram.fails(slow(3.0), times=12)
        for dialog in stuck:
            office.answers(dialog, f"slow {dialog}")
        with http_client() as client:
            running = worker(office, client)
            running.start()
            sleep(0.5)
            began = monotonic()
            office.answers(quick, "quick")
            found = kiosk.wait_for_sent(1, 10)
            took = monotonic() - began
            running.stop()
        assert [said.text for said in found] == ["quick"] and took < 2
        assert len(office.texts()) == MOST_AT_ONCE


def test_what_waited_for_the_account_is_followed_no_sooner_in_its_own_chat() -> None:
    with post({"telegram": (Rate(1, 1.0, "chat"), Rate(1, 10.0, "account"))}) as office:
        one, other = office.asks(100), office.asks(200)
        office.answers(one, "a")
        assert office.delivery.run_once() == 1
        office.answers(other, "b")
        office.answers(other, "c")
        assert rounds(office, [0, 9, 1.1]) == [0, 0, 1]
        assert rounds(office, [0.5, 8, 2]) == [0, 0, 1]
        assert office.texts() == ["a", "b", "c"]
