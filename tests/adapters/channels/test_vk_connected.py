"""A VK community from login to leave-taking, through the doors: real store, hook over HTTP, VK's double."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.channels import logins
from adapters.channels.http_client import App
from adapters.channels.keys import TOKEN
from adapters.channels.vk.listening import SERVER
from adapters.doubles.vk import ADMIN, CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble, broken
from adapters.vault.secrets import Secret
from domain.errors import Conflict
from domain.recorded import Actor
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

OTHER, SILENT, STRANGERS = 200_200, 200_300, 200_400
CODE = "groups.getCallbackConfirmationCode"


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with VkDouble(speed=100) as made:
        made.community(OTHER, "Second shop")
        made.community(SILENT, "Silent shop", receives=False)
        made.community(STRANGERS, "Somebody else's", admins=(7,))
        yield made


@pytest.fixture
def shop(vk: VkDouble) -> Iterator[Stand]:
    with stand("vk", vk.url, app=App(CLIENT_ID, Secret(CLIENT_SECRET))) as made:
        yield made


def connect(shop: Stand, group: int = GROUP) -> None:
    shop.logs_in()
    shop.chooses(str(group))
    assert shop.saves()["webhook"] == "set"


def offered(shop: Stand) -> set[str]:
    state = shop.state()
    return {one.external_id for one in (state.candidate or state.link).objects}


@pytest.mark.requirement("B01")
def test_a_login_without_any_group_leaves_a_draft_that_can_neither_choose_nor_save(vk: VkDouble, shop: Stand) -> None:
    vk.vk.person(55, "Nobody")
    vk.oauth.browser = 55
    assert shop.logs_in() == {"outcome": "auth_failed", "reason": "not_admin", "channel": "shop"}
    assert (shop.state().phase, shop.kinds()[-1]) == ("draft", "channel.auth_failed")
    with pytest.raises(Conflict) as choosing:
        shop.chooses(str(GROUP))
    with pytest.raises(Conflict) as saving:
        shop.saves()
    assert choosing.value.code == saving.value.code == "not_authorised"


@pytest.mark.requirement("B02")
def test_the_list_holds_all_groups_of_this_administrator_and_nothing_else(shop: Stand) -> None:
    assert shop.logs_in()["outcome"] == "choosing"
    assert offered(shop) == {str(GROUP), str(OTHER), str(SILENT)}
    authorised = shop.events("channel.account_authorised")[-1]
    assert (authorised.external_id, authorised.name) == (str(ADMIN), "Olga Administrator")


@pytest.mark.requirement("B03", "B04")
@pytest.mark.parametrize(("group", "code"), [(STRANGERS, "object_not_offered"), (SILENT, "receiving_disabled")])
def test_what_was_not_offered_or_receives_nothing_cannot_be_chosen(shop: Stand, group: int, code: str) -> None:
    shop.logs_in()
    with pytest.raises(Conflict) as refusal:
        shop.chooses(str(group))
    assert refusal.value.code == code
    assert shop.state().phase == "choosing"


@pytest.mark.requirement("B09")
@pytest.mark.parametrize("how", ["foreign", "used", "altered", "another user's"])
def test_an_answer_counts_once_and_for_him_who_was_sent(shop: Stand, how: str) -> None:
    query = shop.visits(shop.begins()["url"])
    before = shop.kinds()
    actor = Actor(kind="agent", id="eve") if how == "another user's" else Actor(kind="agent", id="olga")
    if how == "foreign":
        query["state"] = "shop.of-somebody-else"
    if how == "altered":
        query["state"] += "x"
    if how == "used":
        shop.finishes(query)
        before = shop.kinds()
    with pytest.raises(Conflict) as refusal:
        shop.logins.finish(TENANT, query, actor=actor)
    assert refusal.value.code == "state_invalid" and shop.kinds() == before


@pytest.mark.requirement("B09")
def test_an_answer_that_comes_late_is_refused_in_both_steps(shop: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "LOGIN_LASTS", timedelta(seconds=-1))
    assert shop.logs_in()["outcome"] == "auth_failed"
    monkeypatch.undo()
    shop.logs_in()
    monkeypatch.setattr(logins, "LOGIN_LASTS", timedelta(seconds=-1))
    with pytest.raises(Conflict) as refusal:
        shop.chooses(str(GROUP))
    assert refusal.value.code == "state_invalid"


def test_a_chosen_group_cannot_be_saved_before_vk_has_let_us_in(shop: Stand) -> None:
    shop.logs_in()
    shop.logins.choose(TENANT, "shop", (str(GROUP),), actor=Actor(kind="agent", id="olga"))
    with pytest.raises(Conflict) as refusal:
        shop.saves()
    assert refusal.value.code == "not_authorised"


def test_a_saved_group_is_told_our_address_confirms_it_and_brings_its_messages(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    assert vk.settle()
    (server,) = vk.vk.communities[GROUP].servers.values()
    assert (server.status, len(server.secret_key), server.title) == ("ok", 43, "Parley")
    assert shop.secrets()[SERVER] == str(server.id) and shop.secrets()[TOKEN] in vk.vk.tokens
    vk.customer_says(77, "Is there bread? 🥖", copies=2)
    assert vk.settle()
    assert [one.status for one in vk.attempts] == [200, 200]
    assert [one.text for one in vk.attempts] == ["ok", "ok"]
    assert len(shop.events("dialog.message_received")) == 1


def test_words_that_were_passed_on_are_read_below_his_own(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    assert vk.settle()
    vk.customer_sends(77, {"text": "See?", "fwd_messages": [{"text": "first\nsecond"}]})
    vk.customer_sends(77, {"text": "", "fwd_messages": [{"text": "alone"}]})
    assert vk.settle()
    vault = shop.store.vault
    said = [
        vault.open(TENANT, one.subject_key_id, "dialog.message_received.body", one.body)
        for one in shop.events("dialog.message_received")
    ]
    assert sorted(said) == ["> alone", "See?\n> first\n> second"]


def test_the_code_is_fetched_at_each_confirmation_because_it_changes(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    assert vk.settle()
    community = vk.vk.communities[GROUP]
    (server,) = community.servers.values()
    community.code = "a-new-one"
    vk.callbacks.confirm(community, server)
    assert vk.settle() and server.status == "ok"
    assert vk.calls.count(CODE) == 2


def test_a_code_that_vk_does_not_give_is_503_and_the_next_save_repairs_it(vk: VkDouble, shop: Stand) -> None:
    vk.fails(broken(), method=CODE)
    connect(shop)
    assert vk.settle()
    (server,) = vk.vk.communities[GROUP].servers.values()
    confirmed = [one for one in vk.callbacks.courier.attempts if one.name.startswith("confirmation")]
    assert (server.status, confirmed[-1].status) == ("failed", 503)
    assert shop.hooks.refused["shop", "unconfirmed"] == 1
    shop.saves()
    assert vk.settle() and server.status == "ok"


def test_a_stranger_is_not_told_the_code(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    assert vk.settle()
    (server,) = vk.vk.communities[GROUP].servers.values()
    asked = vk.calls.count(CODE)
    for body in ({"type": "confirmation", "group_id": GROUP}, {"type": "confirmation", "secret": "a guess"}):
        assert shop.client.post(server.url, json=body).status_code == 401
    assert vk.calls.count(CODE) == asked


@pytest.mark.requirement("A16", "A19")
def test_disconnecting_removes_our_server_alone_and_wipes_every_secret(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    assert vk.settle()
    community = vk.vk.communities[GROUP]
    others = community.servers[999] = next(iter(community.servers.values())).__class__(
        999, "http://127.0.0.1:9/", "CRM"
    )
    assert shop.leaves()["outcome"] == "disconnected"
    assert list(community.servers.values()) == [others]
    assert shop.secrets() == {}


@pytest.mark.requirement("B11", "A29")
def test_a_new_login_is_a_candidate_until_save_and_the_old_group_goes_on(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    token = shop.secrets()[TOKEN]
    shop.logs_in()
    shop.chooses(str(OTHER))
    assert (shop.state().external_id, shop.secrets()[TOKEN]) == (str(GROUP), token)
    shop.saves()
    assert (shop.state().external_id, vk.vk.tokens[shop.secrets()[TOKEN]].group) == (str(OTHER), OTHER)


@pytest.mark.requirement("B11")
def test_a_connected_group_that_the_new_login_lacks_is_degraded_not_switched(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    vk.vk.communities[GROUP].admins.clear()
    shop.logs_in()
    assert shop.state().phase == "connected"
    shop.saves()
    assert (shop.state().phase, shop.state().causes, shop.state().external_id) == (
        "degraded",
        frozenset({"authorisation"}),
        str(GROUP),
    )


@pytest.mark.requirement("A24", "A25")
def test_no_secret_of_the_login_stands_in_the_log(vk: VkDouble, shop: Stand) -> None:
    connect(shop)
    said = repr([one.event for one in shop.store.log.read(0, 10_000)])
    assert not any(token in said for token in (*vk.vk.tokens, CLIENT_SECRET))
