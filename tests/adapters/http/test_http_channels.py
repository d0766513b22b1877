"""Channels over HTTP, with Telegram's double at the other end: connect, save against others, disconnect, audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.channels.keys import TOKEN, channel_owner
from adapters.doubles.telegram import TelegramDouble
from tests.adapters.http.door import Office, client_of, office
from tests.store import TENANT

HOURS = {"value": 6, "unit": "hours"}


@pytest.fixture(scope="module")
def telegram() -> Iterator[TelegramDouble]:
    with TelegramDouble(name="Bakery") as made:
        yield made


@pytest.fixture(scope="module")
def shop(telegram: TelegramDouble) -> Iterator[Office]:
    with office(provider_urls={"telegram": telegram.url}) as made:
        made.open_shop()
        made.settle()
        yield made


@pytest.fixture(scope="module")
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        yield client


def call(shop: Office, http: TestClient, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return http.request(method, f"/v1/channels{path}", headers=shop.as_("root", **headers), json=body)


def save(shop: Office, http: TestClient, channel: str, changes: dict[str, Any], version: int | str) -> Any:
    tag = version if version == "*" else f'"{version}"'
    return call(shop, http, "PUT", f"/{channel}/settings", changes, if_match=str(tag))


@pytest.mark.requirement("D01", "D02", "A28")
def test_a_channel_is_connected_by_token_and_first_save(shop: Office, http: TestClient, telegram: Any) -> None:
    assert call(shop, http, "POST", "", {"channel": "bread", "kind": "telegram", "name": "Bread"}).status_code == 201
    wrong = call(shop, http, "POST", "/bread/verify", {"token": "1:wrong"}, accept_language="ru").json()
    assert (wrong["outcome"], wrong["sentence"]) == ("bot_not_found", "Бот не найден")
    right = call(shop, http, "POST", "/bread/verify", {"token": f"  {telegram.token} "}).json()
    assert (right["outcome"], right["bot_name"]) == ("verified", "Bakery")
    shown = call(shop, http, "GET", f"/bread?wait_for={right['position']}").json()["channel"]
    assert (shown["state"], shown["bot_name"]) == ("verified", "Bakery")
    settings = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": HOURS}
    saved = save(shop, http, "bread", settings, 0)
    assert (saved.json()["state"], saved.headers["etag"]) == ("connected", '"1"')


@pytest.mark.requirement("A24")
def test_the_token_is_in_the_vault_and_nowhere_else(shop: Office, http: TestClient, telegram: Any) -> None:
    head = shop.settle()
    assert head
    secret = telegram.token.partition(":")[2]
    kept = shop.store.vault.get_secret(TENANT, channel_owner("bread"), TOKEN)
    assert kept is not None
    assert kept.reveal() == telegram.token
    for path in ("/v1/channels/bread", "/v1/channels/bread/history", "/v1/events?limit=500", "/v1/channels"):
        assert secret not in http.get(path, headers=shop.as_("root")).text
    stored = shop.store.rows("SELECT data, meta FROM parley.event")
    assert not any(secret.encode() in bytes(data) + bytes(meta) for data, meta in stored)


@pytest.mark.requirement("A03")
def test_distribution_is_linked_where_the_receiver_is_a_group(shop: Office, http: TestClient) -> None:
    group = call(shop, http, "GET", "/tg").json()
    assert group["links"]["distribution"] == "/v1/groups/first"
    assert call(shop, http, "GET", "/tg/distribution").json()["group"]["algorithm"] == "least_busy"
    agent = call(shop, http, "GET", "/bread").json()
    assert "distribution" not in agent["links"]
    refused = call(shop, http, "GET", "/bread/distribution")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_group")


@pytest.mark.requirement("A14")
def test_a_stale_save_is_told_what_others_changed(shop: Office, http: TestClient) -> None:
    seen = call(shop, http, "GET", "/tg").headers["etag"].strip('"')
    assert save(shop, http, "tg", {"priority": 3, "closing_message": "Bye"}, seen).status_code == 200
    stale = save(shop, http, "tg", {"auto_close": HOURS}, seen)
    error = stale.json()["error"]
    assert (stale.status_code, error["code"]) == (409, "version_conflict")
    assert error["detail"] == {"settings_version": int(seen) + 1, "changed_since": ["closing_message", "priority"]}
    assert save(shop, http, "tg", {"auto_close": HOURS}, int(seen) + 1).json()["settings_version"] == int(seen) + 2


@pytest.mark.requirement("A13")
def test_a_save_without_a_difference_changes_nothing(shop: Office, http: TestClient) -> None:
    shop.settle()
    before = call(shop, http, "GET", "/tg").headers["etag"]
    same = save(shop, http, "tg", {"priority": 3}, "*")
    assert (same.json()["outcome"], same.headers["etag"]) == ("unchanged", before)


@pytest.mark.requirement("A16", "A17", "A18")
def test_disconnecting_takes_two_steps(shop: Office, http: TestClient) -> None:
    asked = call(shop, http, "POST", "/tg/disconnect").json()
    assert asked["outcome"] == "consent_needed"
    assert _state(shop, http, "tg") == "connected"
    declined = call(shop, http, "POST", "/tg/disconnect", {"consent": asked["consent_id"], "decline": True}).json()
    assert declined["outcome"] == "cancelled"
    used = call(shop, http, "POST", "/tg/disconnect", {"consent": asked["consent_id"]})
    assert (used.status_code, used.json()["error"]["code"]) == (409, "consent_invalid")
    assert _state(shop, http, "tg") == "connected"
    again = call(shop, http, "POST", "/tg/disconnect").json()
    shop.employ("rita", "admin")
    foreign = http.post("/v1/channels/tg/disconnect", headers=shop.as_("rita"), json={"consent": again["consent_id"]})
    assert foreign.json()["error"]["code"] == "consent_invalid"
    done = call(shop, http, "POST", "/tg/disconnect", {"consent": again["consent_id"]}).json()
    assert done["outcome"] == "disconnected"
    assert _state(shop, http, "tg") == "disconnected"


@pytest.mark.requirement("L01", "A12")
def test_the_history_answers_who_when_from_where_what_and_by_which_command(shop: Office, http: TestClient) -> None:
    saved = save(shop, http, "bread", {"priority": 2, "auto_close": {"value": 2, "unit": "days"}}, "*").json()
    path = f"/v1/channels/bread/history?wait_for={saved['position']}&field=priority"
    (row,) = http.get(path, headers=shop.as_("vera")).json()["history"]
    assert (row["actor"], row["actor_kind"], row["command"]) == ("root", "manager", "SaveChannel")
    assert (row["ip"], row["user_agent"]) == ("testclient", "testclient")
    assert row["changes"] == [
        {"field": "auto_close", "old": HOURS, "new": {"value": 2, "unit": "days"}},
        {"field": "priority", "old": 0, "new": 2},
    ]
    assert row["recorded_at"].endswith("Z")
    assert row["position"] == saved["position"]


@pytest.mark.requirement("L02")
def test_the_history_is_filtered_by_user_field_and_period(shop: Office, http: TestClient) -> None:
    everything = http.get("/v1/channels/bread/history", headers=shop.as_("vera")).json()["history"]

    def rows(query: str) -> list[int]:
        answer = http.get(f"/v1/channels/bread/history?{query}", headers=shop.as_("vera"))
        return [row["version"] for row in answer.json()["history"]]

    assert rows("user=nobody") == []
    assert rows("user=root") == [row["version"] for row in everything]
    moment = everything[1]["recorded_at"].replace("+", "%2B")
    assert everything[0]["version"] in rows(f"since={moment}")
    assert everything[0]["version"] not in rows(f"until={moment}")
    assert rows("limit=1") == [everything[0]["version"]]
    assert rows(f"limit=200&before={everything[0]['position']}") == [row["version"] for row in everything[1:]]


@pytest.mark.requirement("D03")
def test_a_silent_provider_is_unavailable_and_changes_nothing(shop: Office, http: TestClient) -> None:
    shop.app.state.connector.provider_urls["telegram"] = "http://127.0.0.1:9"
    before = call(shop, http, "GET", "/bread").json()["channel"]
    refused = call(shop, http, "POST", "/bread/verify", {"token": "2:b"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "provider_unavailable")
    shop.settle()
    assert call(shop, http, "GET", "/bread").json()["channel"] == before


def _state(shop: Office, http: TestClient, channel: str) -> str:
    position = shop.store.log.head()
    return str(call(shop, http, "GET", f"/{channel}?wait_for={position}").json()["channel"]["state"])


@pytest.mark.requirement("E14")
def test_the_key_of_a_save_stands_for_that_save(shop: Office, http: TestClient) -> None:
    same = {"if_match": "*", "idempotency_key": "save-77"}
    first = call(shop, http, "PUT", "/bread/settings", {"priority": 3}, **same)
    again = call(shop, http, "PUT", "/bread/settings", {"priority": 3}, **same)
    other = call(shop, http, "PUT", "/bread/settings", {"priority": 4}, **same)
    assert (first.status_code, again.json()["position"]) == (200, first.json()["position"])
    assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")


def test_a_channel_that_is_there_is_not_made_again(shop: Office, http: TestClient) -> None:
    made = {"channel": "twice", "kind": "telegram", "name": "Twice"}
    answers = [call(shop, http, "POST", "", one) for one in (made, made, {**made, "name": ""}, {**made, "name": "No"})]
    assert [one.status_code for one in answers] == [201, 200, 200, 409]
    assert [one.json()["outcome"] for one in answers[:3]] == ["created", "unchanged", "unchanged"]
    assert answers[3].json()["error"]["code"] == "channel_exists"


@pytest.mark.requirement("A18")
def test_nothing_is_declined_without_a_request(shop: Office, http: TestClient) -> None:
    before = shop.store.log.head()
    refused = call(shop, http, "POST", "/tg/disconnect", {"decline": True})
    assert (refused.status_code, refused.json()["error"]["detail"]["problems"][0]["field"]) == (422, "consent")
    assert shop.store.log.head() == before
