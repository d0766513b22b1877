"""Infobip from its key to leave-taking, through the doors: real store, hook over HTTP, the double."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.doubles.faults import Fault
from adapters.doubles.server import Reply
from adapters.doubles.whatsapp_infobip import KEY, NUMBER, InfobipDouble, broken
from domain.errors import Conflict, Invalid, Unavailable
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

CUSTOMER, SECOND = "385919998888", "447796344125"
NUMBERED = {**SETTINGS, "number": NUMBER}


@pytest.fixture
def infobip() -> Iterator[InfobipDouble]:
    with InfobipDouble(speed=1000) as made:
        made.number(SECOND, "Second shop")
        yield made


@pytest.fixture
def shop(infobip: InfobipDouble) -> Iterator[Stand]:
    with stand("whatsapp_infobip", infobip.url) as made:
        yield made


def copied(shop: Stand, channel: str = "shop") -> str:
    """The address, as the administrator copies it."""
    return str(shop.connector.issue_url(TENANT, channel, actor=OWNER)["url"])


def connect(infobip: InfobipDouble, shop: Stand, **typed: str) -> None:
    shop.checks({"api_key": KEY, **typed})
    shop.saves(changes=NUMBERED)
    for number in (NUMBER, SECOND):
        infobip.forwards(number, copied(shop), password=typed.get("webhook_password"))


@pytest.mark.requirement("C16")
def test_a_key_shows_the_numbers_and_one_of_them_is_saved(shop: Stand) -> None:
    answer = shop.checks({"api_key": KEY})
    assert (answer["outcome"], answer["numbers"]) == ("verified", [NUMBER, SECOND])
    for number, code in ((None, "required"), ("380000000000", "number_not_offered")):
        with pytest.raises(Invalid) as refusal:
            shop.saves(changes={**SETTINGS, "number": number})
        assert [(one.field, one.code) for one in refusal.value.problems] == [("number", code)]
    shop.saves(changes=NUMBERED)
    assert (shop.state().phase, shop.state().external_id) == ("connected", NUMBER)


@pytest.mark.requirement("C16")
def test_a_number_that_infobip_does_not_list_is_typed_and_verified(infobip: InfobipDouble, shop: Stand) -> None:
    infobip.lists_numbers = False
    with pytest.raises(Invalid) as refusal:
        shop.checks({"api_key": KEY})
    assert [(one.field, one.code) for one in refusal.value.problems] == [("number", "required")]
    with pytest.raises(Invalid) as wrong:
        shop.checks({"api_key": KEY, "number": "380000000000"})
    assert wrong.value.code == "number_not_offered"
    assert shop.checks({"api_key": KEY, "number": "+41 79 302 67 31"})["numbers"] == [NUMBER]
    shop.saves(changes=NUMBERED)
    assert shop.state().external_id == NUMBER


def test_a_wrong_key_is_a_refusal_and_a_silent_infobip_is_none(infobip: InfobipDouble, shop: Stand) -> None:
    with pytest.raises(Conflict) as refusal:
        shop.checks({"api_key": "wrong"})
    assert refusal.value.code == "credentials_rejected"
    for fault in (broken(), Fault(Reply(0, hang_up=True))):
        infobip.fails(fault, method="senders")
        with pytest.raises(Unavailable):
            shop.checks({"api_key": KEY})
    with pytest.raises(Invalid) as missing:
        shop.checks({"api_key": " "})
    assert [(one.field, one.code) for one in missing.value.problems] == [("api_key", "required")]
    assert (shop.state().phase, shop.secrets()) == ("draft", {})


@pytest.mark.requirement("C15")
def test_the_address_is_made_by_us_unique_and_stable_and_there_before_anything_is_connected(
    infobip: InfobipDouble, shop: Stand
) -> None:
    shop.made("second")
    first = copied(shop)
    assert first.startswith(f"{shop.connector.public_url}/hooks/whatsapp_infobip/shop/") and len(first) > 80
    assert copied(shop, "second") != first
    connect(infobip, shop)
    shop.saves(changes={"number": SECOND, "closing_message": "Bye"})
    assert copied(shop) == first
    assert len(shop.events("channel.webhook_url_issued")) == 2
    assert first not in repr([one.event for one in shop.store.log.read(0, 10_000)])


@pytest.mark.requirement("C15")
def test_the_address_is_no_setting(shop: Stand) -> None:
    shop.checks({"api_key": KEY})
    with pytest.raises(Invalid) as refusal:
        shop.saves(changes={**NUMBERED, "webhook_url": "https://elsewhere.example"})
    assert [(one.field, one.code) for one in refusal.value.problems] == [("webhook_url", "unknown_field")]


@pytest.mark.requirement("E02")
def test_several_messages_in_one_push_each_arrive_once(infobip: InfobipDouble, shop: Stand) -> None:
    connect(infobip, shop)
    both = [infobip.received(CUSTOMER, {"type": "TEXT", "text": text}) for text in ("Есть хлеб?", "🥖")]
    infobip.pushes(NUMBER, [*both, both[0], {"from": "?", "message": {}}], copies=2)
    assert infobip.settle()
    assert [one.status for one in infobip.attempts] == [200, 200]
    assert len(shop.events("dialog.message_received")) == 2
    assert [one.reason for one in shop.events("quarantine.inbound_quarantined")] == ["malformed"]


def test_a_push_that_meets_a_broken_door_is_repeated(infobip: InfobipDouble, shop: Stand) -> None:
    connect(infobip, shop)
    right = copied(shop)
    infobip.forwards(NUMBER, right + "x")
    infobip.customer_says(CUSTOMER, "lost?")
    assert infobip.settle(60)
    assert {one.status for one in infobip.attempts} == {404} and len(infobip.attempts) == 8


@pytest.mark.requirement("C17")
def test_another_number_is_a_change_of_settings_and_messages_to_the_old_one_wait(
    infobip: InfobipDouble, shop: Stand
) -> None:
    connect(infobip, shop)
    version = shop.state().settings_version
    shop.saves(changes={"number": SECOND})
    changed = shop.events("channel.settings_changed")[-1]
    assert [(one.field, one.old, one.new) for one in changed.changes] == [("number", NUMBER, SECOND)]
    assert (shop.state().settings_version, shop.state().external_id) == (version + 1, SECOND)
    infobip.customer_says(CUSTOMER, "to the new one", number=SECOND)
    infobip.customer_says(CUSTOMER, "to the old one")
    assert infobip.settle()
    assert len(shop.events("dialog.message_received")) == 1
    assert [one.reason for one in shop.events("quarantine.inbound_quarantined")] == ["number_not_connected"]


@pytest.mark.requirement("C16")
def test_a_message_to_a_number_that_was_never_ours_waits_too(infobip: InfobipDouble, shop: Stand) -> None:
    connect(infobip, shop)
    infobip.customer_says(CUSTOMER, "to the other one", number=SECOND)
    assert infobip.settle()
    assert shop.events("dialog.message_received") == []
    assert [one.reason for one in shop.events("quarantine.inbound_quarantined")] == ["number_not_connected"]


@pytest.mark.requirement("E07")
def test_a_password_of_our_address_must_come_along(infobip: InfobipDouble, shop: Stand) -> None:
    connect(infobip, shop, webhook_password="pa:ss")
    infobip.customer_says(CUSTOMER, "with it")
    assert infobip.settle() and [one.status for one in infobip.attempts] == [200]
    wrong = {"authorization": "Basic " + base64.b64encode(b"parley:wrong").decode()}
    for headers in ({}, wrong):
        assert shop.client.post(copied(shop), content=b'{"results":[]}', headers=headers).status_code == 401
    assert shop.hooks.refused["shop", "bad_signature"] == 2
    shop.saves(changes={"webhook_password": None})
    shop.hooks._doors._kept.clear()  # doors are kept for a few seconds
    assert shop.client.post(copied(shop), content=b'{"results":[]}').status_code == 200


@pytest.mark.requirement("A24", "A25")
def test_key_and_password_are_in_the_vault_alone(infobip: InfobipDouble, shop: Stand) -> None:
    connect(infobip, shop, webhook_password="pa:ss-word")
    assert shop.secrets() == {"api_key": KEY, "webhook_password": "pa:ss-word"}
    said = repr([one.event for one in shop.store.log.read(0, 10_000)])
    assert KEY not in said and "pa:ss-word" not in said
    assert shop.state().settings.webhook_password not in (None, "pa:ss-word")


@pytest.mark.requirement("C18")
def test_a_bot_does_not_receive_and_both_units_count(shop: Stand) -> None:
    shop.checks({"api_key": KEY})
    with pytest.raises(Invalid) as refusal:
        shop.saves(changes={**NUMBERED, "receiver": {"kind": "bot", "id": "robo"}})
    assert refusal.value.code == "receiver_kind_not_allowed"
    for unit in ("days", "hours"):
        shop.saves(changes={**NUMBERED, "auto_close": {"value": 2, "unit": unit}})
    assert shop.state().phase == "connected"


@pytest.mark.requirement("A19")
def test_disconnecting_wipes_the_key_and_late_messages_wait(infobip: InfobipDouble, shop: Stand) -> None:
    connect(infobip, shop)
    assert shop.leaves()["outcome"] == "disconnected"
    assert shop.secrets() == {}
    infobip.customer_says(CUSTOMER, "too late?")
    assert infobip.settle() and [one.status for one in infobip.attempts] == [200]
    assert [one.reason for one in shop.events("quarantine.inbound_quarantined")] == ["channel_disconnected"]


def test_the_personal_address_is_typed_with_the_key_and_kept_with_the_save(infobip: InfobipDouble, shop: Stand) -> None:
    shop.connector = replace(
        shop.connector, provider_urls={"whatsapp_infobip": "http://127.0.0.1:9"}, private_providers=True
    )
    with pytest.raises(Unavailable):
        shop.checks({"api_key": KEY})
    shop.checks({"api_key": KEY, "base_url": infobip.url})
    shop.saves(changes=NUMBERED)
    assert (shop.state().settings.base_url, shop.connector.accesses.of(TENANT, "shop").base_url) == (infobip.url,) * 2


def test_an_address_that_nobody_could_reach_is_not_shown(shop: Stand) -> None:
    with pytest.raises(Conflict) as refusal:
        replace(shop.connector, public_url=None).issue_url(TENANT, "shop", actor=OWNER)
    assert refusal.value.code == "no_public_url"
