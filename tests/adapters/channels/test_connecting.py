"""Connecting a Telegram bot, from the token to the webhook and back (D01-D06), on a real store and the double."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.channels.checks import Checker
from adapters.channels.keys import TOKEN, candidate_owner, channel_owner
from adapters.doubles.telegram import TOKEN as BAKERY_TOKEN
from adapters.doubles.telegram import TelegramDouble, broken
from adapters.vault.secrets import Secret
from domain.desk import channels
from domain.errors import Conflict, Invalid, NotFound, Unavailable
from tests.adapters.channels.bakery import OWNER, SETTINGS, Bakery, bakery, connect
from tests.store import TENANT

WAITING = candidate_owner("shop")
OTHER_TOKEN = "77:another-token-of-another-bot"


@pytest.fixture
def shop() -> Iterator[Bakery]:
    with bakery(connected=False) as made:
        yield made


def token_of(shop: Bakery, owner: str = channel_owner("shop")) -> str | None:
    secret = shop.store.vault.get_secret(TENANT, owner, TOKEN)
    return secret.reveal() if secret else None


@pytest.mark.requirement("D01", "A28")
def test_a_right_token_is_verified_and_names_its_bot_but_connects_nothing(shop: Bakery) -> None:
    answer = Checker(shop.connector).token(TENANT, "shop", BAKERY_TOKEN, actor=OWNER)
    assert answer == {"outcome": "verified", "channel": "shop", "bot_name": "Bakery"}
    assert shop.kinds("channel-shop") == ["channel.created", "channel.token_verified"]
    assert token_of(shop) is None and shop.telegram.calls == ["getMe", "getWebhookInfo"]


@pytest.mark.requirement("D02")
def test_a_wrong_token_finds_no_bot(shop: Bakery) -> None:
    answer = Checker(shop.connector).token(TENANT, "shop", OTHER_TOKEN, actor=OWNER)
    assert answer == {"outcome": "bot_not_found", "channel": "shop", "bot_name": None}
    assert shop.kinds("channel-shop") == ["channel.created", "channel.token_rejected"]
    assert token_of(shop, WAITING) is None
    with pytest.raises(Conflict) as refused:
        shop.connector.save(TENANT, "shop", SETTINGS, actor=OWNER)
    assert refused.value.code == "not_verified"


@pytest.mark.requirement("D03")
def test_a_provider_that_is_down_changes_nothing(shop: Bakery) -> None:
    Checker(shop.connector).token(TENANT, "shop", BAKERY_TOKEN, actor=OWNER)
    before = shop.store.log.head()
    shop.telegram.fails(broken(), method="getMe")
    with pytest.raises(Unavailable) as refused:
        Checker(shop.connector).token(TENANT, "shop", BAKERY_TOKEN, actor=OWNER)
    assert refused.value.code == "provider_unavailable"
    assert shop.store.log.head() == before
    assert token_of(shop, WAITING) == BAKERY_TOKEN


@pytest.mark.requirement("D05")
def test_spaces_around_a_token_are_dropped_and_an_empty_one_is_refused(shop: Bakery) -> None:
    assert Checker(shop.connector).token(TENANT, "shop", f"  {BAKERY_TOKEN}\n", actor=OWNER)["outcome"] == "verified"
    assert token_of(shop, WAITING) == BAKERY_TOKEN
    with pytest.raises(Invalid):
        Checker(shop.connector).token(TENANT, "shop", "   ", actor=OWNER)


@pytest.mark.requirement("A28")
def test_the_first_save_connects_and_sets_the_webhook_with_its_secret(shop: Bakery) -> None:
    answer = connect(shop)
    assert (answer["outcome"], answer["state"], answer["webhook"]) == ("saved", "connected", "set")
    assert token_of(shop) == BAKERY_TOKEN
    shop.telegram.customer_says(100, "Bread?")
    assert shop.telegram.settle()
    assert [one.status for one in shop.telegram.attempts] == [200]
    assert len(shop.events("dialog.message_received")) == 1


def test_without_a_public_address_the_answer_says_that_nothing_will_come(shop: Bakery) -> None:
    nowhere = replace(shop.connector, public_url=None)
    Checker(nowhere).token(TENANT, "shop", BAKERY_TOKEN, actor=OWNER)
    assert nowhere.save(TENANT, "shop", SETTINGS, actor=OWNER)["webhook"] == "no_public_url"


def test_a_webhook_that_could_not_be_set_is_repaired_by_the_next_save(shop: Bakery) -> None:
    shop.telegram.fails(broken(), method="setWebhook")
    assert connect(shop)["webhook"] == "provider_unavailable"
    assert shop.connector.save(TENANT, "shop", SETTINGS, actor=OWNER)["webhook"] == "set"


def test_another_products_webhook_is_warned_of(shop: Bakery) -> None:
    connect(shop)
    elsewhere = replace(shop.connector, public_url="http://127.0.0.1:1")
    assert Checker(elsewhere).token(TENANT, "shop", BAKERY_TOKEN, actor=OWNER)["foreign_webhook"] == "127.0.0.1"


@pytest.mark.requirement("A29", "D04")
def test_another_token_is_a_candidate_until_save(shop: Bakery) -> None:
    connect(shop)
    with TelegramDouble(token=OTHER_TOKEN, name="Bakery 2") as other:
        moved = replace(shop.connector, provider_urls={"telegram": other.url})
        assert Checker(moved).token(TENANT, "shop", OTHER_TOKEN, actor=OWNER)["bot_name"] == "Bakery 2"
        assert (token_of(shop), token_of(shop, WAITING)) == (BAKERY_TOKEN, OTHER_TOKEN)
        assert shop.events("channel.token_verified")[-1].candidate is True
        moved.save(TENANT, "shop", SETTINGS, actor=OWNER)
        assert token_of(shop) == OTHER_TOKEN
        assert shop.events("channel.connected")[-1].external_id == "77"


@pytest.mark.requirement("A29")
def test_a_wrong_candidate_leaves_a_connected_channel_as_it_was(shop: Bakery) -> None:
    connect(shop)
    assert Checker(shop.connector).token(TENANT, "shop", OTHER_TOKEN, actor=OWNER)["outcome"] == "bot_not_found"
    shop.connector.save(TENANT, "shop", SETTINGS, actor=OWNER)
    assert token_of(shop) == BAKERY_TOKEN


@pytest.mark.requirement("D06")
def test_the_same_token_in_a_second_channel_is_refused(shop: Bakery) -> None:
    connect(shop)
    shop.store.do(channels.CreateChannel(channel="shop-2", kind="telegram"))
    Checker(shop.connector).token(TENANT, "shop-2", BAKERY_TOKEN, actor=OWNER)
    with pytest.raises(Conflict) as refused:
        shop.connector.save(TENANT, "shop-2", SETTINGS, actor=OWNER)
    assert refused.value.code == "token_in_use"


@pytest.mark.requirement("A16", "A19")
def test_disconnecting_takes_two_steps_tells_the_provider_and_wipes_the_token(shop: Bakery) -> None:
    connect(shop)
    asked = shop.connector.disconnect(TENANT, "shop", actor=OWNER)
    assert asked["outcome"] == "consent_needed" and token_of(shop) == BAKERY_TOKEN
    done = shop.connector.disconnect(TENANT, "shop", actor=OWNER, consent=asked["consent_id"])
    assert done["outcome"] == "disconnected"
    assert token_of(shop) is None and shop.telegram.calls[-1] == "deleteWebhook"


@pytest.mark.requirement("A19", "E06")
def test_what_is_still_on_its_way_to_a_disconnected_channel_is_quarantined(shop: Bakery) -> None:
    connect(shop)
    asked = shop.connector.disconnect(TENANT, "shop", actor=OWNER)
    shop.telegram.fails(broken(), method="deleteWebhook")
    shop.connector.disconnect(TENANT, "shop", actor=OWNER, consent=asked["consent_id"])
    shop.telegram.customer_says(100, "Are you there?")
    assert shop.telegram.settle()
    assert [one.reason for one in shop.events("quarantine.inbound_quarantined")] == ["channel_disconnected"]
    assert [one.status for one in shop.telegram.attempts] == [200]


def test_there_is_nothing_to_connect_without_a_channel(shop: Bakery) -> None:
    with pytest.raises(NotFound):
        Checker(shop.connector).token(TENANT, "nothing", BAKERY_TOKEN, actor=OWNER)


@pytest.mark.requirement("A24", "A25", "D05")
def test_the_token_is_in_no_table_but_sealed(shop: Bakery) -> None:
    connect(shop)
    tables = shop.store.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'parley'")
    for (table,) in tables:
        rows = shop.store.rows(f"SELECT * FROM parley.{table}") if table != "store" else []
        for row in rows:
            for value in row:
                text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                assert BAKERY_TOKEN not in text and BAKERY_TOKEN.split(":")[1] not in text, table
    fingerprint = shop.events("channel.token_verified")[-1].fingerprint
    assert fingerprint == shop.store.vault.fingerprint(TENANT, Secret(BAKERY_TOKEN))
