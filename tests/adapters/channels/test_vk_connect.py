"""Connecting VK at its double: the login with all communities of the administrator, one community's token, its hook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import pytest

from adapters.channels import channel, http_client
from adapters.channels.contract import ChannelAdapter, Confirms, ConnectsInTwoLogins, Going, Listens, LoggedIn
from adapters.channels.http_client import Access, App
from adapters.channels.keys import TOKEN
from adapters.channels.vk.listening import EVENTS, SERVER
from adapters.channels.vk.login import community_token
from adapters.doubles.server import Reply
from adapters.doubles.vk import ADMIN, CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble, broken, refused
from adapters.doubles.vk.faults import Fault
from adapters.vault.secrets import Secret
from domain.errors import Conflict, Unavailable
from tests.adapters.doubles.browser import REDIRECT, comes_back

GOING = Going(state="a-state", redirect=REDIRECT, verifier=Secret("v" * 43))
HOOK = "http://127.0.0.1:9/hook"
KEY = Secret("k" * 43)
OTHER, OFF, STRANGERS = 200_200, 200_300, 200_400


class Connects(ChannelAdapter, ConnectsInTwoLogins, Listens, Confirms):
    """What VK can do."""


VK = cast(Connects, channel("vk"))


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with VkDouble(speed=100) as made:
        made.community(OTHER, "Second shop")
        made.community(OFF, "Silent shop", receives=False)
        made.community(STRANGERS, "Somebody else's", admins=(7,))
        yield made


@pytest.fixture
def access(vk: VkDouble) -> Iterator[Access]:
    with http_client() as client:
        yield Access(client, {}, vk.url, "", App(CLIENT_ID, Secret(CLIENT_SECRET)))


def login(access: Access, **changes: str) -> LoggedIn | str:
    query = comes_back(access.client, VK.login_url(access, GOING))
    return VK.logged_in(access, GOING, {**query, **changes})


def choose(access: Access, group: int = GROUP) -> Mapping[str, Secret]:
    url = VK.chosen_url(access, GOING, str(group))
    assert url is not None
    return VK.chosen(access, GOING, str(group), comes_back(access.client, url))


def connected(access: Access, group: int = GROUP) -> Access:
    return replace(access, secrets=choose(access, group), account=str(group))


def test_vk_is_connected_by_a_login_and_confirms_its_hook() -> None:
    assert isinstance(VK, ConnectsInTwoLogins) and isinstance(VK, Listens) and isinstance(VK, Confirms)


@pytest.mark.requirement("B02", "B04")
def test_a_login_lists_all_groups_of_this_administrator_and_nothing_else(access: Access) -> None:
    found = login(access)
    assert isinstance(found, LoggedIn)
    assert (found.external_id, found.name) == (str(ADMIN), "Olga Administrator")
    listed = {(one.external_id, one.name, one.receives_messages) for one in found.objects}
    assert listed == {
        (str(GROUP), "Bakery", True),
        (str(OTHER), "Second shop", True),
        (str(OFF), "Silent shop", False),
    }


@pytest.mark.requirement("B02")
def test_more_groups_than_one_page_are_all_listed(vk: VkDouble, access: Access) -> None:
    for number in range(1, 1500):
        vk.community(number, f"Shop {number}")
    found = login(access)
    assert isinstance(found, LoggedIn) and len({one.external_id for one in found.objects}) == 1502


@pytest.mark.requirement("B01")
def test_who_administers_no_group_is_told_so(vk: VkDouble, access: Access) -> None:
    vk.vk.person(55, "Nobody")
    vk.oauth.browser = 55
    assert login(access) == "not_admin"


def test_who_refuses_or_grants_too_little_is_told_so(vk: VkDouble, access: Access) -> None:
    vk.oauth.granted = frozenset()
    assert login(access) == "scope_missing"
    vk.oauth.browser = None
    assert login(access) == "denied"
    assert VK.logged_in(access, GOING, {}) == "denied"


@pytest.mark.requirement("B09")
def test_a_code_counts_once_and_only_with_the_proof_with_which_it_was_asked_for(access: Access) -> None:
    query = comes_back(access.client, VK.login_url(access, GOING))
    other = replace(GOING, verifier=Secret("w" * 43))
    assert VK.logged_in(access, other, query) == "expired"
    query = comes_back(access.client, VK.login_url(access, GOING))
    assert isinstance(VK.logged_in(access, GOING, query), LoggedIn)
    assert VK.logged_in(access, GOING, query) == "expired"


@pytest.mark.parametrize("method", ["/id/oauth2/auth", "groups.get", "users.get"])
def test_a_vk_that_does_not_answer_is_no_refusal(vk: VkDouble, access: Access, method: str) -> None:
    for fault in (broken(), Fault(Reply(0, hang_up=True)), refused(10), refused(6)):
        if method.startswith("/") and fault.reply and fault.reply.status == 200:
            continue
        vk.fails(fault, method=method)
        with pytest.raises(Unavailable):
            login(access)


@pytest.mark.parametrize("old", [False, True])
def test_the_chosen_group_gives_its_token_in_either_form(vk: VkDouble, access: Access, old: bool) -> None:
    vk.oauth.old_tokens = old
    token = choose(access)[TOKEN].reveal()
    assert vk.vk.tokens[token].group == GROUP


def test_the_apps_secret_goes_in_no_address(access: Access) -> None:
    urls = VK.login_url(access, GOING), VK.chosen_url(access, GOING, str(GROUP)) or ""
    assert not any(CLIENT_SECRET in url or GOING.verifier.reveal() in url for url in urls)


def test_a_token_of_another_group_is_none_of_ours() -> None:
    listed = {"groups": [{"group_id": 5, "access_token": "five"}, {"group_id": 6, "access_token": "six"}]}
    assert (community_token(listed, "6"), community_token(listed, "7")) == ("six", None)
    assert community_token({"access_token_8": "eight"}, "8") == "eight"
    assert community_token({"groups": "?"}, "8") is None


def test_a_group_that_was_not_given_is_a_refusal(vk: VkDouble, access: Access) -> None:
    with pytest.raises(Conflict) as refusal:
        choose(access, STRANGERS)
    assert refusal.value.code == "denied"
    vk.oauth.granted = frozenset({"messages"})
    with pytest.raises(Conflict) as refusal:
        choose(access)
    assert refusal.value.code == "scope_missing"
    with pytest.raises(Conflict):
        VK.chosen(access, GOING, str(GROUP), {"code": "made up"})


def test_our_server_is_added_once_with_its_key_and_every_event_and_removed_alone(vk: VkDouble, access: Access) -> None:
    community, ours = vk.vk.communities[GROUP], connected(access)
    told = VK.set_webhook(ours, HOOK, KEY)
    assert told is not None
    other = VK.set_webhook(ours, HOOK + "/of-another-product", KEY)
    again = VK.set_webhook(replace(ours, secrets={**ours.secrets, **told}), HOOK, KEY)
    assert again == told != other and len(community.servers) == 2
    server = community.servers[int(told[SERVER].reveal())]
    assert (server.url, server.secret_key, server.events) == (HOOK, KEY.reveal(), frozenset(EVENTS))
    assert VK.delete_webhook(replace(ours, secrets={**ours.secrets, **told}))
    assert [one.url for one in community.servers.values()] == [HOOK + "/of-another-product"]


def test_a_moved_hook_is_changed_where_it_stands(vk: VkDouble, access: Access) -> None:
    ours = connected(access)
    told = VK.set_webhook(ours, HOOK, KEY) or {}
    VK.set_webhook(replace(ours, secrets={**ours.secrets, **told}), HOOK + "/moved", KEY)
    assert [one.url for one in vk.vk.communities[GROUP].servers.values()] == [HOOK + "/moved"]


def test_a_hook_whose_number_was_lost_is_found_by_its_address(vk: VkDouble, access: Access) -> None:
    ours = connected(access)
    assert VK.set_webhook(ours, HOOK, KEY) == VK.set_webhook(ours, HOOK, KEY)
    assert len(vk.vk.communities[GROUP].servers) == 1


def test_an_eleventh_server_and_a_lost_right_are_refusals_that_say_what_to_do(vk: VkDouble, access: Access) -> None:
    ours = connected(access)
    for number in range(10):
        VK.set_webhook(ours, f"{HOOK}/{number}", KEY)
    with pytest.raises(Conflict) as refusal:
        VK.set_webhook(ours, HOOK, KEY)
    assert refusal.value.code == "too_many_servers"
    vk.revokes()
    with pytest.raises(Conflict) as refusal:
        VK.set_webhook(ours, HOOK, KEY)
    assert refusal.value.code == "webhook_refused"
    assert not VK.delete_webhook(ours)


def test_the_code_is_asked_for_each_time(vk: VkDouble, access: Access) -> None:
    ours = connected(access)
    assert VK.confirmation(ours) == vk.vk.communities[GROUP].code
    vk.vk.communities[GROUP].code = "another"
    assert VK.confirmation(ours) == "another"
    for fault in (broken(), refused(27), Fault(Reply(200, {"response": {}}))):
        vk.fails(fault, method="groups.getCallbackConfirmationCode")
        with pytest.raises(Unavailable):
            VK.confirmation(ours)
