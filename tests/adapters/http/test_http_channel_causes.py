"""Every change of a channel's state over HTTP: what it was, what it became, who and what caused it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.http import causes
from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain import channel as fact
from domain.desk.channels import CreateChannel
from domain.desk.waking import WakeDialog
from domain.desk.world import World
from domain.recorded import Actor, Event
from tests.adapters.http.door import Office, client_of, office
from tests.connections import connects
from tests.store import TENANT

ANNA = {"kind": "agent", "id": "anna"}


@dataclass(frozen=True)
class Happens:
    """An event of a channel that comes from elsewhere in the engine."""

    channel: str
    event: Event


def happens(world: World, command: Happens) -> dict[str, Any]:
    world.record(f"channel-{command.channel}", command.event)
    return {}


@dataclass
class Asked:
    shop: Office
    http: TestClient

    def history(self, channel: str = "tg", language: str = "en") -> dict[str, dict[str, Any]]:
        """The newest row of each kind."""
        self.shop.settle()
        sent = self.shop.as_("vera", accept_language=language)
        rows = self.http.get(f"/v1/channels/{channel}/history?limit=200", headers=sent).json()["history"]
        return {row["kind"].removeprefix("channel."): row for row in reversed(rows)}

    def post(self, path: str, body: Any = None, who: str = "root") -> Any:
        return self.http.post(f"/v1/channels/{path}", headers=self.shop.as_(who), json=body).json()

    def happens(self, event: Event, causation: str | None = None) -> None:
        executor = Executor(self.shop.store.database, self.shop.store.vault, handlers={Happens: happens})
        try:
            executor.execute(Request(tenant=TENANT, command=Happens("tg", event), causation_id=causation))
        finally:
            executor.close()


@pytest.fixture
def asked() -> Iterator[Asked]:
    with office() as shop:
        shop.open_shop()
        with client_of(shop) as http:
            yield Asked(shop, http)


@pytest.mark.requirement("L01", "L06")
def test_connecting_is_told_step_by_step(asked: Asked) -> None:
    rows = asked.history()
    steps = {kind: (row["state_before"], row["state_after"]) for kind, row in rows.items()}
    assert steps == {
        "created": ("unknown", "draft"),
        "token_verified": ("draft", "verified"),
        "settings_changed": ("verified", "verified"),
        "connected": ("verified", "connected"),
    }
    assert rows["connected"]["cause"]["sentence"] == "The first Save of engine connected it"
    assert rows["settings_changed"]["cause"] == {}


@pytest.mark.requirement("L01", "A16", "A18")
def test_a_disconnection_names_who_asked_and_who_confirmed(asked: Asked) -> None:
    first = asked.post("tg/disconnect")["consent_id"]
    asked.post("tg/disconnect", {"consent": first, "decline": True})
    assert asked.history()["disconnect_cancelled"]["cause"]["requested_by"] == "root"
    consent = asked.post("tg/disconnect")["consent_id"]
    asked.post("tg/disconnect", {"consent": consent})
    rows = asked.history()
    row, request = rows["disconnected"], rows["disconnect_requested"]
    assert (row["state_before"], row["state_after"]) == ("connected", "disconnected")
    assert (row["cause"]["consent_id"], row["cause"]["requested_position"]) == (consent, request["position"])
    assert row["cause"]["requested_at"] == request["recorded_at"]
    assert row["cause"]["sentence"].startswith("Requested by root at ")
    assert row["cause"]["sentence"].endswith("confirmed by root")
    assert "подтвердил root" in asked.history(language="ru")["disconnected"]["cause"]["sentence"]


@pytest.mark.requirement("D18", "L01")
def test_superseding_names_the_other_channel_and_whose_save_it_was(asked: Asked) -> None:
    connector = asked.shop.app.state.connector
    rita = Actor(kind="manager", id="rita")
    for name in ("a", "b"):
        asked.shop.store.do(CreateChannel(channel=name, kind="avito"))
        for step in connects(name, "avito", account="flats"):
            asked.shop.store.do(step)
        changes = {"receiver": ANNA, "auto_close": {"value": 1, "unit": "days"}}
        asked.shop.store.do(connector.save_command(TENANT, name, changes), actor=rita)
    row = asked.history("a")["superseded"]
    assert (row["state_before"], row["state_after"]) == ("connected", "superseded")
    assert (row["cause"]["by_channel"], row["actor"], row["command"]) == ("b", "rita", "SaveChannel")
    assert row["cause"]["sentence"] == "rita connected the same account in channel b"
    assert row["command_id"] == asked.history("b")["connected"]["command_id"]


@pytest.mark.requirement("L01", "L06", "B05")
def test_trouble_names_its_reason_and_the_event_that_led_to_it(asked: Asked) -> None:
    asked.shop.hears("Hello")
    cause = asked.shop.settle()
    led = asked.shop.store.log.read(cause - 1, 1)[0]
    asked.happens(fact.Degraded(cause="authorisation"), f"position:{cause}")
    asked.happens(fact.Recovered())
    rows = asked.history()
    degraded, recovered = rows["degraded"], rows["recovered"]
    assert (degraded["state_after"], recovered["state_after"]) == ("degraded", "connected")
    following = degraded["cause"]["following"]
    assert (following["position"], following["stream"], following["kind"]) == (cause, led.stream, led.event.kind)
    assert following["actor"] == led.meta.actor.id
    assert degraded["cause"]["sentence"].startswith("The provider refused our credentials, after dialog.")
    assert (recovered["cause"]["since"], recovered["cause"]["cause"]) == (degraded["recorded_at"], "authorisation")
    assert degraded["actor"] == "engine"


@pytest.mark.requirement("L02", "L10", "L01")
def test_the_history_is_taken_away_as_a_sheet_or_as_lines(asked: Asked) -> None:
    sent = asked.shop.as_("root", if_match="*")
    changes = {"closing_message": "=cmd|' /C calc'!A0\nsecond line", "priority": 2}
    assert asked.http.put("/v1/channels/tg/settings", headers=sent, json=changes).status_code == 200

    def export(query: str, who: str = "vera") -> Any:
        return asked.http.get(f"/v1/channels/tg/history/export?{query}", headers=asked.shop.as_(who))

    answer = export("field=priority&user=root")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "tg-history.csv" in answer.headers["content-disposition"]
    sheet = list(csv.DictReader(StringIO(answer.text, newline="")))
    assert [(row["field"], row["new"], row["actor"]) for row in sheet] == [
        ("closing_message", "'" + changes["closing_message"], "root"), ("priority", "2", "root")
    ]  # fmt: skip
    lines = [json.loads(line) for line in export("format=jsonl").text.splitlines()]
    assert [row["version"] for row in lines] == [1, 2, 3, 4, 5]
    assert lines[-1]["changes"][0]["new"] == changes["closing_message"]
    assert [
        json.loads(line)["version"] for line in export(f"format=jsonl&since={lines[-1]['position']}").text.splitlines()
    ] == [5]
    for query, status in (("format=xml", 422), ("since=v1", 422), ("since=soon", 422), ("limit=1", 422)):
        assert export(query).status_code == status, query
    assert export("", who="anna").status_code == 403
    assert asked.http.get("/v1/channels/tg/history/export").status_code == 401
    assert asked.http.get("/v1/channels/none/history/export", headers=asked.shop.as_("vera")).status_code == 404


@pytest.mark.requirement("A24", "D20")
def test_keyed_hashes_are_no_part_of_the_history(asked: Asked) -> None:
    for row in asked.history().values():
        assert not {"account_key", "account_keys", "state"} & set(row["facts"])


def test_every_sentence_is_said_in_both_languages_with_the_same_facts() -> None:
    import string

    def facts(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for name, (english, russian) in {**causes.SENTENCES, "following": causes.FOLLOWING}.items():
        assert facts(english) == facts(russian), name
        assert english.isascii(), name
        assert not russian.isascii(), name


class Ahead:
    """The engine's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    def clock(self, now: datetime) -> datetime:
        return now + self.by


