"""Who is there, by the API: signs of life, leaving and coming back, groups that end, and the list of alerts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from domain.desk.administration import SetAgent, SetPresence
from domain.desk.answering import TakeDialog
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from domain.desk.intake import ReceiveMessage
from tests.adapters.http.door import Office, client_of, office


@pytest.fixture
def shop() -> Iterator[Office]:
    """Its own for each test: what they do to agents is for good."""
    with office(presence_lease=45) as made:
        made.open_shop()
        made.settle()
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        yield client


def denied(shop: Office) -> list[tuple[str, dict[str, Any]]]:
    """Who was refused what, by the record."""
    lanes = shop.store.rows("SELECT DISTINCT lane FROM parley.event WHERE kind = 'access.access_denied'")
    log = [one for (lane,) in lanes for one in shop.store.log.read(0, 1000, lane=lane)]
    return [(one.meta.actor.id, one.event.model_dump(exclude={"kind"})) for one in log]


class TestSignsOfLife:
    @pytest.mark.requirement("F13")
    def test_are_believed_for_the_lease_of_the_installation_and_leave_no_trace(
        self, shop: Office, http: TestClient
    ) -> None:
        traces = "SELECT (SELECT count(*) FROM parley.event), (SELECT count(*) FROM parley.command_result)"
        before = shop.store.rows(traces)
        headers = shop.as_("anna", idempotency_key="once")
        answers = [http.post("/v1/agents/anna/heartbeat", headers=headers).json() for _ in range(2)]
        assert [(one["outcome"], one["presence"], one["lease"]) for one in answers] == [("heard", "ready", 45)] * 2
        assert answers[0]["until"] < answers[1]["until"], "the same key again is another sign of life"
        assert shop.store.rows(traces) == before
        ((left,),) = shop.store.rows(
            "SELECT extract(epoch FROM check_at - clock_timestamp()) FROM parley.timer WHERE stream = 'agent-anna'"
        )
        assert 0 < left <= 45

    @pytest.mark.requirement("L09")
    def test_of_somebody_else_are_a_supervisors_and_an_attempt_is_recorded(
        self, shop: Office, http: TestClient
    ) -> None:
        path = "/v1/agents/boris/heartbeat"
        assert http.post(path, headers=shop.as_("anna")).status_code == 403
        assert denied(shop) == [("anna", {"operation": "presence.set", "object": path})]
        assert http.post(path, headers=shop.as_("vera")).status_code == 200

    def test_of_nobody_are_refused(self, shop: Office, http: TestClient) -> None:
        answer = http.post("/v1/agents/nobody/heartbeat", headers=shop.as_("root"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "agent_unknown")


class TestLeaving:
    @pytest.mark.requirement("F14")
    def test_gives_every_dialog_away_and_coming_back_is_another_act(self, shop: Office, http: TestClient) -> None:
        dialogs = [shop.hears("Hello", customer=f"customer-{n}") for n in range(3)]
        for dialog in dialogs:
            shop.store.do(TakeDialog(dialog=dialog, agent="anna", by="anna", force=True))
        left = http.post("/v1/agents/anna/deactivate", headers=shop.as_("root"))
        assert (left.status_code, left.json()["outcome"]) == (200, "deactivated")
        position = shop.settle()
        shown = http.get("/v1/agents/anna", headers=shop.as_("vera"), params={"wait_for": position}).json()["agent"]
        assert (shown["active"], shown["dialogs"], shown["load"]) == (False, 0, 0)
        for dialog in dialogs:
            kinds = [one.event.kind for one in shop.store.log.stream("acme", f"dialog-{dialog}")]
            assert kinds.count("dialog.released") == 1
            assert kinds[-1] == "dialog.offers_made"
        declared = http.put("/v1/agents/anna/presence", headers=shop.as_("anna"), json={"presence": "ready"})
        assert (declared.status_code, declared.json()["error"]["code"]) == (409, "agent_deactivated")
        again = http.post("/v1/agents/anna/reactivate", headers=shop.as_("root"))
        assert again.json()["outcome"] == "reactivated"

    @pytest.mark.requirement("L09")
    @pytest.mark.parametrize("who", ["anna", "vera"])
    def test_is_decided_by_an_administrator_and_an_attempt_is_recorded(
        self, shop: Office, http: TestClient, who: str
    ) -> None:
        path = "/v1/agents/boris/deactivate"
        assert http.post(path, headers=shop.as_(who)).status_code == 403
        assert denied(shop) == [(who, {"operation": "agents.activate", "object": path})]


class TestTheEndOfAGroup:
    @pytest.mark.requirement("F19")
    def test_is_refused_with_the_list_of_channels_while_one_sends_to_it(self, shop: Office, http: TestClient) -> None:
        answer = http.post("/v1/groups/first/archive", headers=shop.as_("vera"))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (409, "in_use")
        assert (error["detail"]["channels"], error["detail"]["groups"]) == (["tg"], [])
        assert error["sentence"] == "The group is still used by channels tg."
        russian = http.post("/v1/groups/first/archive", headers=shop.as_("vera", accept_language="ru"))
        assert russian.json()["error"]["sentence"].startswith("На это ещё ссылаются каналы или группы")

    @pytest.mark.requirement("F19")
    def test_comes_when_nobody_does(self, shop: Office, http: TestClient) -> None:
        made = http.put("/v1/groups/spare", headers=shop.as_("vera"), json={"name": "Spare"})
        assert made.status_code == 200
        answer = http.post("/v1/groups/spare/archive", headers=shop.as_("vera")).json()
        assert answer["outcome"] == "archived"
        params = {"wait_for": answer["position"]}
        shown = http.get("/v1/groups/spare", headers=shop.as_("vera"), params=params).json()
        assert shown["group"]["archived"]


class TestAlerts:
    @pytest.mark.requirement("A27")
    def test_tell_of_a_channel_whose_receiver_is_gone_and_end_when_he_is_back(
        self, shop: Office, http: TestClient
    ) -> None:
        self.sends_to_olga(shop)
        http.post("/v1/agents/olga/deactivate", headers=shop.as_("root"))
        arrived = {"provider": "telegram", "external_key": "m", "provider_id": "1", "sender_key": "i", "sender_id": "i"}
        dialog = shop.store.do(ReceiveMessage(channel="hers", body="Hello", **arrived)).answer["dialog"]
        assert self.open(shop, http) == [("unrouted", dialog), ("receiver_invalid", "hers")]
        http.post("/v1/agents/olga/reactivate", headers=shop.as_("root"))
        assert self.open(shop, http) == []
        everything = http.get("/v1/alerts", headers=shop.as_("vera"), params={"all": True}).json()["alerts"]
        assert [one["cleared_at"] is not None for one in everything] == [True, True]
        first = http.get("/v1/alerts", headers=shop.as_("vera"), params={"all": True, "limit": 1}).json()
        rest = {"all": True, "before": first["next"]}
        then = http.get("/v1/alerts", headers=shop.as_("vera"), params=rest).json()
        assert (first["alerts"] + then["alerts"], then["next"]) == (everything, None)

    def test_are_for_who_leads(self, shop: Office, http: TestClient) -> None:
        assert http.get("/v1/alerts", headers=shop.as_("anna")).status_code == 403

    def sends_to_olga(self, shop: Office) -> None:
        shop.store.do(SetAgent(agent="olga", name="Olga"))
        shop.store.do(SetPresence(agent="olga", to="ready"))
        shop.store.do(CreateChannel(channel="hers", kind="telegram", name="Hers"))
        shop.store.do(VerifyChannel(channel="hers", bot_name="Hers", external_id="43", fingerprint="g"))
        settings = {"receiver": {"kind": "agent", "id": "olga"}, "auto_close": {"value": 1, "unit": "hours"}}
        shop.store.do(SaveChannel(channel="hers", changes=settings, account_key="43"))

    def open(self, shop: Office, http: TestClient) -> list[tuple[str, str]]:
        params = {"wait_for": shop.settle()}
        alerts = http.get("/v1/alerts", headers=shop.as_("vera"), params=params).json()["alerts"]
        return [(one["alert"], one["subject"]) for one in alerts]


@pytest.mark.requirement("L09")
@pytest.mark.parametrize(
    ("method", "path", "body", "operation"),
    [
        ("PUT", "/v1/agents/boris/presence", {"presence": "away"}, "presence.set"),
        ("POST", "/v1/dialogs/any/take", {"agent": "boris"}, "dialogs.act"),
        ("POST", "/v1/dialogs/any/take", {"force": True}, "dialogs.act"),
        ("POST", "/v1/groups/first/archive", {}, "groups.set"),
        ("POST", "/v1/agents/anna/reactivate", {}, "agents.activate"),
        ("GET", "/v1/alerts", None, "alerts.read"),
    ],
)
def test_whatever_an_agent_tries_beyond_his_own_is_recorded(
    shop: Office, http: TestClient, method: str, path: str, body: dict[str, Any] | None, operation: str
) -> None:
    before = len(shop.store.log.read(0, 1000))
    assert http.request(method, path, headers=shop.as_("anna"), json=body).status_code == 403
    assert denied(shop) == [("anna", {"operation": operation, "object": path})]
    assert len(shop.store.log.read(0, 1000)) == before


@pytest.mark.requirement("L09")
def test_so_is_what_he_tries_with_anothers_dialog(shop: Office, http: TestClient) -> None:
    shop.store.do(SetAgent(agent="dora", name="Dora"))
    shop.employ("dora", "agent")
    path = f"/v1/dialogs/{shop.hears('Hello', customer='anothers')}/hold"
    assert http.post(path, headers=shop.as_("dora"), json={}).json()["error"]["code"] == "not_your_dialog"
    assert denied(shop) == [("dora", {"operation": "dialogs.act", "object": path})]
    assert [one for one in shop.store.log.read(0, 1000) if one.meta.actor.id == "dora"] == []
