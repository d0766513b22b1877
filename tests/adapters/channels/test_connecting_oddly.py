"""Connecting where providers answer oddly and people press twice: nothing breaks, no login is used up for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adapters.channels.checks import Checker
from adapters.channels.http_client import App
from adapters.doubles.facebook import APP_ID, APP_SECRET, FacebookDouble
from adapters.doubles.server import LoopbackServer, Reply
from adapters.doubles.telegram import TOKEN, TelegramDouble
from adapters.vault.secrets import Secret
from domain.errors import Conflict, Invalid, Unavailable
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

HALF = "Half a smile \ud83d"


@pytest.fixture
def pages() -> Iterator[tuple[FacebookDouble, Stand]]:
    with (
        FacebookDouble(speed=100, name=HALF) as facebook,
        stand("facebook", facebook.url, app=App(APP_ID, Secret(APP_SECRET))) as shop,
    ):
        yield facebook, shop


def test_half_a_character_in_a_name_is_replaced_and_the_login_goes_on(pages: tuple[FacebookDouble, Stand]) -> None:
    _, shop = pages
    assert shop.logs_in()["outcome"] == "choosing"
    assert [one.name for one in shop.state().objects] == ["Half a smile \ufffd"]


def test_half_a_character_in_a_bots_name_too() -> None:
    with TelegramDouble(name=HALF) as telegram, stand("telegram", telegram.url) as shop:
        answer = Checker(shop.connector).token(TENANT, "shop", TOKEN, actor=OWNER)
    assert answer["bot_name"] == "Half a smile \ufffd"


@pytest.mark.requirement("B09")
def test_of_those_who_come_back_at_once_one_is_let_in(pages: tuple[FacebookDouble, Stand]) -> None:
    _, shop = pages
    query = shop.visits(shop.begins()["url"])

    def comes_back(_: int) -> str:
        try:
            return str(shop.finishes(query)["outcome"])
        except Conflict as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as at_once:
        told = sorted(at_once.map(comes_back, range(4)))
    assert told == ["choosing", "state_invalid", "state_invalid", "state_invalid"]
    assert shop.state().phase == "choosing"


@pytest.mark.parametrize("body", ["<html>Sign in to the network</html>", {}])
def test_a_page_of_somebody_else_is_no_provider(body: Any) -> None:
    with LoopbackServer(lambda asked: Reply(200, body)) as somebody, stand("whatsapp_infobip", somebody.url) as shop:
        with pytest.raises(Unavailable):
            shop.checks({"api_key": "any", "number": "41793026731"})
        assert shop.state().phase == "draft"


@pytest.mark.requirement("A29")
def test_the_same_token_again_waits_for_no_save() -> None:
    with TelegramDouble() as telegram, stand("telegram", telegram.url) as shop:
        checker = Checker(shop.connector)
        checker.token(TENANT, "shop", TOKEN, actor=OWNER)
        shop.saves()
        checker.token(TENANT, "shop", TOKEN, actor=OWNER)
        assert (shop.state().phase, shop.state().candidate) == ("connected", None)
        assert shop.saves(changes=SETTINGS)["outcome"] == "unchanged"


def test_a_token_that_is_far_too_long_never_leaves_the_house() -> None:
    with TelegramDouble() as telegram, stand("telegram", telegram.url) as shop:
        with pytest.raises(Invalid) as refusal:
            Checker(shop.connector).token(TENANT, "shop", "1:" + "a" * 100_000, actor=OWNER)
        assert (refusal.value.code, telegram.calls) == ("too_long", [])
