"""Bots through the API: made by an administrator, shown without their secrets, speaking for themselves only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from domain.desk.administration import SetAgent
from domain.desk.answering import TakeDialog
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.intake import ReceiveMessage
from tests.adapters.http.door import Office, client_of, office
from tests.connections import connects

URL = "https://93.184.215.14/answer/s3cret"


@pytest.fixture
def shop() -> Iterator[Office]:
    with office() as made:
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        yield client


def error(response: Any) -> dict[str, Any]:
    return dict(response.json()["error"])


def put(http: TestClient, shop: Office, bot: str = "greeter", **body: Any) -> dict[str, Any]:
    response = http.put(f"/v1/bots/{bot}", headers=shop.as_("root"), json={"url": URL} | body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def with_bot(shop: Office, http: TestClient, **settings: Any) -> str:
    """A page whose dialogs begin with the bot, and one of them; its id. The bot's token is in `headers`."""
    made = put(http, shop)
    shop.headers["greeter"] = {"authorization": f"Bearer {made['token']}"}
    shop.store.do(SetAgent(agent="anna", name="Anna"))
    shop.store.do(CreateChannel(channel="page", kind="facebook", name="Page"))
    for step in connects("page", "facebook"):
        shop.store.do(step)
    receiver = {"receiver": {"kind": "bot", "id": "greeter"}, "auto_close": {"value": 1, "unit": "days"}}
    shop.store.do(SaveChannel(channel="page", changes=receiver | settings, account_key="42"))
    arrived = ReceiveMessage(
        channel="page",
        provider="facebook",
        external_key="m1",
        provider_id="1",
        sender_key="ivan",
        sender_id="ivan",
        body="Hello",
    )
    return str(shop.store.do(arrived).answer["dialog"])


def speak(http: TestClient, shop: Office, dialog: str, **body: Any) -> Any:
    return http.post(f"/v1/dialogs/{dialog}/bot", headers=shop.as_("greeter"), json=body)


def said(*texts: str) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


# -- making them ----------------------------------------------------------------------------------------------------


def test_the_secret_and_the_token_are_shown_once(shop: Office, http: TestClient) -> None:
    made = put(http, shop, name="Greeter")
    assert made["outcome"] == "created" and made["secret"].startswith("whsec_") and made["token"].startswith("pk_")
    again = put(http, shop, name="Greeter")
    assert again == {"outcome": "unchanged", "bot": "greeter"}
    listed = http.get("/v1/bots", headers=shop.as_("vera"))
    assert listed.json() == {
        "bots": [{"bot": "greeter", "name": "Greeter", "host": "93.184.215.14", "rotating": False}]
    }


def test_a_secret_is_changed_without_a_gap(shop: Office, http: TestClient) -> None:
    first = put(http, shop)["secret"]
    second = put(http, shop, rotate_secret=True)
    assert second["secret"] != first and "token" not in second
    assert http.get("/v1/bots", headers=shop.as_("root")).json()["bots"][0]["rotating"] is True
    put(http, shop, end_rotation=True)
    assert http.get("/v1/bots", headers=shop.as_("root")).json()["bots"][0]["rotating"] is False


def test_what_was_changed_is_said_and_what_was_not_named_stays(shop: Office, http: TestClient) -> None:
    put(http, shop, name="Greeter")
    assert put(http, shop)["outcome"] == "unchanged"
    assert put(http, shop, url=URL + "2")["outcome"] == "saved"
    assert put(http, shop, url=URL + "2", rotate_secret=True)["outcome"] == "saved"
    assert put(http, shop, url=URL + "2", end_rotation=True)["outcome"] == "saved"
    assert put(http, shop, url=URL + "2", end_rotation=True)["outcome"] == "unchanged"
    assert [one["name"] for one in http.get("/v1/bots", headers=shop.as_("root")).json()["bots"]] == ["Greeter"]
    assert put(http, shop, url=URL + "2", name="")["outcome"] == "saved"


