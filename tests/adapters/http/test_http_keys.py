"""Connecting by keys over the API, at the doubles of MessageBird and Infobip: what is answered, shown, refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.doubles import whatsapp_infobip as infobips
from adapters.doubles import whatsapp_messagebird as birds
from adapters.doubles.whatsapp_infobip import NUMBER, InfobipDouble
from adapters.doubles.whatsapp_messagebird import CHANNEL, PHONE, SIGNING_KEY, MessageBirdDouble, broken
from domain.desk.channels import CreateChannel
from tests.adapters.http.door import Office, client_of, office

PUBLIC = "https://parley.example"
KEYS = {"key": birds.KEY, "channel_id": CHANNEL, "signing_key": SIGNING_KEY}
SETTINGS = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 6, "unit": "hours"}}


@pytest.fixture
def bird() -> Iterator[MessageBirdDouble]:
    with MessageBirdDouble() as made:
        yield made


@pytest.fixture
def infobip() -> Iterator[InfobipDouble]:
    with InfobipDouble() as made:
        yield made


@pytest.fixture
def shop(bird: MessageBirdDouble, infobip: InfobipDouble) -> Iterator[Office]:
    urls = {"whatsapp_messagebird": bird.url, "whatsapp_infobip": infobip.url}
    with office(provider_urls=urls, public_url=PUBLIC) as made:
        made.open_shop()
        made.store.do(CreateChannel(channel="bird", kind="whatsapp_messagebird", name="Bird"))
        made.store.do(CreateChannel(channel="bip", kind="whatsapp_infobip", name="Bip"))
        made.settle()
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        yield client


def ask(http: TestClient, shop: Office, path: str, body: Any = None, who: str = "root", **headers: str) -> Any:
    return http.post(f"/v1/channels/{path}", json=body or {}, headers=shop.as_(who, **headers))


def save(http: TestClient, shop: Office, channel: str, settings: dict[str, Any], version: int = 0) -> Any:
    headers = shop.as_("root", if_match=f'"{version}"')
    return http.put(f"/v1/channels/{channel}/settings", json=settings, headers=headers)


@pytest.mark.requirement("C09", "C10", "A24")
def test_keys_show_the_number_and_are_never_shown_again(
    http: TestClient, shop: Office, bird: MessageBirdDouble
) -> None:
    answer = ask(http, shop, "bird/verify", KEYS)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["phone"]) == (200, "verified", PHONE)
    assert save(http, shop, "bird", SETTINGS).status_code == 200
    shop.settle()
    shown = http.get("/v1/channels/bird", headers=shop.as_("root"))
    assert shown.json()["channel"]["state"] == "connected"
    past = http.get("/v1/channels/bird/history", headers=shop.as_("root"))
    assert not any(secret in shown.text + past.text + answer.text for secret in (birds.KEY, SIGNING_KEY))
    assert [one["channelId"] for one in bird.account.webhooks.values()] == [CHANNEL]


@pytest.mark.requirement("C13")
def test_refusals_are_told_apart_in_the_readers_language(
    http: TestClient, shop: Office, bird: MessageBirdDouble
) -> None:
    wrong = ask(http, shop, "bird/verify", {**KEYS, "key": "wrong"}, accept_language="ru")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "credentials_rejected")
    assert "phone" not in wrong.text and "Провайдер" in wrong.text
    unknown = ask(http, shop, "bird/verify", {**KEYS, "channel_id": "elsewhere"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (409, "channel_id_unknown")
    bird.fails(broken(), method="conversations", times=9)
    assert ask(http, shop, "bird/verify", KEYS).status_code == 503
    assert ask(http, shop, "bird/verify", KEYS, who="anna").status_code == 403


@pytest.mark.requirement("C09", "C10")
def test_what_is_missing_or_not_asked_for_is_named(http: TestClient, shop: Office) -> None:
    missing = ask(http, shop, "bird/verify", {"key": birds.KEY})
    assert missing.status_code == 422 and "channel_id" in missing.text and "required" in missing.text
    typed = ask(http, shop, "bird/verify", {**KEYS, "phone": PHONE})
    assert typed.status_code == 422 and "unknown_field" in typed.text


@pytest.mark.requirement("C15", "C16")
def test_infobip_numbers_are_offered_and_our_address_is_shown_to_administrators_alone(
    http: TestClient, shop: Office
) -> None:
    first = ask(http, shop, "bip/webhook-url")
    assert (first.status_code, first.json()["outcome"]) == (200, "issued")
    assert first.json()["url"].startswith(f"{PUBLIC}/hooks/whatsapp_infobip/bip/")
    assert ask(http, shop, "bip/webhook-url", who="anna").status_code == 403
    answer = ask(http, shop, "bip/verify", {"api_key": infobips.KEY}).json()
    assert (answer["outcome"], answer["numbers"]) == ("verified", [NUMBER])
    assert "number_not_offered" in save(http, shop, "bip", {**SETTINGS, "number": "380000000000"}).text
    assert save(http, shop, "bip", {**SETTINGS, "number": NUMBER}).status_code == 200
    again = ask(http, shop, "bip/webhook-url").json()
    assert (again["outcome"], again["url"]) == ("unchanged", first.json()["url"])


def test_a_kind_whose_provider_is_told_by_us_has_no_address_to_be_copied(http: TestClient, shop: Office) -> None:
    refused = ask(http, shop, "bird/webhook-url")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "connects_otherwise")


def test_a_kind_that_is_switched_off_is_not_connected_and_the_others_are(http: TestClient, shop: Office) -> None:
    shop.app.state.connector = replace(shop.app.state.connector, off=frozenset({"whatsapp_messagebird"}))
    refused = ask(http, shop, "bird/verify", KEYS, accept_language="ru")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "kind_off")
    assert "выключены" in refused.text
    assert ask(http, shop, "bip/verify", {"api_key": infobips.KEY}).status_code == 200
