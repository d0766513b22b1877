"""Dialogs over HTTP: what is written is read back, what is repeated happens once, lists are the views' lists."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.desk.administration import SetAgent
from domain.desk.intake import ChangeReceived
from tests.adapters.http.door import Office


def post(shop: Office, http: TestClient, who: str, path: str, body: dict[str, Any] | None = None, **more: str) -> Any:
    response = http.post(f"/v1/dialogs/{path}", headers=shop.as_(who, **more), json=body or {})
    assert response.status_code == 200, response.text
    return response.json()


def offered(shop: Office, http: TestClient, dialog: str) -> tuple[str, str]:
    """The pending offer and whom it was made to."""
    row = http.get(f"/v1/dialogs/{dialog}", headers=shop.as_("vera")).json()["dialog"]
    ((offer, agent),) = row["offers"].items()
    return offer, agent


@pytest.fixture
def accepted(shop: Office, http: TestClient, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A dialog and its agent."""
    dialog = shop.hears("Where is my order?", customer=request.node.name)
    shop.settle()
    offer, agent = offered(shop, http, dialog)
    post(shop, http, agent, f"{dialog}/accept", {"offer": offer})
    return dialog, agent


@pytest.mark.requirement("J07")
def test_what_was_written_is_read_back_at_its_position(shop: Office, http: TestClient, accepted: Any) -> None:
    dialog, agent = accepted
    for number in range(10):
        sent = post(shop, http, agent, f"{dialog}/messages", {"body": f"Answer {number}"})
        read = http.get(f"/v1/dialogs/{dialog}/messages?wait_for={sent['position']}", headers=shop.as_(agent)).json()
        assert read["position"] >= sent["position"]
        assert read["messages"][-1]["body"] == f"Answer {number}"
        assert read["messages"][-1]["entry"] == sent["message"]
    post(shop, http, agent, f"{dialog}/close")


@pytest.mark.requirement("J08")
def test_every_list_says_its_position_and_its_lag(shop: Office, http: TestClient) -> None:
    head = shop.settle()
    for path in ("dialogs", "agents", "groups", "schedules", "channels", "channels/tg", "channels/tg/history"):
        answer = http.get(f"/v1/{path}", headers=shop.as_("vera")).json()
        assert answer["position"] == head, path
        assert answer["lag"] == {"events": 0, "seconds": 0.0}


def test_a_view_that_stands_still_says_how_far_behind_it_is(shop: Office, http: TestClient) -> None:
    head = shop.settle()
    with shop.store.database.connect(autocommit=False) as blocker:
        blocker.execute("SELECT * FROM parley.tracking WHERE consumer = 'groups' FOR UPDATE")
        post_position = http.put("/v1/groups/first", headers=shop.as_("vera"), json={"answer_wait": 601}).json()[
            "position"
        ]
        behind = http.get("/v1/groups", headers=shop.as_("vera")).json()
        assert (behind["position"], behind["lag"]["events"]) == (head, post_position - head)
        assert behind["lag"]["seconds"] >= 0
        late = http.get(f"/v1/groups?wait_for={post_position}", headers=shop.as_("vera"))
        assert (late.status_code, late.json()["error"]["code"]) == (503, "view_behind")
        assert late.headers["retry-after"] == "1"
    assert (
        http.get(f"/v1/groups?wait_for={post_position}", headers=shop.as_("vera")).json()["position"] >= post_position
    )


def test_the_same_key_twice_is_one_message_and_one_answer(shop: Office, http: TestClient, accepted: Any) -> None:
    dialog, agent = accepted
    path, headers = f"/v1/dialogs/{dialog}/messages", shop.as_(agent, idempotency_key="order-1")
    first, again = (http.post(path, headers=headers, json={"body": "On its way"}) for _ in range(2))
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    kinds = [one.event.kind for one in shop.store.log.read(0, 5000, stream=f"dialog-{dialog}")]
    assert kinds.count("dialog.message_sent") == 1
    post(shop, http, agent, f"{dialog}/close")


def test_a_key_is_its_owners_and_its_addresses(shop: Office, http: TestClient, accepted: Any) -> None:
    dialog, agent = accepted
    key = {"idempotency_key": "k"}
    mine = post(shop, http, agent, f"{dialog}/messages", {"body": "One"}, **key)
    theirs = post(shop, http, "vera", f"{dialog}/messages", {"body": "Two"}, **key)
    note = post(shop, http, agent, f"{dialog}/notes", {"body": "Three"}, **key)
    assert len({mine["position"], theirs["position"], note["position"]}) == 3
    post(shop, http, agent, f"{dialog}/close")


