"""Rights that are lost and messages that are switched off at the provider, seen although nobody writes (B05, B10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.channels.checks import Checker
from adapters.channels.http_client import App
from adapters.channels.keys import TOKEN
from adapters.doubles.avito import CLIENT_ID as AVITO_ID
from adapters.doubles.avito import CLIENT_SECRET as AVITO_SECRET
from adapters.doubles.avito import SELLER, AvitoDouble
from adapters.doubles.avito import broken as avito_broken
from adapters.doubles.viber import TOKEN as VIBER_TOKEN
from adapters.doubles.viber import ViberDouble
from adapters.doubles.vk import CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble, flood, refused
from adapters.vault.secrets import Secret
from adapters.watching import Watcher
from adapters.watching.watcher import EVERY, SOON
from domain.desk import channels
from tests.adapters.channels.bakery import OWNER
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

PERMISSIONS = "groups.getTokenPermissions"


class Looks:
    """A watcher, and a clock that the test moves."""

    def __init__(self, shop: Stand) -> None:
        self.now = 0.0
        self.shop = shop
        self.watcher = Watcher(
            shop.store.database, shop.store.executor, shop.connector.accesses, clock=lambda: self.now
        )
        assert self.watcher.look() == 0

    def after(self, seconds: float) -> tuple[str, set[str]]:
        self.now += seconds
        self.watcher.look()
        state = self.shop.state()
        return state.phase, set(state.causes)


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with VkDouble(speed=100) as made:
        yield made


@pytest.fixture
def shop(vk: VkDouble) -> Iterator[Stand]:
    with stand("vk", vk.url, app=App(CLIENT_ID, Secret(CLIENT_SECRET))) as made:
        made.logs_in()
        made.chooses(str(GROUP))
        made.saves()
        assert vk.settle()
        yield made


def test_a_channel_in_order_is_asked_about_seldom(vk: VkDouble, shop: Stand) -> None:
    looks = Looks(shop)
    before = vk.calls.count(PERMISSIONS)
    assert looks.after(SOON) == ("connected", set())
    assert looks.after(EVERY - 1) == ("connected", set())
    assert vk.calls.count(PERMISSIONS) == before + 1
    looks.after(1)
    assert vk.calls.count(PERMISSIONS) == before + 2
    assert shop.kinds().count("channel.degraded") == 0


@pytest.mark.requirement("B05")
def test_messages_switched_off_at_vk_degrade_the_channel_until_they_are_on_again(vk: VkDouble, shop: Stand) -> None:
    looks = Looks(shop)
    vk.switches_receiving(on=False)
    assert looks.after(SOON) == ("degraded", {"receiving_disabled"})
    vk.switches_receiving(on=True)
    assert looks.after(SOON) == ("connected", set())
    assert shop.kinds()[-2:] == ["channel.degraded", "channel.recovered"]


@pytest.mark.requirement("B10")
def test_a_right_that_vk_refuses_twice_degrades_the_channel_once_does_not(vk: VkDouble, shop: Stand) -> None:
    looks = Looks(shop)
    vk.fails(refused(27), method=PERMISSIONS)
    assert looks.after(SOON) == ("connected", set())
    assert looks.after(SOON) == ("connected", set())
    vk.fails(refused(5), method=PERMISSIONS, times=2)
    assert looks.after(EVERY) == ("connected", set())
    assert looks.after(SOON) == ("degraded", {"authorisation"})
    assert looks.after(SOON) == ("connected", set())
    assert [one.cause for one in shop.events("channel.degraded")] == ["authorisation"]


@pytest.mark.requirement("B10")
def test_a_token_that_may_do_less_than_it_must_is_a_lost_right(vk: VkDouble, shop: Stand) -> None:
    looks = Looks(shop)
    held = vk.vk.tokens[shop.secrets()[TOKEN]]
    vk.vk.tokens[shop.secrets()[TOKEN]] = held.__class__(group=GROUP, scopes=frozenset({"messages"}))
    looks.after(SOON)
    assert looks.after(SOON) == ("degraded", {"authorisation"})


def test_a_provider_that_does_not_answer_says_nothing_of_our_right(vk: VkDouble, shop: Stand) -> None:
    looks = Looks(shop)
    vk.revokes()
    looks.after(SOON)
    assert looks.after(SOON) == ("degraded", {"authorisation"})
    vk.fails(flood(), method=PERMISSIONS, times=3)
    looks.after(SOON)
    looks.after(SOON)
    assert looks.after(SOON) == ("degraded", {"authorisation", "provider"})
    assert looks.after(SOON) == ("degraded", {"authorisation"})


def test_what_is_not_connected_is_let_alone(vk: VkDouble, shop: Stand) -> None:
    shop.leaves()
    looks = Looks(shop)
    vk.calls.clear()
    looks.after(EVERY)
    assert vk.calls == []


@pytest.mark.requirement("B10")
def test_an_old_token_of_avito_is_renewed_and_a_withdrawn_consent_degrades() -> None:
    with AvitoDouble() as avito, stand("avito", avito.url, app=App(AVITO_ID, Secret(AVITO_SECRET))) as shop:
        avito.oauth.redirect = f"{shop.connector.public_url}/oauth/avito"
        shop.logs_in()
        shop.saves()
        looks, before = Looks(shop), shop.secrets()[TOKEN]
        avito.avito.expire()
        assert looks.after(SOON) == ("connected", set()) and shop.secrets()[TOKEN] != before
        avito.avito.accounts[SELLER].paid = False
        assert looks.after(EVERY) == ("degraded", {"entitlement"})
        avito.avito.accounts[SELLER].paid = True
        assert looks.after(SOON) == ("connected", set())
        avito.fails(avito_broken(), method="chats")
        assert looks.after(EVERY) == ("connected", set())
        avito.avito.revoke(SELLER)
        looks.after(SOON)
        assert looks.after(SOON) == ("degraded", {"authorisation"})
        shop.logs_in()
        shop.saves()
        assert looks.after(SOON) == ("connected", set())


@pytest.mark.requirement("B10")
def test_a_bots_token_that_was_taken_back_degrades_its_channel() -> None:
    with ViberDouble(speed=100) as viber, stand("viber", viber.url) as shop:
        Checker(shop.connector).credentials(TENANT, "shop", {"token": VIBER_TOKEN}, actor=OWNER)
        shop.saves()
        looks = Looks(shop)
        viber.bot.token = "another"
        looks.after(SOON)
        assert looks.after(SOON) == ("degraded", {"authorisation"})
        shop.store.do(channels.CreateChannel(channel="draft", kind="viber"))
        viber.bot.token = VIBER_TOKEN
        assert looks.after(SOON) == ("connected", set())
