"""An official WhatsApp number from activation to leave-taking, through the doors: real store, hook, double."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.channels import channel
from adapters.channels.checks import Checker
from adapters.channels.contract import Watched
from adapters.channels.keys import APP_SECRET as SECRET_NAME
from adapters.channels.keys import TOKEN as TOKEN_NAME
from adapters.channels.keys import VERIFY_TOKEN, WABA_ID
from adapters.doubles.faults import Fault
from adapters.doubles.whatsapp_official import APP_SECRET, NUMBER_ID, PHONE, TOKEN, WABA, WhatsAppDouble, error
from domain.errors import Conflict, Invalid, NotAllowed, Unavailable
from domain.recorded import Actor
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

MANAGER = Actor(kind="manager", id="mia")
TYPED = {"waba_id": WABA, "access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": "a word"}
HOURS = {**SETTINGS, "auto_close": {"value": 24, "unit": "hours"}}
CUSTOMER = "79161234567"


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppDouble]:
    with WhatsAppDouble(speed=100) as made:
        made.app.strict = True
        yield made


@pytest.fixture
def shop(whatsapp: WhatsAppDouble) -> Iterator[Stand]:
    with stand("whatsapp_official", whatsapp.url) as made:
        yield made


def activate(
    shop: Stand, number: str = NUMBER_ID, channel: str = "shop", actor: Actor = MANAGER, **changes: str
) -> dict[str, Any]:
    return Checker(shop.connector).activation(TENANT, channel, number, {**TYPED, **changes}, actor=actor)


def connect(shop: Stand, channel: str = "shop", number: str = NUMBER_ID) -> None:
    activate(shop, number, channel)
    assert shop.saves(channel, HOURS)["webhook"] == "set"


@pytest.mark.requirement("C03")
def test_a_manager_types_what_meta_accepts_and_is_shown_the_number(shop: Stand) -> None:
    answer = activate(shop)
    assert (answer["outcome"], answer["phone"]) == ("activated", PHONE)
    assert shop.state().phase == "verified"
    (event,) = shop.events("channel.activated_by_manager")
    assert event.external_id == NUMBER_ID and len(event.fingerprints) == 4


@pytest.mark.requirement("C03")
def test_nobody_else_can_and_meta_is_not_even_asked(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    with pytest.raises(NotAllowed) as refusal:
        activate(shop, actor=OWNER)
    assert (refusal.value.code, whatsapp.calls) == ("manager_only", [])


@pytest.mark.requirement("C04")
def test_settings_are_refused_before_the_activation(shop: Stand) -> None:
    with pytest.raises(Conflict) as refusal:
        shop.saves(changes=HOURS)
    assert refusal.value.code == "not_activated"


@pytest.mark.requirement("C03")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"access_token": "EAAwrong"}, "credentials_rejected"),
        ({"app_secret": "another application's"}, "credentials_rejected"),
        ({"number": "999"}, "channel_id_unknown"),
        ({"waba_id": "999"}, "channel_id_unknown"),
    ],
)
def test_what_meta_refuses_is_told_and_changes_nothing(shop: Stand, changes: dict[str, str], code: str) -> None:
    number = changes.pop("number", NUMBER_ID)
    with pytest.raises(Conflict) as refusal:
        activate(shop, number, **changes)
    assert (refusal.value.code, shop.state().phase) == (code, "draft")


def test_a_number_of_another_account_is_none_of_this_one(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    whatsapp.number("555", "+7 495 000-00-00", "Elsewhere", waba="777")
    with pytest.raises(Conflict) as refusal:
        activate(shop, "555")
    assert refusal.value.code == "channel_id_unknown"


def test_all_of_it_must_be_typed(shop: Stand) -> None:
    with pytest.raises(Invalid) as refusal:
        activate(shop, "", waba_id=" ", verify_token="")
    assert {one.field for one in refusal.value.problems} == {"phone_number_id", "waba_id", "verify_token"}


@pytest.mark.requirement("D03")
def test_while_meta_does_not_answer_nothing_changes(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    whatsapp.fails(Fault(error(4, "Application request limit reached", status=429)), method="object")
    with pytest.raises(Unavailable):
        activate(shop)
    assert (shop.state().phase, shop.secrets()) == ("draft", {})


def test_save_keeps_the_secrets_and_asks_meta_to_call_our_address(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    connect(shop)
    assert whatsapp.book.overrides[WABA].startswith(f"{shop.connector.public_url}/hooks/whatsapp_official/shop/")
    known = shop.secrets()
    assert (known[TOKEN_NAME], known[SECRET_NAME], known[VERIFY_TOKEN]) == (TOKEN, APP_SECRET, "a word")
    assert known[WABA_ID] == WABA


@pytest.mark.requirement("A09", "C05")
def test_days_are_refused(shop: Stand) -> None:
    activate(shop)
    with pytest.raises(Invalid) as refusal:
        shop.saves(changes=SETTINGS)
    assert refusal.value.code == "unit_not_allowed"


@pytest.mark.requirement("E02")
def test_a_customers_message_comes_through_the_signed_hook_once(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    connect(shop)
    whatsapp.customer_says(CUSTOMER, "Есть хлеб? 🥖", copies=3)
    assert whatsapp.settle()
    assert [one.status for one in whatsapp.attempts] == [200, 200, 200]
    assert len(shop.events("dialog.message_received")) == 1


@pytest.mark.requirement("E07")
def test_a_body_that_is_signed_with_another_secret_is_refused(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    connect(shop)
    whatsapp.app.secret = "another application's"
    whatsapp.customer_says(CUSTOMER, "forged")
    assert not whatsapp.settle(0.3)
    assert {one.status for one in whatsapp.attempts} == {401} and shop.events("dialog.message_received") == []
    whatsapp.app.secret = APP_SECRET


@pytest.mark.requirement("A25", "A29")
def test_new_secrets_wait_for_save_and_show_as_fingerprints(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    connect(shop)
    whatsapp.answers.token = "EAAnext"
    assert activate(shop, access_token="EAAnext")["outcome"] == "activated"
    assert shop.secrets()[TOKEN_NAME] == TOKEN
    shop.saves(changes=HOURS)
    assert shop.secrets()[TOKEN_NAME] == "EAAnext"
    first, second = shop.events("channel.activated_by_manager")
    assert set(first.fingerprints) ^ set(second.fingerprints)


@pytest.mark.requirement("A19")
def test_disconnecting_ends_the_subscription_and_wipes_every_secret(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    connect(shop)
    assert shop.leaves()["outcome"] == "disconnected"
    assert (whatsapp.book.overrides, shop.secrets()) == ({}, {})


def test_the_subscription_stays_where_another_number_of_the_account_has_taken_it_over(
    whatsapp: WhatsAppDouble, shop: Stand
) -> None:
    whatsapp.number("555", "+7 495 000-00-00", "Second shop")
    shop.made("second")
    connect(shop)
    connect(shop, "second", "555")
    shop.leaves()
    assert "/second/" in whatsapp.book.overrides[WABA]


def test_each_number_of_an_account_gets_what_is_its_own(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    whatsapp.number("555", "+7 495 000-00-00", "Second shop")
    shop.made("second")
    connect(shop)
    connect(shop, "second", "555")
    whatsapp.customer_says(CUSTOMER, "to the first")
    whatsapp.customer_says(CUSTOMER, "to the second", number="555")
    assert whatsapp.settle()
    opened = shop.events("dialog.opened")
    assert sorted(one.channel for one in opened) == ["second", "shop"]


@pytest.mark.requirement("A24")
def test_no_secret_stands_in_the_log(shop: Stand) -> None:
    connect(shop)
    said = repr([one.event for one in shop.store.log.read(0, 10_000)])
    assert not any(secret in said for secret in (TOKEN, APP_SECRET, "a word"))


@pytest.mark.requirement("B10")
def test_a_token_that_meta_takes_no_more_is_seen_although_nobody_writes(whatsapp: WhatsAppDouble, shop: Stand) -> None:
    connect(shop)
    adapter = channel("whatsapp_official")
    assert isinstance(adapter, Watched)
    access = shop.connector.accesses.of(TENANT, "shop")
    assert adapter.trouble(access) is None
    whatsapp.revokes()
    assert adapter.trouble(access) == "authorisation"
