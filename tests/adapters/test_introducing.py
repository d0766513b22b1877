"""Customers of VK, Avito and Facebook, whose messages bring an id alone, get their names from the provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.channels.http_client import App
from adapters.doubles.avito import CLIENT_ID as AVITO_ID
from adapters.doubles.avito import CLIENT_SECRET as AVITO_SECRET
from adapters.doubles.avito import AvitoDouble
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, FacebookDouble
from adapters.doubles.vk import CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble, broken, refused
from adapters.introducing import Introducer
from adapters.store.codec import Codec
from adapters.vault.secrets import Secret
from domain.customer import ProfileChanged
from domain.desk.answering import CloseDialog
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT


def profiles(shop: Stand) -> list[dict[str, str]]:
    codec = Codec(shop.store.vault)
    events = shop.events("customer.profile_changed")
    opened = [codec.opened(TENANT, one) for one in events]
    return [one.fields for one in opened if isinstance(one, ProfileChanged) and isinstance(one.fields, dict)]


@contextmanager
def introducing(shop: Stand) -> Iterator[Introducer]:
    made = Introducer(shop.store.database, shop.store.vault, shop.store.executor, shop.connector.accesses)
    try:
        yield made
    finally:
        made.stop()


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


def test_a_customer_of_vk_gets_his_name_and_keeps_what_was_known(vk: VkDouble, shop: Stand) -> None:
    vk.customer_sends(77, {"text": "Hi", "ref": "spring"}, name="Vera Орлова")
    vk.customer_says(77, "Hello?")
    assert vk.settle()
    with introducing(shop) as introducer:
        introducer.run_once()
        introducer.run_once()
    last = profiles(shop)[-1]
    assert (last["name"], last["ref"]) == ("Vera Орлова", "spring") and last["avatar"].startswith("https://")
    assert vk.calls.count("users.get") == 2, "once at the login, once for the customer"


def test_who_cannot_be_named_now_is_asked_about_with_his_next_dialog(vk: VkDouble, shop: Stand) -> None:
    with introducing(shop) as introducer:
        for customer, fault in ((77, broken()), (78, refused(15))):
            vk.fails(fault, method="users.get")
            vk.customer_says(customer, "Hi", name=f"Customer {customer}")
            assert vk.settle()
            introducer.run_once()
        assert profiles(shop) == []
        for opened in shop.store.log.read(0, 10_000, kinds=["dialog.opened"]):
            shop.store.do(CloseDialog(dialog=opened.entity))
        vk.customer_says(78, "Hello?", name="Customer 78")
        assert vk.settle()
        introducer.run_once()
    assert [one["name"] for one in profiles(shop)] == ["Customer 78"]


def test_it_runs_beside_everything_else(vk: VkDouble, shop: Stand) -> None:
    introducer = Introducer(shop.store.database, shop.store.vault, shop.store.executor, shop.connector.accesses)
    introducer.start()
    try:
        vk.customer_says(77, "Hi", name="Vera Орлова")
        assert vk.settle()
        for _ in range(200):
            if profiles(shop):
                break
            vk.settle(0.02)
    finally:
        introducer.stop()
    assert [one["name"] for one in profiles(shop)] == ["Vera Орлова"]


def test_a_customer_of_a_facebook_page_is_named_to_the_page_and_nobody_else() -> None:
    with FacebookDouble(speed=100) as meta, stand("facebook", meta.url, app=App(APP_ID, Secret(APP_SECRET))) as shop:
        shop.logs_in()
        shop.chooses(PAGE)
        shop.saves()
        meta.customer_sends("77", {"text": "Hi"}, name="Vera Орлова")
        assert meta.settle()
        with introducing(shop) as introducer:
            introducer.run_once()
            assert [one["name"] for one in profiles(shop)] == ["Vera Орлова"]
            meta.revokes()
            meta.customer_sends("78", {"text": "Hi"}, name="Boris")
            assert meta.settle()
            introducer.run_once()
            assert len(profiles(shop)) == 1


def test_a_customer_of_avito_is_the_other_one_in_his_chat_also_with_an_old_token() -> None:
    with AvitoDouble(speed=100) as avito, stand("avito", avito.url, app=App(AVITO_ID, Secret(AVITO_SECRET))) as shop:
        avito.oauth.redirect = f"{shop.connector.public_url}/oauth/avito"
        shop.logs_in()
        shop.saves()
        avito.customer_says(77, "Still for sale?", name="Vera")
        assert avito.settle()
        avito.avito.expire()
        with introducing(shop) as introducer:
            introducer.run_once()
        last = profiles(shop)[-1]
        assert last["name"] == "Vera" and last["item_id"]
