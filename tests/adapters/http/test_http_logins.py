"""Logging in at VK and at Avito over the API, at their doubles: who may, what is answered, and in whose language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from adapters.doubles.avito import AvitoDouble
from adapters.doubles.vk import GROUP, VkDouble, broken
from domain.desk.channels import CreateChannel
from tests.adapters.http.door import Office, client_of, office
from tests.adapters.http.logging_in import PUBLIC, SILENT, avito_double, to_log_in, vk_double

SETTINGS = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 6, "unit": "hours"}}


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with vk_double("Silent shop") as made:
        yield made


@pytest.fixture
def avito() -> Iterator[AvitoDouble]:
    with avito_double() as made:
        yield made


@pytest.fixture
def shop(vk: VkDouble, avito: AvitoDouble) -> Iterator[Office]:
    with to_log_in(vk, avito) as made:
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        yield client


def ask(http: TestClient, shop: Office, path: str, body: Any = None, who: str = "root", **headers: str) -> Any:
    return http.post(f"/v1/channels/{path}", json=body or {}, headers=shop.as_(who, **headers))


def visit(url: str) -> dict[str, str]:
    """What the provider puts into the address to which a browser comes back."""
    answer = httpx2.get(url, follow_redirects=False, trust_env=False)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def logs_in(http: TestClient, shop: Office, channel: str) -> Any:
    begun = ask(http, shop, f"{channel}/login").json()
    return ask(http, shop, "logins", {"query": visit(begun["url"])})


@pytest.mark.requirement("B02", "B04", "A28")
def test_a_community_is_connected_in_two_logins(shop: Office, http: TestClient, vk: VkDouble) -> None:
    assert logs_in(http, shop, "vk").json()["outcome"] == "choosing"
    shop.settle()
    shown = http.get("/v1/channels/vk", headers=shop.as_("root")).json()["channel"]
    assert {(one["external_id"], one["receives_messages"]) for one in shown["objects"]} == {
        (str(GROUP), True),
        (str(SILENT), False),
    }
    chosen = ask(http, shop, "vk/choose", {"chosen": [str(GROUP)]}).json()
    finished = ask(http, shop, "logins", {"query": visit(chosen["url"])})
    assert finished.json()["outcome"] == "verified"
    version = {"if-match": '"0"'}
    saved = http.put("/v1/channels/vk/settings", json=SETTINGS, headers=shop.as_("root", **version))
    assert (saved.json()["outcome"], saved.json()["state"], saved.json()["webhook"]) == ("saved", "connected", "set")
    assert len(vk.vk.communities[GROUP].servers) == 1
    told = saved.text + finished.text + str(shown)
    assert not any(token in told for token in vk.vk.tokens)


@pytest.mark.requirement("B03", "B04")
@pytest.mark.parametrize(("group", "code"), [(str(SILENT), "receiving_disabled"), ("7", "object_not_offered")])
def test_what_cannot_be_chosen_is_refused_with_its_code(shop: Office, http: TestClient, group: str, code: str) -> None:
    logs_in(http, shop, "vk")
    refused = ask(http, shop, "vk/choose", {"chosen": [group]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, code)


@pytest.mark.requirement("B01")
def test_who_administers_nothing_is_answered_so(shop: Office, http: TestClient, vk: VkDouble) -> None:
    vk.vk.person(55, "Nobody")
    vk.oauth.browser = 55
    failed = logs_in(http, shop, "vk").json()
    assert (failed["outcome"], failed["reason"]) == ("auth_failed", "not_admin")
    refused = ask(http, shop, "vk/choose", {"chosen": [str(GROUP)]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_authorised")


@pytest.mark.requirement("B09")
def test_an_answer_counts_once_for_the_one_who_was_sent(shop: Office, http: TestClient) -> None:
    query = visit(ask(http, shop, "vk/login").json()["url"])
    shop.employ("eve", "admin")
    for who in ("eve", "root", "root"):
        answer = ask(http, shop, "logins", {"query": query}, who)
        if who == "eve":
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "state_invalid")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "state_invalid")


def test_only_administrators_log_in(shop: Office, http: TestClient) -> None:
    for who in ("anna", "vera"):
        assert ask(http, shop, "vk/login", who=who).status_code == 403
        assert ask(http, shop, "logins", {"query": {"state": "x"}}, who).status_code == 403


def test_a_provider_that_is_away_is_503_and_the_login_can_be_finished_later(
    shop: Office, http: TestClient, vk: VkDouble
) -> None:
    query = visit(ask(http, shop, "vk/login").json()["url"])
    vk.fails(broken(), method="/id/oauth2/auth", times=20)
    answer = ask(http, shop, "logins", {"query": query})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "provider_unavailable")


@pytest.mark.requirement("D11", "D12")
def test_an_avito_account_is_shown_after_consent_and_a_missing_part_of_it_is_a_failure(
    shop: Office, http: TestClient, avito: AvitoDouble
) -> None:
    avito.oauth.granted = frozenset({"messenger:read", "user:read"})
    failed = logs_in(http, shop, "avito").json()
    assert (failed["outcome"], failed["reason"]) == ("auth_failed", "scope_missing")
    avito.oauth.granted = None
    assert logs_in(http, shop, "avito").json()["outcome"] == "verified"
    shop.settle()
    shown = http.get("/v1/channels/avito", headers=shop.as_("root")).json()["channel"]
    assert shown["bot_name"] == "Bakery"


def test_an_installation_without_an_application_says_what_to_set(vk: VkDouble) -> None:
    with office(provider_urls={"vk": vk.url}, public_url=PUBLIC) as made:
        made.open_shop()
        made.store.do(CreateChannel(channel="vk", kind="vk", name="VK"))
        with client_of(made) as client:
            refused = ask(client, made, "vk/login")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_app")
