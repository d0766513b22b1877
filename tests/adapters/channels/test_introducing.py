"""Who writes, where a message has only a number for him: the provider is asked, beside the hook, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.channels.http_client import App
from adapters.channels.introducing import DAY, Introductions
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, FacebookDouble, error
from adapters.doubles.faults import Fault
from adapters.doubles.vk import CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble
from adapters.vault.secrets import Secret
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

PSID = "77"


class Looks:
    """The clock by which it is remembered who was asked about."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Looks:
    return Looks()


@pytest.fixture
def facebook() -> Iterator[FacebookDouble]:
    with FacebookDouble(speed=100) as made:
        yield made


def introduced(shop: Stand, clock: Looks) -> Introductions:
    """Hooks are told of it as the application does; the test says when it is over."""
    made = Introductions(shop.connector.accesses, shop.store.executor, shop.store.vault, clock=clock)
    shop.hooks._introductions = made
    return made


@pytest.fixture
def shop(facebook: FacebookDouble, clock: Looks) -> Iterator[Stand]:
    with stand("facebook", facebook.url, app=App(APP_ID, Secret(APP_SECRET))) as made:
        made.logs_in()
        made.chooses(PAGE)
        made.saves()
        asking = introduced(made, clock)
        yield made
        asking.close()


def profiles(shop: Stand, number: int) -> list[Any]:
    """What was learnt, opened, as soon as it is so much."""
    end = monotonic() + 5
    while len(found := shop.events("customer.profile_changed")) < number and monotonic() < end:
        sleep(0.01)
    label = "customer.profile_changed.fields"
    return [shop.store.vault.open(TENANT, one.subject_key_id, label, one.fields) for one in found]


def says(facebook: FacebookDouble, text: str, **how: Any) -> None:
    facebook.customer_says(PSID, text, **how)
    assert facebook.settle()


def test_messengers_customer_gets_his_name(facebook: FacebookDouble, shop: Stand) -> None:
    says(facebook, "Hi")
    assert profiles(shop, 1) == [{"name": "Anna Orlova"}]


def test_he_is_asked_about_once_a_day_and_the_same_name_changes_nothing(
    facebook: FacebookDouble, shop: Stand, clock: Looks
) -> None:
    says(facebook, "one")
    says(facebook, "two")
    profiles(shop, 1)
    asked = facebook.calls.count("object")
    assert asked == 1
    clock.now = DAY
    says(facebook, "three")
    sleep(0.2)
    assert (facebook.calls.count("object"), len(profiles(shop, 1))) == (2, 1)
    facebook.book.customers[PSID].name = "Anna Petrova"
    clock.now = 2 * DAY
    says(facebook, "four")
    assert profiles(shop, 2)[-1] == {"name": "Anna Petrova"}


def test_who_may_not_be_asked_about_stays_without_a_name_and_his_message_is_there(
    facebook: FacebookDouble, shop: Stand
) -> None:
    facebook.fails(Fault(error(100, "No profile available for this user", subcode=2018218)), method="object")
    says(facebook, "Hi")
    assert len(shop.events("dialog.message_received")) == 1
    sleep(0.2)
    assert profiles(shop, 0) == []


def test_while_meta_does_not_answer_he_is_asked_about_again_with_his_next_message(
    facebook: FacebookDouble, shop: Stand
) -> None:
    facebook.fails(Fault(error(2, "Service temporarily unavailable", status=500)), method="object")
    says(facebook, "one")
    sleep(0.2)
    says(facebook, "two")
    assert profiles(shop, 1) == [{"name": "Anna Orlova"}]


@pytest.mark.requirement("E13")
def test_a_name_is_in_the_log_only_sealed(facebook: FacebookDouble, shop: Stand) -> None:
    says(facebook, "Hi")
    profiles(shop, 1)
    assert "Orlova" not in repr([one.event for one in shop.store.log.read(0, 10_000)])


def test_vks_customer_gets_his_name(clock: Looks) -> None:
    app = App(CLIENT_ID, Secret(CLIENT_SECRET))
    with VkDouble(speed=100) as vk, stand("vk", vk.url, app=app) as made:
        made.logs_in()
        made.chooses(str(GROUP))
        made.saves()
        asking = introduced(made, clock)
        vk.customer_says(77, "Есть хлеб?", name="Anna Orlova")
        assert vk.settle()
        assert profiles(made, 1)[0]["name"] == "Anna Orlova"
        asking.close()