def test_a_rotation_does_not_end_in_the_request_that_begins_it(shop: Office, http: TestClient) -> None:
    put(http, shop)
    both = {"url": URL, "rotate_secret": True, "end_rotation": True}
    refused = http.put("/v1/bots/greeter", headers=shop.as_("root"), json=both)
    assert (refused.status_code, error(refused)["detail"]["problems"][0]["field"]) == (422, "end_rotation")
    for loose in ("yes", 1, "true"):
        refused = http.put("/v1/bots/greeter", headers=shop.as_("root"), json={"url": URL, "rotate_secret": loose})
        assert (refused.status_code, error(refused)["code"]) == (422, "not_boolean")
    assert http.get("/v1/bots", headers=shop.as_("root")).json()["bots"][0]["rotating"] is False


def test_a_bot_that_is_not_there_is_not_removed(shop: Office, http: TestClient) -> None:
    refused = http.delete("/v1/bots/ghost", headers=shop.as_("root"))
    assert (refused.status_code, error(refused)["code"]) == (404, "bot_unknown")


@pytest.mark.requirement("A24")
def test_no_secret_is_to_be_read_anywhere_else(shop: Office, http: TestClient) -> None:
    with_bot(shop, http)
    secret = put(http, shop, rotate_secret=True)["secret"]
    rows = shop.store.rows("SELECT data::bytea || meta::bytea FROM parley.event")
    facts = shop.store.rows("SELECT convert_to(value::text, 'UTF8') FROM parley.fact")
    sealed = shop.store.rows("SELECT sealed FROM parley.secret")
    outcomes = shop.store.rows("SELECT outcome FROM parley.command_result")
    everything = b"".join(bytes(one) for (one,) in [*rows, *facts, *sealed, *outcomes])
    assert secret.encode() not in everything and b"s3cret" not in everything


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://93.184.215.14/", "url_not_https"),
        ("https://127.0.0.1/", "url_not_public"),
        ("https://localhost/", "url_not_public"),
        ("https://10.1.2.3/", "url_not_public"),
        ("https://169.254.169.254/latest/meta-data/", "url_not_public"),
        ("https://[::1]/", "url_not_public"),
        ("https://[::ffff:10.0.0.1]/", "url_not_public"),
        ("https://user:word@93.184.215.14/", "bad_url"),
        ("https://93.184.215.14:99999/", "bad_url"),
        ("https://93.184.215.14/#part", "bad_url"),
        ("https://", "bad_url"),
        ("ftp://93.184.215.14/", "bad_url"),
        ("javascript:alert(1)", "bad_url"),
        ("https://93.184.215.14/" + "x" * 2000, "bad_url"),
    ],
)
def test_only_public_addresses_are_called(shop: Office, http: TestClient, url: str, code: str) -> None:
    response = http.put("/v1/bots/greeter", headers=shop.as_("root"), json={"url": url})
    assert response.status_code == 422 and error(response)["code"] == code
    assert http.get("/v1/bots", headers=shop.as_("root")).json() == {"bots": []}
    told = http.put("/v1/bots/greeter", headers=shop.as_("root", accept_language="ru"), json={"url": url})
    assert "адрес" in error(told)["sentence"]


def test_a_bot_in_use_is_not_removed(shop: Office, http: TestClient) -> None:
    dialog = with_bot(shop, http)
    response = http.delete("/v1/bots/greeter", headers=shop.as_("root"))
    assert response.status_code == 409 and error(response)["detail"]["channels"] == ["page"]
    changes = {"receiver": {"kind": "agent", "id": "anna"}}
    shop.store.do(SaveChannel(channel="page", changes=changes, account_key="42"))
    assert http.delete("/v1/bots/greeter", headers=shop.as_("root")).json()["outcome"] == "removed"
    assert http.delete("/v1/bots/greeter", headers=shop.as_("root")).status_code == 404
    assert shop.store.rows("SELECT 1 FROM parley.secret WHERE owner LIKE 'bot-%%'") == []
    shop.app.state.tokens._kept.clear()  # as after the few seconds for which a token is remembered
    assert speak(http, shop, dialog, messages=said("Hi")).status_code == 401