@pytest.mark.requirement("L01", "G13")
def test_a_change_of_the_period_tells_how_many_dialogs_it_has_closed() -> None:
    """Who changed the period, from where, and how many dialogs did it close: one call."""
    ahead = Ahead()
    with office(clock=ahead.clock) as shop:
        shop.open_shop()
        with client_of(shop) as http:
            for number in range(3):
                shop.hears("Hello", customer=f"c{number}")
            sent = shop.as_("root", if_match="*")
            hour = {"auto_close": {"value": 1, "unit": "hours"}}
            assert http.put("/v1/channels/tg/settings", headers=sent, json=hour).status_code == 200
            ahead.by = timedelta(hours=2)
            for dialog in [one.entity for one in shop.store.log.read(0, 500) if one.event.kind == "dialog.opened"]:
                shop.store.do(WakeDialog(dialog=dialog))
            http.put("/v1/channels/tg/settings", headers=sent, json={"auto_close": {"value": 2, "unit": "hours"}})
            shop.settle()
            path = "/v1/channels/tg/history?field=auto_close"
            rows = http.get(f"{path}&effects=true", headers=shop.as_("vera")).json()["history"]
            assert [(row["actor"], row["ip"], row["closed_idle"]) for row in rows] == [
                ("root", "testclient", 0), ("root", "testclient", 3), ("engine", None, 0)
            ]  # fmt: skip
            plain = http.get(path, headers=shop.as_("vera")).json()["history"]
            assert {row["closed_idle"] for row in plain} == {None}
