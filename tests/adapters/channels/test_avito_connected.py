"""An Avito account through the doors: consent, tokens and their renewal, its webhook, one account in two channels."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from adapters.channels import channel
from adapters.channels.access import Providers
from adapters.channels.avito.listening import ADDRESS
from adapters.channels.avito.login import REFRESH, consented
from adapters.channels.contract import ChannelAdapter, ConnectsByLogin, Listens, Polls, Refreshes
from adapters.channels.files import FetchesFiles, FileWanted
from adapters.channels.http_client import App
from adapters.channels.keys import TOKEN
from adapters.doubles.avito import CLIENT_ID, CLIENT_SECRET, SELLER, AvitoDouble, broken
from adapters.doubles.avito.faults import error
from adapters.doubles.faults import Fault
from adapters.polling import Polling
from adapters.vault.secrets import Secret
from domain.desk import administration as admin
from domain.desk import channels
from domain.desk.answering import SendMessage
from domain.dialog.events import Author, Opened
from domain.errors import NotFound, Rejected, Unavailable
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

READ, WRITE, SELF = "messenger:read", "messenger:write", "user:read"


class Does(ChannelAdapter, ConnectsByLogin, Listens, Refreshes, Polls, FetchesFiles):
    """What Avito can do."""


AVITO = cast(Does, channel("avito"))


@pytest.fixture
def avito() -> Iterator[AvitoDouble]:
    with AvitoDouble(speed=100) as made:
        yield made


@pytest.fixture
def shop(avito: AvitoDouble) -> Iterator[Stand]:
    with stand("avito", avito.url, app=App(CLIENT_ID, Secret(CLIENT_SECRET))) as made:
        avito.oauth.redirect = f"{made.connector.public_url}/oauth/avito"
        yield made


def connect(shop: Stand, name: str = "shop") -> None:
    assert shop.logs_in(name)["outcome"] == "verified"
    assert shop.saves(name)["webhook"] == "set"


def second(shop: Stand) -> None:
    shop.made("stall")
    connect(shop, "stall")


def received(shop: Stand) -> list[str]:
    """In which channel each message has opened its dialog or joined it."""
    kinds = ["dialog.opened", "dialog.message_received"]
    log = [(one.entity, one.event) for one in shop.store.log.read(0, 10_000, kinds=kinds)]
    opened = {dialog: event.channel for dialog, event in log if isinstance(event, Opened)}
    return [opened[dialog] for dialog, event in log if not isinstance(event, Opened)]


def test_avito_is_what_the_page_says() -> None:
    for contract in (ConnectsByLogin, Listens, Refreshes, Polls, FetchesFiles):
        assert isinstance(AVITO, contract)


@pytest.mark.requirement("D11", "D12")
def test_consent_to_read_send_and_delete_shows_the_account_and_keeps_what_was_granted(shop: Stand) -> None:
    assert shop.logs_in()["outcome"] == "verified"
    state = shop.state()
    link = state.candidate or state.link
    assert link.login is not None and (link.login.name, link.login.external_id) == ("Bakery", str(SELLER))
    assert set(shop.events("channel.account_authorised")[-1].scopes) == {READ, WRITE, SELF, "read", "send", "delete"}


@pytest.mark.requirement("D11")
@pytest.mark.parametrize("lacks", [READ, WRITE, SELF])
def test_any_right_that_is_missing_is_a_failure(avito: AvitoDouble, shop: Stand, lacks: str) -> None:
    avito.oauth.granted = frozenset({READ, WRITE, SELF}) - {lacks}
    answer = shop.logs_in()
    assert (answer["outcome"], answer["reason"]) == ("auth_failed", "scope_missing")
    assert (shop.state().phase, shop.secrets()) == ("draft", {})


def test_scopes_are_separated_by_commas() -> None:
    assert consented("messenger:read, messenger:write") == (READ, WRITE, "read", "send", "delete")
    assert consented("") == ()


@pytest.mark.requirement("B09")
def test_who_refuses_and_a_code_that_was_used_are_failures(avito: AvitoDouble, shop: Stand) -> None:
    avito.oauth.browser = None
    assert shop.logs_in()["reason"] == "denied"
    avito.oauth.browser = SELLER
    url = shop.begins()["url"]
    query = shop.visits(url)
    avito.oauth.codes.clear()
    assert shop.finishes(query)["reason"] == "expired"


@pytest.mark.parametrize("method", ["token", "self"])
def test_an_avito_that_does_not_answer_is_no_refusal(avito: AvitoDouble, shop: Stand, method: str) -> None:
    avito.fails(broken(), method=method)
    with pytest.raises(Unavailable):
        shop.logs_in()
    assert shop.logs_in()["outcome"] == "verified"


def test_a_connected_account_brings_its_messages_and_answers_the_probe(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    avito.customer_says(77, "Still for sale?", copies=2)
    avito.seller_writes(77, "From the app")
    assert avito.settle()
    assert [one.status for one in avito.webhooks.courier.attempts] == [200, 200, 200, 200]
    assert len(shop.events("dialog.message_received")) == 1
    assert avito.avito.accounts[SELLER].webhook == shop.secrets()[ADDRESS]


def test_nobody_is_believed_without_the_secret_in_the_address(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    url = shop.secrets()[ADDRESS]
    assert shop.client.post(f"{url[:-1]}x", json={}).status_code == 404


@pytest.mark.requirement("A16", "A19")
def test_disconnecting_takes_our_address_back_and_wipes_both_tokens(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    assert set(shop.secrets()) == {TOKEN, REFRESH, ADDRESS}
    assert shop.leaves()["outcome"] == "disconnected"
    assert avito.avito.accounts[SELLER].webhook is None and shop.secrets() == {}


def test_an_account_that_does_not_pay_is_told_at_save(avito: AvitoDouble, shop: Stand) -> None:
    shop.logs_in()
    avito.avito.accounts[SELLER].paid = False
    assert shop.saves()["webhook"] == "no_messenger_subscription"


# -- tokens -----------------------------------------------------------------------------------------------------------


def test_a_renewal_replaces_both_tokens(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    before, accesses = shop.secrets(), shop.connector.accesses
    avito.avito.expire()
    stale = accesses.of(TENANT, "shop")
    fresh = accesses.refreshed(TENANT, "shop", stale)
    assert fresh is not None and fresh.secret(TOKEN) in avito.avito.tokens
    assert before[TOKEN] != shop.secrets()[TOKEN] and before[REFRESH] != shop.secrets()[REFRESH]
    assert shop.secrets()[ADDRESS] == before[ADDRESS]


def test_eight_who_see_an_old_token_at_once_renew_it_once(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    avito.avito.expire()
    accesses = shop.connector.accesses
    stale, before = accesses.of(TENANT, "shop"), avito.calls.count("token")
    with ThreadPoolExecutor(8) as threads:
        fresh = list(threads.map(lambda _: accesses.refreshed(TENANT, "shop", stale), range(8)))
    assert avito.calls.count("token") == before + 1
    assert {one.secret(TOKEN) for one in fresh if one is not None} == {shop.secrets()[TOKEN]}


@pytest.mark.requirement("B10")
def test_a_consent_that_was_withdrawn_cannot_be_renewed(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    avito.avito.revoke(SELLER)
    accesses = shop.connector.accesses
    assert accesses.refreshed(TENANT, "shop", accesses.of(TENANT, "shop")) is None
    for fault in (broken(), Fault(error(429, "Too Many Requests"))):
        avito.fails(fault, method="token")
        with pytest.raises(Unavailable):
            accesses.refreshed(TENANT, "shop", accesses.of(TENANT, "shop"))


# -- one account in two channels -------------------------------------------------------------------------------------


@pytest.mark.requirement("D13", "D18", "D14")
def test_the_last_one_registered_gets_the_messages_and_says_so_before(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    shop.made("stall")
    assert shop.logs_in("stall")["would_supersede"] == ["shop"]
    assert "shop" in shop.saves("stall")["supersedes"]
    assert (shop.state("shop").phase, shop.state("stall").phase) == ("superseded", "connected")
    assert shop.events("channel.superseded")[-1].by_channel == "stall"
    avito.customer_says(77, "Still for sale?")
    assert avito.settle()
    assert received(shop) == ["stall"]
    shop.saves("shop", {**SETTINGS, "weight": 2})
    assert (shop.state("shop").phase, shop.state("stall").phase) == ("superseded", "connected")


@pytest.mark.requirement("D19")
def test_the_dialogs_of_the_first_stay_readable_and_the_next_message_opens_one_in_the_second(
    avito: AvitoDouble, shop: Stand
) -> None:
    connect(shop)
    avito.customer_says(77, "Still for sale?")
    assert avito.settle()
    (first,) = (one.entity for one in shop.store.log.read(0, 10_000, kinds=["dialog.opened"]))
    second(shop)
    reply = SendMessage(dialog=first, client_key="k", author=Author(kind="agent", id="anna"), body="Yes")
    with pytest.raises(Rejected) as refusal:
        shop.store.do(reply)
    assert refusal.value.code == "channel_superseded"
    avito.customer_says(77, "Hello?")
    assert avito.settle()
    last = shop.events("dialog.opened")[-1]
    assert (last.channel, last.previous_dialog_id) == ("stall", first)


@pytest.mark.requirement("D15")
def test_after_the_second_has_left_the_first_stays_still_and_what_comes_is_quarantined(
    avito: AvitoDouble, shop: Stand
) -> None:
    connect(shop)
    second(shop)
    late = shop.secrets("stall")[ADDRESS]
    shop.leaves("stall")
    assert shop.state("shop").phase == "superseded"
    avito.avito.accounts[SELLER].webhook = late
    avito.customer_says(77, "Anybody?")
    assert avito.settle()
    assert received(shop) == []
    waiting = [one.event for one in shop.store.log.stream(TENANT, "quarantine-stall")]
    assert [getattr(one, "reason", None) for one in waiting] == ["channel_disconnected"]


@pytest.mark.requirement("D16", "D14")
def test_logging_in_again_changes_nothing_in_the_one_in_effect_and_brings_the_other_back(
    avito: AvitoDouble, shop: Stand
) -> None:
    connect(shop)
    second(shop)
    assert shop.logs_in("stall")["outcome"] == "already_connected"
    answer = shop.logs_in("shop")
    assert (answer["outcome"], answer["supersedes"], answer["webhook"]) == ("reactivated", ["stall"], "set")
    assert (shop.state("shop").phase, shop.state("stall").phase) == ("connected", "superseded")
    avito.customer_says(77, "Still for sale?")
    assert avito.settle()
    assert received(shop) == ["shop"]


@pytest.mark.requirement("D20")
def test_an_account_of_another_tenant_is_refused_without_a_word_about_him(shop: Stand) -> None:
    connect(shop)
    shop.store.vault.add_tenant("rival", lane=0)
    for command in (
        admin.SetAgent(agent="ivan", name="Ivan"),
        channels.CreateChannel(channel="theirs", kind="avito", name="Theirs"),
    ):
        shop.connector.do("rival", command, OWNER)
    begun = shop.logins.begin("rival", "theirs", actor=OWNER)
    assert shop.logins.finish("rival", shop.visits(begun["url"]), actor=OWNER)["outcome"] == "verified"
    wanted = {**SETTINGS, "receiver": {"kind": "agent", "id": "ivan"}}
    answer = shop.connector.save("rival", "theirs", wanted, actor=OWNER)
    assert (answer["outcome"], answer["code"]) == ("refused", "account_unavailable")
    assert TENANT not in str(answer) and "webhook" not in answer
    assert shop.state("shop").phase == "connected"


# -- voice messages and the safety net -------------------------------------------------------------------------------


def test_a_voice_message_is_found_by_its_id(avito: AvitoDouble, shop: Stand) -> None:
    connect(shop)
    known = avito.customer_speaks(77, b"opus")["content"]["voice"]["voice_id"]
    access = shop.connector.accesses.of(TENANT, "shop")
    found = AVITO.file_request(access, FileWanted(type="voice", ref=known))
    assert found is not None and shop.client.get(found.url).content == b"opus"
    with pytest.raises(NotFound):
        AVITO.file_request(access, FileWanted(type="voice", ref="gone"))
    picture = AVITO.file_request(access, FileWanted(type="image", url="https://img.example/1.jpg"))
    assert picture is not None and picture.url == "https://img.example/1.jpg"


def looked(shop: Stand, cursor: str) -> tuple[str, list[str]]:
    """Where to go on, and what became of what the look has found."""
    polled = AVITO.poll(shop.connector.accesses.of(TENANT, "shop"), cursor)
    fates: list[str] = [
        outcome.fate
        for raw in polled.raws
        for outcome in shop.hooks._intake.receive(TENANT, "shop", "avito", AVITO.parse(raw, {}), raw)
    ]
    return polled.cursor, fates


@pytest.mark.requirement("E02")
def test_what_the_webhook_lost_is_found_by_looking_and_what_it_brought_is_there_once(
    avito: AvitoDouble, shop: Stand
) -> None:
    avito.customer_says(76, "Long ago", quietly=True)
    connect(shop)
    cursor, fates = looked(shop, "")
    assert fates == []
    later = int(cursor.split()[0]) + 1000
    for text, quietly in (("Brought", False), ("Lost", True)):
        avito.customer_says(77, text, quietly=quietly, name="Vera")
    assert avito.settle()
    for message in avito.avito.accounts[SELLER].chats[f"u2i-{SELLER}~77"].messages:
        message["created"] = later
    cursor, fates = looked(shop, cursor)
    assert (cursor.split()[0], fates) == (str(later), ["duplicate", "routed"])
    assert len(shop.events("dialog.message_received")) == 2
    assert looked(shop, cursor) == (cursor, ["duplicate", "duplicate"])


def test_a_look_finds_every_unread_chat_page_by_page_with_the_name_of_the_customer(
    avito: AvitoDouble, shop: Stand
) -> None:
    connect(shop)
    for customer in range(1, 131):
        avito.customer_says(customer, "Hi", quietly=True, name=f"Customer {customer}")
    avito.customer_says(500, "Read already", quietly=True)
    avito.avito.accounts[SELLER].chats[f"u2i-{SELLER}~500"].unread = False
    polled = AVITO.poll(shop.connector.accesses.of(TENANT, "shop"), "1")
    found = [one for raw in polled.raws for one in AVITO.parse(raw, {})]
    assert {one.sender_name for one in found} == {f"Customer {customer}" for customer in range(1, 131)}
    assert {one.kind for one in found} == {"message"} and found[0].attributes["item_id"]


def test_a_look_with_an_old_token_is_refused_and_one_at_a_broken_avito_may_be_repeated(
    avito: AvitoDouble, shop: Stand
) -> None:
    connect(shop)
    access = shop.connector.accesses.of(TENANT, "shop")
    avito.fails(broken(), method="chats")
    with pytest.raises(Unavailable):
        AVITO.poll(access, "1")
    avito.avito.expire()
    with pytest.raises(Rejected) as refusal:
        AVITO.poll(access, "1")
    assert refusal.value.code == "bad_credentials"


@pytest.mark.requirement("E02", "B10")
def test_the_polling_worker_brings_what_was_lost_once_with_a_token_made_fresh(avito: AvitoDouble, shop: Stand) -> None:
    avito.customer_says(76, "Long ago", quietly=True)
    connect(shop)
    providers = Providers(shop.client, shop.connector.provider_urls, shop.connector.apps)
    polling = Polling(shop.store.database, shop.store.vault, shop.store.executor, providers, shop.hooks._intake)
    try:
        assert polling.run_once() == 0
        avito.customer_says(77, "Lost", quietly=True)
        avito.customer_says(78, "Brought")
        assert avito.settle()
        for account in avito.avito.accounts.values():
            for chat in account.chats.values():
                chat.messages[-1]["created"] += 0 if chat.customer == 76 else 60
        before = shop.secrets()[TOKEN]
        avito.avito.expire()
        shop.store.rows("UPDATE parley.polling SET next_at = clock_timestamp() RETURNING 1")
        assert polling.run_once() == 2
        assert shop.secrets()[TOKEN] != before
        assert len(shop.events("dialog.message_received")) == 2
        assert shop.state().phase == "connected"
    finally:
        polling.stop()
