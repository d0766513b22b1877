"""A Viber bot through the doors, at its double: token, name, webhook, its messages and receipts (D01-D06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import sleep
from typing import Any

import pytest

from adapters.channels.checks import Checker
from adapters.channels.doors import ASKED_AGAIN
from adapters.channels.keys import TOKEN
from adapters.doubles.viber import TOKEN as BAKERY
from adapters.doubles.viber import ViberDouble, broken, refused
from domain.errors import Conflict, Invalid, Unavailable
from tests.adapters.channels.bakery import OWNER
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

OTHER = "another-token-of-another-bot"


@pytest.fixture
def viber() -> Iterator[ViberDouble]:
    with ViberDouble(speed=1000) as made:
        yield made


@pytest.fixture
def shop(viber: ViberDouble) -> Iterator[Stand]:
    with stand("viber", viber.url) as made:
        yield made


def verifies(shop: Stand, token: str = BAKERY, channel: str = "shop") -> dict[str, Any]:
    return Checker(shop.connector).credentials(TENANT, channel, {"token": token}, actor=OWNER)


def connect(shop: Stand) -> None:
    verifies(shop)
    assert shop.saves()["webhook"] == "set"


@pytest.mark.requirement("D01")
def test_a_right_token_shows_the_bots_name(shop: Stand) -> None:
    assert verifies(shop) == {"outcome": "verified", "channel": "shop", "bot_name": "Bakery"}
    assert shop.state().phase == "verified" and shop.secrets() == {}


@pytest.mark.requirement("D02")
def test_a_wrong_token_finds_no_bot_although_viber_answers_200(shop: Stand) -> None:
    assert verifies(shop, OTHER)["outcome"] == "bot_not_found"
    assert shop.kinds()[-1] == "channel.token_rejected"
    with pytest.raises(Conflict):
        shop.saves()


@pytest.mark.requirement("D03")
def test_a_viber_that_does_not_answer_changes_nothing(viber: ViberDouble, shop: Stand) -> None:
    verifies(shop)
    before = shop.store.log.head()
    for fault in (broken(), refused(99)):
        viber.fails(fault, method="get_account_info", times=10)
        with pytest.raises(Unavailable):
            verifies(shop)
        while viber._faults.next("get_account_info"):
            pass
    assert shop.store.log.head() == before and shop.state().phase == "verified"


@pytest.mark.requirement("D05")
def test_spaces_around_a_token_are_dropped_and_nothing_of_it_is_in_the_log(viber: ViberDouble, shop: Stand) -> None:
    assert verifies(shop, f" {BAKERY}\n")["outcome"] == "verified"
    shop.saves()
    assert shop.secrets()[TOKEN] == BAKERY
    assert BAKERY not in repr([one.event for one in shop.store.log.read(0, 10_000)])
    with pytest.raises(Invalid):
        verifies(shop, "two words")


def test_saving_sets_the_webhook_and_viber_hears_us_before_it_says_so(viber: ViberDouble, shop: Stand) -> None:
    connect(shop)
    assert [(one.name, one.status) for one in viber.attempts] == [("webhook", 200)]
    viber.customer_says("anna=", "Is there bread? 🥖", copies=2)
    viber.customer_opens("boris=")
    assert viber.settle()
    assert {one.status for one in viber.attempts} == {200}
    assert len(shop.events("dialog.message_received")) == 1


@pytest.mark.requirement("D04", "A29")
def test_another_token_is_a_candidate_and_its_first_callback_is_believed_at_once(
    viber: ViberDouble, shop: Stand
) -> None:
    connect(shop)
    viber.customer_says("anna=", "Hi")
    assert viber.settle()
    with ViberDouble(token=OTHER, name="Bakery 2") as other:
        moved = replace(shop, connector=replace(shop.connector, provider_urls={"viber": other.url}))
        assert verifies(moved, OTHER)["bot_name"] == "Bakery 2"
        assert shop.secrets()[TOKEN] == BAKERY
        sleep(ASKED_AGAIN)
        assert moved.saves()["webhook"] == "set"
        assert shop.secrets()[TOKEN] == OTHER
        assert [(one.name, one.status) for one in other.attempts] == [("webhook", 200)]


@pytest.mark.requirement("D06")
def test_the_same_token_in_a_second_channel_is_refused(shop: Stand) -> None:
    connect(shop)
    shop.made("stall")
    verifies(shop, channel="stall")
    with pytest.raises(Conflict) as refusal:
        shop.saves("stall")
    assert refusal.value.code == "token_in_use"


@pytest.mark.requirement("E07")
def test_a_callback_with_a_wrong_signature_is_401_and_counted(viber: ViberDouble, shop: Stand) -> None:
    connect(shop)
    assert viber.bot.url is not None
    before = shop.store.log.head()
    for headers in ({}, {"X-Viber-Content-Signature": "0" * 64}):
        assert shop.client.post(viber.bot.url, json={"event": "message"}, headers=headers).status_code == 401
    assert shop.store.log.head() == before and shop.hooks.refused["shop", "bad_signature"] == 2


@pytest.mark.requirement("A16", "A19")
def test_disconnecting_takes_the_webhook_away_and_wipes_the_token(viber: ViberDouble, shop: Stand) -> None:
    connect(shop)
    assert shop.leaves()["outcome"] == "disconnected"
    assert viber.bot.url is None and shop.secrets() == {}