# -- speaking -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("I01", "I03")
def test_a_bot_answers_later_by_itself(shop: Office, http: TestClient) -> None:
    dialog = with_bot(shop, http)
    response = speak(http, shop, dialog, messages=said("Hi", "How can I help?"))
    assert response.status_code == 200 and response.json()["outcome"] == "answered"
    assert len(response.json()["messages"]) == 2
    sent = [one for one in shop.store.log.stream("acme", f"dialog-{dialog}") if one.event.kind == "dialog.message_sent"]
    assert [(one.meta.actor.kind, one.meta.actor.id) for one in sent] == [("bot", "greeter")] * 2
    handed = speak(http, shop, dialog, hand_off={"reason": "wants a refund"})
    assert handed.json()["outcome"] == "handed_off"


@pytest.mark.requirement("I05")
def test_after_the_hand_off_it_comes_too_late(shop: Office, http: TestClient) -> None:
    dialog = with_bot(shop, http)
    shop.store.do(TakeDialog(dialog=dialog, agent="anna", by="anna"))
    response = speak(http, shop, dialog, messages=said("Hi"))
    assert response.status_code == 409 and error(response)["code"] == "not_bot_turn"


@pytest.mark.requirement("I06")
def test_it_may_close_only_where_the_channel_lets_it(shop: Office, http: TestClient) -> None:
    dialog = with_bot(shop, http)
    before = shop.store.log.head()
    response = speak(http, shop, dialog, messages=said("Bye"), close=True)
    assert response.status_code == 403 and error(response)["code"] == "not_allowed"
    assert shop.store.log.head() == before, "the dialog was changed"
    shop.store.do(SaveChannel(channel="page", changes={"bot_may_close": True}, account_key="42"))
    assert speak(http, shop, dialog, messages=said("Bye"), close=True).json()["outcome"] == "closed"


@pytest.mark.requirement("E14")
def test_the_same_key_speaks_once(shop: Office, http: TestClient) -> None:
    dialog = with_bot(shop, http)
    headers = shop.as_("greeter", idempotency_key="k1")
    first, second = (
        http.post(f"/v1/dialogs/{dialog}/bot", headers=headers, json={"messages": said("Hi")}) for _ in range(2)
    )
    assert first.json()["messages"] == second.json()["messages"]
    kinds = [one.event.kind for one in shop.store.log.stream("acme", f"dialog-{dialog}")]
    assert kinds.count("dialog.message_sent") == 1 and second.headers["idempotency-replayed"] == "true"


def test_another_bot_and_people_may_not_speak_for_it(shop: Office, http: TestClient) -> None:
    dialog = with_bot(shop, http)
    shop.employ("stranger", "bot")
    body = {"messages": said("Hi")}
    strange = http.post(f"/v1/dialogs/{dialog}/bot", headers=shop.as_("stranger"), json=body)
    assert (strange.status_code, error(strange)["code"]) == (409, "not_bot_turn")
    for who in ("root", "vera", "anna"):
        assert http.post(f"/v1/dialogs/{dialog}/bot", headers=shop.as_(who), json=body).status_code == 403


@pytest.mark.parametrize("path", ["/v1/dialogs", "/v1/events", "/v1/agents", "/v1/channels", "/v1/bots"])
def test_a_bots_token_opens_nothing_else(shop: Office, http: TestClient, path: str) -> None:
    with_bot(shop, http)
    assert http.get(path, headers=shop.as_("greeter")).status_code == 403


def test_a_bots_token_does_not_open_the_page(shop: Office, http: TestClient) -> None:
    with_bot(shop, http)
    token = shop.token("greeter")
    http.post("/login", data={"token": token}, headers={"origin": "http://127.0.0.1"})
    assert http.get("/", headers={"accept": "text/html"}, follow_redirects=False).status_code in (302, 303, 403)


@pytest.mark.parametrize(
    "body", [{"mesages": []}, {"messages": "Hi"}, {"messages": said("")}, {"messages": said("\0")}, {"hand_off": 1}]
)
def test_what_is_no_answer_is_refused(shop: Office, http: TestClient, body: dict[str, Any]) -> None:
    dialog = with_bot(shop, http)
    assert speak(http, shop, dialog, **body).status_code == 422
