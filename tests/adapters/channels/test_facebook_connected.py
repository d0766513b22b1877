"""Pages of Facebook from login to leave-taking, through the doors: real store, hook over HTTP, Messenger's double."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.channels.http_client import App
from adapters.channels.keys import TOKEN
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, PAGE_TOKEN, FacebookDouble, error
from adapters.doubles.facebook.double import ADMIN
from adapters.doubles.faults import Fault
from adapters.doubles.graph import Webhook
from adapters.vault.secrets import Secret
from adapters.watching import Watcher
from adapters.watching.watcher import EVERY, SOON
from domain.desk.bots import SetBot
from domain.errors import Conflict, Unavailable
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

SECOND, THIRD, SILENT, READ_ONLY = "108811000000002", "108811000000003", "108811000000004", "108811000000005"


@pytest.fixture
def facebook() -> Iterator[FacebookDouble]:
    with FacebookDouble(speed=100) as made:
        made.page(SECOND, "Second shop")
        made.page(THIRD, "Third shop")
        made.page(SILENT, "Silent shop", receives=False)
        made.page(READ_ONLY, "Only to look at", tasks={ADMIN: ("ANALYZE",)})
        made.person("7", "Somebody else")
        made.page("108811000000009", "Somebody else's", tasks={"7": ("MANAGE", "MESSAGING")})
        yield made


@pytest.fixture
def shop(facebook: FacebookDouble) -> Iterator[Stand]:
    facebook.app.strict = True
    with stand("facebook", facebook.url, app=App(APP_ID, Secret(APP_SECRET))) as made:
        yield made


def connect(shop: Stand, *pages: str) -> list[str]:
    """The channels of these pages, saved."""
    shop.logs_in()
    answer = shop.logins.choose(TENANT, "shop", pages or (PAGE,), actor=OWNER)
    names = [one["channel"] for one in answer["channels"]]
    assert [shop.saves(name)["webhook"] for name in names] == ["set"] * len(names)
    return names


def offered(shop: Stand) -> dict[str, Any]:
    state = shop.state()
    return {one.external_id: one for one in (state.candidate or state.link).objects}


@pytest.mark.requirement("B06")
def test_the_list_holds_all_pages_of_this_administrator_each_with_its_permissions(shop: Stand) -> None:
    """Over several answers of Graph's: the double tells two pages at a time."""
    assert shop.logs_in()["outcome"] == "choosing"
    found = offered(shop)
    assert set(found) == {PAGE, SECOND, THIRD, SILENT, READ_ONLY}
    assert {"messaging", "manage"} <= set(found[PAGE].permissions)
    assert found[READ_ONLY].permissions == ("analyze",)
    assert [id for id, one in found.items() if not one.receives_messages] == [SILENT]


def test_a_page_that_graph_tells_only_when_it_is_asked_for_is_in_the_list_too(
    facebook: FacebookDouble, shop: Stand
) -> None:
    facebook.book.people[ADMIN].alone = frozenset({SECOND})
    shop.logs_in()
    assert SECOND in offered(shop)


@pytest.mark.requirement("B01")
def test_who_administers_no_page_is_sent_back_and_can_neither_choose_nor_save(
    facebook: FacebookDouble, shop: Stand
) -> None:
    facebook.person("8", "Nobody")
    facebook.login.browser = "8"
    assert shop.logs_in() == {"outcome": "auth_failed", "reason": "not_admin", "channel": "shop"}
    with pytest.raises(Conflict) as refusal:
        shop.saves()
    assert (refusal.value.code, shop.state().phase) == ("not_authorised", "draft")


@pytest.mark.parametrize(
    ("granted", "browser", "reason"),
    [(("pages_messaging",), ADMIN, "scope_missing"), (("pages_show_list", "pages_messaging"), None, "denied")],
)
def test_a_login_without_the_list_or_refused_fails(
    facebook: FacebookDouble, shop: Stand, granted: tuple[str, ...], browser: str | None, reason: str
) -> None:
    facebook.book.people[ADMIN].granted = granted
    facebook.login.browser = browser
    assert shop.logs_in()["reason"] == reason


