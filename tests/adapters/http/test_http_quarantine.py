"""The quarantine over HTTP: read it, release it, in order, once; and writing to a customer first."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from domain.desk.intake import ReceiveMessage
from domain.dialog.events import Attachment
from tests.adapters.http.door import Office
from tests.connections import connects

numbers = count(1)


def arrives(shop: Office, channel: str, who: str, text: str, **more: Any) -> str:
    """A message for a channel that is not connected; its item."""
    number = next(numbers)
    arrived = ReceiveMessage(
        channel=channel,
        provider="telegram",
        external_key=f"{who} {number}",
        provider_id=str(number),
        sender_key=who,
        sender_id=f"@{who}",
        body=text,
        **more,
    )
    return str(shop.store.do(arrived).answer["item"])


@pytest.fixture
def stopped(shop: Office, request: pytest.FixtureRequest) -> str:
    """A channel that is made and not connected yet."""
    name = request.node.name.replace("_", "-")[-40:]
    shop.store.do(CreateChannel(channel=name, kind="telegram", name="Later"))
    return name


def connect(shop: Office, channel: str) -> None:
    shop.store.do(VerifyChannel(channel=channel, bot_name="Later", external_id=channel, fingerprint="f"))
    settings = {"receiver": {"kind": "group", "id": "first"}, "auto_close": {"value": 12, "unit": "hours"}}
    shop.store.do(SaveChannel(channel=channel, changes=settings, account_key=channel))


def release(shop: Office, http: TestClient, channel: str, body: dict[str, Any], **more: str) -> Any:
    told = http.post(f"/v1/channels/{channel}/quarantine/release", headers=shop.as_("vera", **more), json=body)
    assert told.status_code == 200, told.text
    return told.json()


@pytest.mark.requirement("E06")
def test_what_waits_is_read_in_order_by_leaders_only(shop: Office, http: TestClient, stopped: str) -> None:
    photo = Attachment(type="image", ref="file-1")
    first = arrives(shop, stopped, "ivan", "Good day", attachments=(photo,))
    second = arrives(shop, stopped, "maria", "Hello")
    head = shop.settle()
    path = f"/v1/channels/{stopped}/quarantine"
    page = http.get(f"{path}?limit=1&wait_for={head}", headers=shop.as_("vera")).json()
    (one,) = page["items"]
    assert (one["item"], one["body"], one["sender"], one["reason"]) == (first, "Good day", "@ivan", "channel_draft")
    (file,) = one["files"]
    assert (file["type"], file["state"]) == ("image", "waiting") and "file-1" not in str(file)
    rest = http.get(f"{path}?after={page['next']}", headers=shop.as_("vera")).json()
    assert [one["item"] for one in rest["items"]] == [second]
    for method, address in (("GET", path), ("POST", f"{path}/release")):
        refused = http.request(
            method, address, headers=shop.as_("anna"), json={"all": True} if "rel" in address else None
        )
        assert refused.status_code == 403


@pytest.mark.requirement("E06", "E11")
def test_all_of_it_goes_on_its_way_once(shop: Office, http: TestClient, stopped: str) -> None:
    photo = Attachment(type="image", ref="file-1")
    items = [arrives(shop, stopped, who, text, attachments=(photo,)) for who, text in zip("abab", "wxyz", strict=True)]
    waits = release(shop, http, stopped, {"all": True})
    assert {one["code"] for one in waits["items"]} == {"channel_draft"}
    connect(shop, stopped)
    told = release(shop, http, stopped, {"all": True})
    assert [one["item"] for one in told["items"]] == items
    assert {one["outcome"] for one in told["items"]} == {"released"}
    by_customer = [one["dialog"] for one in told["items"]]
    assert by_customer[0] == by_customer[2] != by_customer[1] == by_customer[3]
    shop.settle()
    path = f"/v1/dialogs/{by_customer[0]}/messages?wait_for={told['position']}"
    said = [one for one in http.get(path, headers=shop.as_("vera")).json()["messages"] if one["what"] == "message"]
    assert [(one["body"], one["files"][0]["type"]) for one in said] == [("w", "image"), ("y", "image")]
    again = release(shop, http, stopped, {"items": items})
    assert [one["dialog"] for one in again["items"]] == by_customer
    assert release(shop, http, stopped, {"all": True})["items"] == []
    counted = http.get("/v1/intake", headers=shop.as_("vera")).json()["channels"]
    mine = next(one for one in counted if one["channel"] == stopped)
    assert (mine["received"], mine["quarantined"], mine["routed"]) == (4, 4, 0)


@pytest.mark.requirement("E06")
def test_one_that_is_refused_says_why_and_does_not_stop_the_others(
    shop: Office, http: TestClient, stopped: str
) -> None:
    broken = arrives(shop, stopped, "nobody", "{", malformed=True)
    first, second = (arrives(shop, stopped, "ivan", text) for text in ("one", "two"))
    connect(shop, stopped)
    told = release(shop, http, stopped, {"items": [second]}, accept_language="ru")
    assert told["items"] == [
        {
            "item": second,
            "outcome": "refused",
            "code": "earlier_item_waits",
            "sentence": "Более раннее сообщение того же клиента ещё ждёт.",
        }
    ]
    told = release(shop, http, stopped, {"items": ["no-such", second, broken, first]})
    assert [(one["item"], one.get("code")) for one in told["items"]] == [
        (broken, "not_releasable"),
        (first, None),
        (second, None),
        ("no-such", "item_unknown"),
    ]


def test_items_or_all_and_nothing_else(shop: Office, http: TestClient) -> None:
    for body in ({}, {"all": True, "items": ["a"]}, {"item": "a"}):
        told = http.post("/v1/channels/tg/quarantine/release", headers=shop.as_("vera"), json=body)
        assert told.status_code == 422


@pytest.mark.requirement("E14")
def test_the_same_key_again_speaks_of_the_same_items(shop: Office, http: TestClient, stopped: str) -> None:
    first = arrives(shop, stopped, "ivan", "one")
    connect(shop, stopped)
    one = release(shop, http, stopped, {"items": [first]}, idempotency_key="release-1")
    assert release(shop, http, stopped, {"items": [first]}, idempotency_key="release-1")["items"] == one["items"]


@pytest.fixture(scope="module")
def post(shop: Office) -> str:
    shop.store.do(CreateChannel(channel="post", kind="email", name="Post"))
    for step in connects("post", "email"):
        shop.store.do(step)
    shop.store.do(SaveChannel(channel="post", changes={}, account_key="post"))
    return "post"


class TestWritingFirst:
    @pytest.mark.requirement("E15")
    def test_an_agent_begins_a_dialog_and_holds_it(self, shop: Office, http: TestClient, post: str) -> None:
        body = {"channel": post, "to": " Ivan@Example.ORG ", "body": "Your parcel has come back."}
        headers = shop.as_("anna", idempotency_key="first-word")
        told = http.post("/v1/dialogs", headers=headers, json=body)
        assert told.status_code == 201, told.text
        dialog, position = told.json()["dialog"], told.json()["position"]
        row = http.get(f"/v1/dialogs/{dialog}?wait_for={position}", headers=shop.as_("anna")).json()["dialog"]
        assert (row["phase"], row["assignee"]) == ("assigned", "anna")
        assert http.post("/v1/dialogs", headers=headers, json=body).json() == told.json()
        again = http.post("/v1/dialogs", headers=shop.as_("boris"), json={**body, "to": "ivan@example.org"})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "dialog_open")
        assert again.json()["error"]["detail"]["dialog"] == dialog

    @pytest.mark.requirement("A30")
    def test_where_the_customer_must_write_first_it_is_refused(self, shop: Office, http: TestClient) -> None:
        told = http.post("/v1/dialogs", headers=shop.as_("anna"), json={"channel": "tg", "to": "7", "body": "Hello"})
        assert (told.status_code, told.json()["error"]["code"]) == (409, "first_contact_not_allowed")

    def test_for_somebody_else_only_a_supervisor_begins(self, shop: Office, http: TestClient, post: str) -> None:
        body = {"channel": post, "to": "maria@example.org", "body": "Good day", "agent": "boris"}
        assert http.post("/v1/dialogs", headers=shop.as_("anna"), json=body).status_code == 403
        told = http.post("/v1/dialogs", headers=shop.as_("vera"), json=body)
        assert told.status_code == 201
        assert http.post("/v1/dialogs", headers=shop.as_("vera"), json={**body, "to": " "}).status_code == 422
        assert http.post("/v1/dialogs", headers=shop.as_("vera"), json={**body, "channel": "no"}).status_code == 404
