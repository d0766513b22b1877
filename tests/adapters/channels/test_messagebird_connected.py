"""MessageBird from its keys to leave-taking, through the doors: real store, hook over HTTP, the double."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import time
from typing import Any

import httpx2
import pytest

from adapters.channels.whatsapp_messagebird.listening import WEBHOOK
from adapters.doubles.faults import Fault
from adapters.doubles.server import Reply
from adapters.doubles.whatsapp_messagebird import CHANNEL, KEY, PHONE, SIGNING_KEY, MessageBirdDouble, broken
from adapters.doubles.whatsapp_messagebird.signing import HEADER, signature
from domain.errors import Conflict, Invalid, Unavailable
from tests.adapters.channels.bakery import SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

CUSTOMER = "79161234567"
KEYS = {"key": KEY, "channel_id": CHANNEL}
SIGNED = {**KEYS, "signing_key": SIGNING_KEY}


@pytest.fixture
def bird() -> Iterator[MessageBirdDouble]:
    with MessageBirdDouble(speed=100) as made:
        yield made


@pytest.fixture
def shop(bird: MessageBirdDouble) -> Iterator[Stand]:
    with stand("whatsapp_messagebird", bird.url) as made:
        yield made


def connect(shop: Stand, typed: dict[str, str] = SIGNED) -> None:
    assert shop.checks(typed)["outcome"] == "verified"
    assert shop.saves()["webhook"] == "set"


@pytest.mark.requirement("C09", "C10")
def test_complete_keys_and_enter_show_the_number(shop: Stand) -> None:
    answer = shop.checks({"key": f"  {KEY} ", "channel_id": CHANNEL, "namespace_id": "", "signing_key": " "})
    assert (answer["outcome"], answer["phone"], shop.state().phase) == ("verified", PHONE, "verified")
    shop.saves()
    assert (shop.state().phase, shop.state().external_id) == ("connected", PHONE)


@pytest.mark.requirement("C09")
@pytest.mark.parametrize(("typed", "missing"), [({"key": KEY}, "channel_id"), ({"channel_id": CHANNEL}, "key")])
def test_one_field_without_the_other_shows_no_number_and_connects_nothing(
    bird: MessageBirdDouble, shop: Stand, typed: dict[str, str], missing: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        shop.checks(typed)
    assert [(one.field, one.code) for one in refusal.value.problems] == [(missing, "required")]
    with pytest.raises(Conflict):
        shop.saves()
    assert (shop.state().phase, bird.calls) == ("draft", [])


@pytest.mark.requirement("C10")
def test_a_number_is_never_typed(shop: Stand) -> None:
    for field in ("phone", "number"):
        with pytest.raises(Invalid) as refusal:
            shop.checks({**KEYS, field: PHONE})
        assert [(one.field, one.code) for one in refusal.value.problems] == [(field, "unknown_field")]
    shop.checks(KEYS)
    with pytest.raises(Invalid) as saving:
        shop.saves(changes={**SETTINGS, "phone": PHONE})
    assert [(one.field, one.code) for one in saving.value.problems] == [("phone", "unknown_field")]


@pytest.mark.requirement("C13")
@pytest.mark.parametrize(
    ("changes", "code"),
    [({"key": "live_wrong"}, "credentials_rejected"), ({"channel_id": "elsewhere"}, "channel_id_unknown")],
)
def test_a_wrong_key_and_a_wrong_channel_are_told_apart(shop: Stand, changes: dict[str, str], code: str) -> None:
    with pytest.raises(Conflict) as refusal:
        shop.checks({**KEYS, **changes})
    assert (refusal.value.code, shop.state().phase, shop.secrets()) == (code, "draft", {})
    assert shop.events("channel.keys_verified") == []


def test_the_number_is_overheard_where_messagebird_does_not_tell_it(bird: MessageBirdDouble, shop: Stand) -> None:
    bird.tells_numbers = False
    with pytest.raises(Conflict) as refusal:
        shop.checks(KEYS)
    assert refusal.value.code == "channel_id_unknown"
    bird.customer_says(CUSTOMER, "a first message from any phone")
    assert shop.checks(KEYS)["phone"] == PHONE


@pytest.mark.requirement("D03")
@pytest.mark.parametrize("fault", [broken(), Fault(Reply(0, hang_up=True)), Fault(Reply(429, {}))])
def test_while_messagebird_does_not_answer_nothing_changes(bird: MessageBirdDouble, shop: Stand, fault: Fault) -> None:
    bird.fails(fault, method="conversations")
    with pytest.raises(Unavailable):
        shop.checks(KEYS)
    assert shop.state().phase == "draft"


def test_what_no_header_can_carry_is_refused_without_a_call(bird: MessageBirdDouble, shop: Stand) -> None:
    with pytest.raises(Invalid) as refusal:
        shop.checks({"key": "ключ", "channel_id": CHANNEL})
    assert (refusal.value.code, bird.calls) == ("bad_value", [])


def test_save_registers_our_address_for_this_channel_once(bird: MessageBirdDouble, shop: Stand) -> None:
    bird.channel("another", "31600000001", "Another")
    connect(shop)
    shop.saves(changes={"closing_message": "Bye"})
    (webhook,) = bird.account.webhooks.values()
    assert webhook["url"].startswith(f"{shop.connector.public_url}/hooks/whatsapp_messagebird/shop/")
    assert (webhook["channelId"], webhook["events"]) == (CHANNEL, ["message.created", "message.updated"])
    assert shop.secrets()[WEBHOOK] == webhook["id"]


@pytest.mark.requirement("E02")
def test_a_message_comes_through_the_signed_hook_once(bird: MessageBirdDouble, shop: Stand) -> None:
    connect(shop)
    bird.customer_says(CUSTOMER, "Есть хлеб? 🥖", copies=3)
    assert bird.settle()
    assert [one.status for one in bird.attempts] == [200, 200, 200]
    assert len(shop.events("dialog.message_received")) == 1


@pytest.mark.requirement("E07")
@pytest.mark.parametrize("how", ["unsigned", "another key", "another body", "another address", "stale", "replayed"])
def test_what_is_not_signed_for_this_very_request_is_401_and_not_stored(shop: Stand, how: str) -> None:
    connect(shop)
    url = shop.connector.hook_url(TENANT, "shop", shop.state()) or ""
    raw, now = b'{"type":"conversation.created"}', time()
    key = "another" if how == "another key" else SIGNING_KEY
    told = signature(
        key,
        url + "?x=1" if how == "another address" else url,
        b"{}" if how == "another body" else raw,
        now - 3600 if how == "stale" else now,
    )
    headers = {} if how == "unsigned" else {HEADER: told}
    if how == "replayed":
        assert post(shop, url, raw, headers) == 200
    assert post(shop, url, raw, headers) == 401
    assert shop.hooks.refused["shop", "bad_signature"] == 1
    assert shop.events("quarantine.inbound_quarantined") == []


def post(shop: Stand, url: str, raw: bytes, headers: dict[str, str]) -> int:
    return shop.client.post(url, content=raw, headers=headers).status_code


def test_without_a_signing_key_the_secret_in_the_address_is_the_proof(bird: MessageBirdDouble, shop: Stand) -> None:
    connect(shop, KEYS)
    url = shop.connector.hook_url(TENANT, "shop", shop.state()) or ""
    assert post(shop, url, b'{"type":"conversation.created"}', {}) == 200
    assert post(shop, url + "x", b'{"type":"conversation.created"}', {}) == 404
    bird.customer_says(CUSTOMER, "Bread?")
    assert bird.settle() and len(shop.events("dialog.message_received")) == 1


def test_a_signing_key_that_is_taken_back_is_not_asked_for_any_more(shop: Stand) -> None:
    connect(shop)
    shop.saves(changes={"signing_key": None})
    url = shop.connector.hook_url(TENANT, "shop", shop.state()) or ""
    assert post(shop, url, b'{"type":"conversation.created"}', {}) == 200


@pytest.mark.requirement("A24", "A25")
def test_keys_are_in_the_vault_alone_and_show_as_fingerprints(shop: Stand) -> None:
    connect(shop)
    shop.checks({**KEYS, "signing_key": "another signing key"})
    shop.saves()
    assert shop.secrets()["signing_key"] == "another signing key"
    first, second = (
        change
        for one in shop.events("channel.settings_changed")
        for change in one.changes
        if change.field == "signing_key"
    )
    assert (first.old, second.old) == (None, first.new) and second.new != first.new
    said = repr([one.event for one in shop.store.log.read(0, 10_000)])
    assert not any(secret in said for secret in (KEY, SIGNING_KEY, "another signing key"))


@pytest.mark.requirement("A29")
def test_a_new_key_is_a_candidate_until_save_and_a_wrong_one_changes_nothing(
    bird: MessageBirdDouble, shop: Stand
) -> None:
    connect(shop)
    bird.revokes()
    with pytest.raises(Conflict):
        shop.checks(SIGNED)
    assert (shop.state().phase, shop.secrets()["key"]) == ("connected", KEY)
    shop.checks({**SIGNED, "key": bird.key})
    assert shop.secrets()["key"] == KEY
    shop.saves()
    assert shop.secrets()["key"] == bird.key


@pytest.mark.requirement("A29")
def test_the_last_check_alone_is_what_save_puts_in_effect(shop: Stand) -> None:
    shop.checks({**SIGNED, "namespace_id": "ns-1"})
    shop.checks(KEYS)
    shop.saves()
    assert set(shop.secrets()) == {"key", "channel_id", WEBHOOK}
    assert (shop.state().settings.namespace_id, shop.state().settings.signing_key) == (None, None)


@pytest.mark.requirement("C12")
def test_the_namespace_that_was_typed_becomes_a_setting(shop: Stand) -> None:
    connect(shop, {**KEYS, "namespace_id": "ns-1"})
    assert shop.state().settings.namespace_id == "ns-1"
    (verified,) = shop.events("channel.keys_verified")
    assert verified.namespace_set is True


@pytest.mark.requirement("D10")
def test_receiver_and_auto_close_may_be_left_out(shop: Stand) -> None:
    shop.checks(KEYS)
    shop.saves(changes={})
    assert shop.state().phase == "connected"


@pytest.mark.requirement("A16", "A19")
def test_disconnecting_removes_our_webhook_alone_and_wipes_every_secret(bird: MessageBirdDouble, shop: Stand) -> None:
    connect(shop)
    other = bird.account.webhooks["other"] = {
        **next(iter(bird.account.webhooks.values())),
        "id": "other",
        "url": "http://127.0.0.1:9/crm",
    }
    assert shop.leaves()["outcome"] == "disconnected"
    assert (list(bird.account.webhooks.values()), shop.secrets()) == ([other], {})


def test_another_channel_of_the_account_gets_the_webhook_with_its_save(bird: MessageBirdDouble, shop: Stand) -> None:
    connect(shop)
    bird.channel("second", "31600000002", "Second")
    shop.checks({**SIGNED, "channel_id": "second"})
    shop.saves()
    (webhook,) = bird.account.webhooks.values()
    assert (webhook["channelId"], shop.state().external_id) == ("second", "31600000002")


def test_a_refused_address_does_not_keep_the_channel_from_being_connected(bird: MessageBirdDouble, shop: Stand) -> None:
    shop.checks(KEYS)
    bird.fails(Fault(Reply(422, {"errors": []})), method="webhooks", times=2)
    assert shop.saves()["webhook"] == "webhook_refused"
    assert shop.saves()["webhook"] == "set"


def test_the_base_address_is_typed_with_the_keys(bird: MessageBirdDouble, shop: Stand) -> None:
    shop.connector = replace(
        shop.connector, provider_urls={"whatsapp_messagebird": "http://127.0.0.1:9"}, private_providers=True
    )
    with pytest.raises(Unavailable):
        shop.checks(KEYS)
    for wrong in ("nowhere", "ftp://x", "http://", "http://[", "http://x:99999"):
        with pytest.raises(Invalid) as refusal:
            shop.checks({**KEYS, "base_url": wrong})
        assert refusal.value.code == "bad_url"
    shop.checks({**KEYS, "base_url": bird.url})
    assert shop.saves()["webhook"] == "set"
    assert shop.state().settings.base_url == bird.url


def test_the_double_signs_and_pages_as_messagebird_does(bird: MessageBirdDouble) -> None:
    """What the tests above rest on: without the key nothing, and lists in pages."""
    with httpx2.Client(base_url=bird.url, trust_env=False) as client:
        assert client.get("/v1/conversations").status_code == 401
        client.headers["authorization"] = f"AccessKey {KEY}"
        for phone in ("1000001", "1000002", "1000003"):
            bird.customer_says(phone, "hi")
        page: dict[str, Any] = client.get("/v1/conversations", params={"limit": "2", "offset": "2"}).json()
    assert (page["count"], page["totalCount"]) == (1, 3)


@pytest.mark.parametrize(
    ("url", "code"), [("http://api.example", "url_not_https"), ("https://127.0.0.1:9", "url_not_public")]
)
def test_a_key_is_not_carried_into_our_own_network(bird: MessageBirdDouble, shop: Stand, url: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        shop.checks({**KEYS, "base_url": url})
    assert (refusal.value.code, bird.calls) == (code, [])