@pytest.mark.requirement("B03", "B04", "B07")
@pytest.mark.parametrize(
    ("page", "code"),
    [("108811000000009", "object_not_offered"), (SILENT, "receiving_disabled"), (READ_ONLY, "scope_missing")],
)
def test_what_was_not_offered_receives_nothing_or_may_not_be_answered_cannot_be_chosen(
    shop: Stand, page: str, code: str
) -> None:
    shop.logs_in()
    with pytest.raises(Conflict) as refusal:
        shop.chooses(page)
    assert (refusal.value.code, shop.state().phase) == (code, "choosing")


@pytest.mark.requirement("B07")
def test_a_login_that_may_not_write_offers_pages_without_the_permission(facebook: FacebookDouble, shop: Stand) -> None:
    facebook.book.people[ADMIN].granted = ("pages_show_list",)
    shop.logs_in()
    with pytest.raises(Conflict) as refusal:
        shop.chooses(PAGE)
    assert refusal.value.code == "scope_missing"


@pytest.mark.requirement("B09")
def test_a_login_that_comes_back_twice_counts_once(shop: Stand) -> None:
    query = shop.visits(shop.begins()["url"])
    shop.finishes(query)
    with pytest.raises(Conflict) as refusal:
        shop.finishes(query)
    assert refusal.value.code == "state_invalid"


@pytest.mark.requirement("D03")
def test_while_meta_does_not_answer_nothing_has_changed_and_he_may_try_again(
    facebook: FacebookDouble, shop: Stand
) -> None:
    query = shop.visits(shop.begins()["url"])
    facebook.fails(Fault(error(2, "Service temporarily unavailable", status=500)), method="access_token")
    with pytest.raises(Unavailable):
        shop.finishes(query)
    assert shop.finishes(query)["outcome"] == "choosing"


def test_a_saved_page_is_subscribed_and_its_messages_come_through_the_signed_hook(
    facebook: FacebookDouble, shop: Stand
) -> None:
    connect(shop)
    assert facebook.webhook is not None and "message_echoes" in (facebook.book.pages[PAGE].subscribed or ())
    assert shop.secrets()[TOKEN] == PAGE_TOKEN
    facebook.customer_says("77", "Есть хлеб? 🥖", copies=2)
    assert facebook.settle()
    assert [one.status for one in facebook.attempts] == [200, 200]
    assert b"\\u0415" in facebook.attempts[0].parcel.body
    assert len(shop.events("dialog.message_received")) == 1


@pytest.mark.requirement("B06")
def test_several_pages_are_chosen_at_once_and_each_gets_what_is_its_own(facebook: FacebookDouble, shop: Stand) -> None:
    first, second = connect(shop, PAGE, SECOND)
    assert (shop.secrets(first)[TOKEN], shop.secrets(second)[TOKEN]) == (PAGE_TOKEN, f"EAApage-{SECOND}")
    facebook.customer_says("77", "to the first", page=PAGE)
    facebook.customer_says("78", "to the second", page=SECOND)
    assert facebook.settle()
    opened = shop.events("dialog.opened")
    assert {one.channel for one in opened} == {first, second}


@pytest.mark.requirement("A16", "A19")
def test_disconnecting_ends_the_subscription_of_this_page_alone_and_wipes_its_secrets(
    facebook: FacebookDouble, shop: Stand
) -> None:
    first, second = connect(shop, PAGE, SECOND)
    assert shop.leaves(second)["outcome"] == "disconnected"
    assert facebook.book.pages[SECOND].subscribed is None
    assert facebook.book.pages[PAGE].subscribed is not None
    assert (shop.secrets(second), TOKEN in shop.secrets(first)) == ({}, True)
    facebook.customer_says("77", "still there", page=PAGE)
    assert facebook.settle()
    assert len(shop.events("dialog.message_received")) == 1