def test_a_key_stands_for_one_request(shop: Office, http: TestClient, accepted: Any) -> None:
    dialog, agent = accepted
    path = f"/v1/dialogs/{dialog}/messages"
    headers = shop.as_(agent, idempotency_key="order-2")
    first = http.post(path, headers=headers, json={"body": "On its way"})
    other = http.post(path, headers=headers, json={"body": "Not on its way"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")
    russian = http.post(path, headers={**headers, "accept-language": "ru"}, json={"body": "Lost"}).json()["error"]
    assert russian["sentence"] == "С этим ключом уже был другой запрос; возьмите новый ключ."
    assert http.post(path, headers=headers, json={"body": "On its way"}).json() == first.json()
    kinds = [one.event.kind for one in shop.store.log.read(0, 5000, stream=f"dialog-{dialog}")]
    assert kinds.count("dialog.message_sent") == 1
    post(shop, http, agent, f"{dialog}/close")


def test_a_refusal_is_repeated_too(shop: Office, http: TestClient, accepted: Any) -> None:
    dialog, agent = accepted
    post(shop, http, agent, f"{dialog}/close")
    headers = shop.as_(agent, idempotency_key="late")
    refusals = [http.post(f"/v1/dialogs/{dialog}/messages", headers=headers, json={"body": "x"}) for _ in range(2)]
    assert [one.status_code for one in refusals] == [409, 409]
    assert refusals[0].json() == refusals[1].json()
    assert refusals[0].json()["error"]["code"] == "dialog_closed"


def test_the_life_of_a_dialog(shop: Office, http: TestClient) -> None:
    dialog = shop.hears("I want my money back", customer="life", name="Lena")
    shop.settle()
    offer, agent = offered(shop, http, dialog)
    other = "boris" if agent == "anna" else "anna"
    stolen = http.post(f"/v1/dialogs/{dialog}/accept", headers=shop.as_(other), json={"offer": offer})
    assert (stolen.status_code, stolen.json()["error"]["code"]) == (403, "not_your_offer")
    post(shop, http, agent, f"{dialog}/decline", {"offer": offer})
    post(shop, http, "vera", f"{dialog}/take", {"agent": agent})
    post(shop, http, agent, f"{dialog}/notes", {"body": "Angry."})
    post(shop, http, agent, f"{dialog}/hold", {"reason": "bank"})
    post(shop, http, agent, f"{dialog}/unhold")
    post(shop, http, agent, f"{dialog}/tags", {"add": ["refund", "late"], "remove": ["late"]})
    post(shop, http, agent, f"{dialog}/topic", {"topic": "Refund"})
    post(shop, http, agent, f"{dialog}/priority", {"priority": 5})
    moved = post(shop, http, agent, f"{dialog}/transfer", {"to": {"kind": "agent", "id": other}, "comment": "yours"})
    row = http.get(f"/v1/dialogs/{dialog}?wait_for={moved['position']}", headers=shop.as_("anna")).json()["dialog"]
    assert (row["assignee"], row["tags"], row["topic"], row["priority"]) == (other, ["refund"], "Refund", 5)
    assert (row["customer_name"], row["last_text"]) == ("Lena", "I want my money back")
    closed = post(shop, http, other, f"{dialog}/close")
    again = post(shop, http, other, f"{dialog}/close")
    assert (closed["outcome"], again["outcome"]) == ("closed", "unchanged")
    assert again["position"] >= closed["position"]


def test_the_events_of_a_dialog_tell_why_it_went_where_it_went(shop: Office, http: TestClient) -> None:
    dialog = shop.hears("Hello", customer="why")
    shop.settle()
    answer = http.get(f"/v1/dialogs/{dialog}/events", headers=shop.as_("anna")).json()
    decision = next(one for one in answer["events"] if one["type"] == "dialog.routing_decided")
    assert decision["data"]["algorithm"] == "least_busy"
    assert {one["agent"] for one in decision["data"]["candidates"]} == {"anna", "boris"}
    received = next(one for one in answer["events"] if one["type"] == "dialog.message_received")
    assert set(received["data"]["body"]) == {"sealed"}
    rest = http.get(f"/v1/dialogs/{dialog}/events?after={answer['next']}", headers=shop.as_("anna")).json()
    assert rest["events"] == []


def test_pages_of_a_list_are_the_list(shop: Office, http: TestClient) -> None:
    made = {shop.hears("Hi", customer=f"page-{number}") for number in range(7)}
    shop.settle()
    for sort in ("last_activity", "started", "waiting", "priority", "deadline"):
        seen, cursor = [], ""
        while True:
            path = f"/v1/dialogs?list=open&sort={sort}&limit=3{cursor}"
            page = http.get(path, headers=shop.as_("vera")).json()
            seen += [row["dialog"] for row in page["dialogs"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == page["counters"]["open"], sort
        assert made <= set(seen)


def test_my_lists_are_mine(shop: Office, http: TestClient, accepted: Any) -> None:
    dialog, agent = accepted
    other = "boris" if agent == "anna" else "anna"
    shop.settle()
    mine = http.get("/v1/dialogs?list=my", headers=shop.as_(agent)).json()
    theirs = http.get("/v1/dialogs?list=my", headers=shop.as_(other)).json()
    led = http.get(f"/v1/dialogs?list=my&agent={agent}", headers=shop.as_("vera")).json()
    assert dialog in [row["dialog"] for row in mine["dialogs"]]
    assert dialog not in [row["dialog"] for row in theirs["dialogs"]]
    assert [row["dialog"] for row in led["dialogs"]] == [row["dialog"] for row in mine["dialogs"]]
    assert mine["counters"]["my"] == len(mine["dialogs"])


@pytest.mark.requirement("E10")
def test_what_an_edited_or_deleted_message_said_before_can_still_be_read(shop: Office, http: TestClient) -> None:
    dialog = shop.hears("helo", customer="editor")
    for body in ("hello", "Hello!", None):
        change = ChangeReceived(channel="tg", external_key="editor-1", sender_key="editor", body=body)
        position = shop.store.do(change).position
    path = f"/v1/dialogs/{dialog}/messages?wait_for={position}"
    entries = http.get(path, headers=shop.as_("anna")).json()["messages"]
    (said,) = [one for one in entries if one["what"] == "message"]
    assert [one["body"] for one in said["before"]] == ["helo", "hello"]
    assert (said["body"], said["edited_at"] is not None, said["deleted_at"] is not None) == ("Hello!", True, True)
    page = http.get(f"/v1/dialogs/{dialog}/messages", headers=shop.as_("anna")).text
    assert "sealed" not in page


@pytest.fixture
def carla(shop: Office) -> str:
    """An agent of no group."""
    shop.store.do(SetAgent(agent="carla", name="Carla"))
    shop.employ("carla", "agent")
    return "carla"


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("messages", {"body": "Mine"}), ("notes", {"body": "Mine"}), ("hold", {}), ("unhold", {}), ("tags", {"add": ["a"]}),
    ("topic", {"topic": "a"}), ("priority", {"priority": 1}), ("close", {}), ("close", {"cause": "spam"}),
]  # fmt: skip


def test_an_agent_of_no_group_does_nothing_to_others_dialogs(
    shop: Office, http: TestClient, accepted: Any, carla: str
) -> None:
    dialog, agent = accepted
    other = "boris" if agent == "anna" else "anna"
    for act, body in ACTS:
        refused = http.post(f"/v1/dialogs/{dialog}/{act}", headers=shop.as_(carla, accept_language="ru"), json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_your_dialog"), act
        assert "руководитель" in refused.json()["error"]["sentence"]
    for who in (agent, other, "vera", "root"):
        post(shop, http, who, f"{dialog}/notes", {"body": "Ours"})
    post(shop, http, agent, f"{dialog}/transfer", {"to": {"kind": "agent", "id": carla}})
    post(shop, http, carla, f"{dialog}/messages", {"body": "Mine now"})
    refused = http.post(f"/v1/dialogs/{dialog}/messages", headers=shop.as_(agent), json={"body": "Still mine?"})
    assert refused.json()["error"]["code"] == "not_your_dialog"
    post(shop, http, carla, f"{dialog}/close")
    post(shop, http, carla, f"{dialog}/notes", {"body": "Done."})


WRONG_WORDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("messages", {"body": " \n"}, "body", "text_required"),
    ("messages", {"body": "x" * 4097}, "body", "too_long"),
    ("tags", {"add": ["good", "  "]}, "add.1", "text_required"),
    ("topic", {"topic": ""}, "topic", "text_required"),
    ("topic", {"topic": " "}, "topic", "text_required"),
]


@pytest.mark.parametrize(("act", "body", "field", "code"), WRONG_WORDS)
def test_blank_and_too_long_words_are_refused_whole(
    shop: Office, http: TestClient, accepted: Any, act: str, body: dict[str, Any], field: str, code: str
) -> None:
    dialog, agent = accepted
    refused = http.post(f"/v1/dialogs/{dialog}/{act}", headers=shop.as_(agent), json=body)
    assert refused.status_code == 422
    assert [(one["field"], one["code"]) for one in refused.json()["error"]["detail"]["problems"]] == [(field, code)]
    kinds = {one.event.kind for one in shop.store.log.read(0, 5000, stream=f"dialog-{dialog}")}
    assert not kinds & {"dialog.message_sent", "dialog.tag_added", "dialog.topic_set"}
    post(shop, http, agent, f"{dialog}/close")