@pytest.mark.requirement("A19", "E06")
def test_what_comes_late_for_a_page_that_was_disconnected_waits_in_its_own_quarantine(
    facebook: FacebookDouble, shop: Stand
) -> None:
    _, second = connect(shop, PAGE, SECOND)
    shop.leaves(second)
    facebook.book.pages[SECOND].subscribed = frozenset({"messages"})
    facebook.customer_says("78", "late", page=SECOND)
    assert facebook.settle()
    (item,) = shop.store.log.read(0, 10_000, kinds=["quarantine.inbound_quarantined"])
    assert (item.entity, item.event.reason) == (second, "channel_disconnected")


@pytest.mark.requirement("E07")
def test_a_body_that_our_application_has_not_signed_is_refused(facebook: FacebookDouble, shop: Stand) -> None:
    connect(shop)
    facebook.app.secret = "another application's"
    facebook.customer_says("77", "forged")
    assert not facebook.settle(0.3)
    assert {one.status for one in facebook.attempts} == {401}
    assert shop.hooks.refused["shop", "bad_signature"] >= 1 and shop.events("dialog.message_received") == []
    facebook.app.secret = APP_SECRET


@pytest.mark.requirement("B11", "A29")
def test_a_new_login_is_a_candidate_until_save(facebook: FacebookDouble, shop: Stand) -> None:
    connect(shop)
    shop.logs_in()
    shop.chooses(SECOND)
    assert (shop.state().external_id, shop.secrets()[TOKEN]) == (PAGE, PAGE_TOKEN)
    shop.saves()
    assert (shop.state().external_id, shop.secrets()[TOKEN]) == (SECOND, f"EAApage-{SECOND}")


def test_the_address_of_another_installation_is_not_taken_away(facebook: FacebookDouble, shop: Stand) -> None:
    facebook.webhook = Webhook("http://crm.example/hook")
    shop.logs_in()
    shop.chooses(PAGE)
    assert shop.saves()["webhook"] == "webhook_foreign"


def test_without_an_application_nobody_can_log_in(facebook: FacebookDouble) -> None:
    with stand("facebook", facebook.url) as made, pytest.raises(Conflict) as refusal:
        made.begins()
    assert refusal.value.code == "no_app"


@pytest.mark.requirement("A24", "A25")
def test_no_secret_of_the_login_stands_in_the_log(facebook: FacebookDouble, shop: Stand) -> None:
    connect(shop, PAGE, SECOND)
    said = repr([one.event for one in shop.store.log.read(0, 10_000)])
    pages = [page.token for page in facebook.book.pages.values()]
    assert not any(token in said for token in (*facebook.book.users, *pages, APP_SECRET))


@pytest.mark.requirement("B08")
def test_a_bot_may_receive_what_a_page_brings(shop: Stand) -> None:
    shop.store.do(SetBot(bot="helper", name="Helper"))
    shop.logs_in()
    shop.chooses(PAGE)
    assert shop.saves(changes={**SETTINGS, "receiver": {"kind": "bot", "id": "helper"}})["outcome"] == "saved"


@pytest.mark.requirement("B05", "B10")
def test_what_is_lost_at_meta_degrades_the_channel_although_nobody_writes(
    facebook: FacebookDouble, shop: Stand
) -> None:
    connect(shop)
    now = [0.0]
    watcher = Watcher(shop.store.database, shop.store.executor, shop.connector.accesses, clock=lambda: now[0])
    watcher.look()

    def after(seconds: float) -> set[str]:
        now[0] += seconds
        watcher.look()
        return set(shop.state().causes)

    assert after(SOON) == set()
    facebook.book.pages[PAGE].receives = False
    assert after(EVERY) == {"receiving_disabled"}
    facebook.book.pages[PAGE].receives = True
    after(EVERY)
    facebook.revokes()
    assert "authorisation" in {cause for _ in range(3) for cause in after(EVERY)}
