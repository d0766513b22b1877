"""What a Save would do, asked over HTTP: every refusal of the Save, the dialogs it reaches, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.views import save_preview
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from tests.adapters.http.door import Office, client_of, office
from tests.connections import connects

HOUR, DAY = {"value": 1, "unit": "hours"}, {"value": 1, "unit": "days"}
ANNA = {"kind": "agent", "id": "anna"}


@dataclass
class Asked:
    shop: Office
    http: TestClient

    def preview(self, changes: Any, after: str | None = None, channel: str = "tg", **headers: str) -> Any:
        body = {"changes": changes} | ({"after": after} if after else {})
        path = f"/v1/channels/{channel}/settings/preview"
        return self.http.post(path, headers=self.shop.as_("root", **headers), json=body)

    def save(self, changes: Any, channel: str = "tg") -> Any:
        path = f"/v1/channels/{channel}/settings"
        return self.http.put(path, headers=self.shop.as_("root", if_match="*"), json=changes)


@pytest.fixture
def asked() -> Iterator[Asked]:
    with office() as shop:
        shop.open_shop()
        with client_of(shop) as http:
            yield Asked(shop, http)


@pytest.mark.requirement("G07", "A11")
def test_a_preview_counts_what_a_shorter_period_would_close(asked: Asked) -> None:
    for number in range(5):
        asked.shop.hears("Hello", customer=f"c{number}")
    head = asked.shop.settle()
    before = datetime.now(UTC)
    told = asked.preview({"auto_close": HOUR, "priority": 3}).json()
    assert (told["outcome"], told["settings_version"], told["position"]) == ("would_save", 1, head)
    assert [(row["field"], row["old"], row["new"], row["effect"]) for row in told["changes"]] == [
        ("auto_close", {"value": 12, "unit": "hours"}, HOUR, "recomputed"), ("priority", 0, 3, "none")
    ]  # fmt: skip
    floor = datetime.fromisoformat(told["floor_until"])
    assert before < floor - timedelta(hours=1) < datetime.now(UTC)
    assert told["dialogs"] == {
        "looked_at": 5, "concerned": 5, "due_now": 0, "due_at_floor": 5, "rerouted": 0, "next": None
    }  # fmt: skip
    assert asked.shop.store.log.head() == head


@pytest.mark.requirement("A26")
def test_a_preview_counts_who_would_be_sent_to_the_new_receiver(asked: Asked) -> None:
    for number in range(4):
        asked.shop.hears("Hello", customer=f"c{number}")
    asked.shop.settle()
    dialogs = asked.http.get("/v1/dialogs?list=offered", headers=asked.shop.as_("vera")).json()["dialogs"]
    one, offer = dialogs[0]["dialog"], next(iter(dialogs[0]["offers"].items()))
    path = f"/v1/dialogs/{one}/accept"
    assert asked.http.post(path, headers=asked.shop.as_(offer[1]), json={"offer": offer[0]}).status_code == 200
    told = asked.preview({"receiver": ANNA}).json()
    assert (told["dialogs"]["rerouted"], told["dialogs"]["concerned"], told["dialogs"]["looked_at"]) == (3, 3, 4)
    assert told["floor_until"] is None
    assert told["dialogs"]["due_at_floor"] == 0


@pytest.mark.requirement("A11")
def test_a_preview_is_refused_like_the_save_and_leaves_no_trace(asked: Asked) -> None:
    head = asked.shop.store.log.head()
    wrong = {"auto_close": {"value": 0, "unit": "hours"}, "priority": 99, "colour": 1, "receiver": {"kind": "x"}}
    refused, saved = asked.preview(wrong), asked.save(wrong)
    assert (refused.status_code, refused.json()) == (422, saved.json())
    assert len(refused.json()["error"]["detail"]["problems"]) == 4
    assert asked.preview({"priority": 0}).json()["outcome"] == "unchanged"
    assert asked.preview({"priority": 1}, if_match='"9"').json()["error"]["code"] == "version_conflict"
    assert asked.preview({"priority": 1}, channel="none").status_code == 404
    body = {"changes": {"priority": 1}}
    other = asked.http.post("/v1/channels/tg/settings/preview", headers=asked.shop.as_("vera"), json=body)
    assert other.status_code == 403
    assert asked.shop.store.log.head() == head


@pytest.mark.requirement("D18", "D13")
def test_who_registers_an_account_is_told_which_channel_stops(asked: Asked) -> None:
    do = asked.shop.store.do
    connector = asked.shop.app.state.connector
    for name in ("first", "second"):
        do(CreateChannel(channel=name, kind="avito"))
        for step in connects(name, "avito", account="flats"):
            do(step)
        if name == "first":
            changes = {"receiver": ANNA, "auto_close": DAY}
            command = connector.save_command("acme", name, changes)
            assert isinstance(command, SaveChannel)
            do(command)
    told = asked.preview({"receiver": ANNA, "auto_close": DAY}, channel="second").json()
    assert (told["supersedes"], told["state_before"], told["state_after"]) == (["first"], "verified", "connected")
    asked.shop.settle()
    state = asked.http.get("/v1/channels/first", headers=asked.shop.as_("root")).json()["channel"]["state"]
    assert state == "connected"


@pytest.mark.requirement("D06")
def test_a_token_in_use_is_told_by_the_preview(asked: Asked) -> None:
    connector = asked.shop.app.state.connector
    for name in ("first", "second"):
        asked.shop.store.do(CreateChannel(channel=name, kind="telegram"))
        asked.shop.store.do(VerifyChannel(channel=name, bot_name="Shop", external_id="901", fingerprint="f"))
    changes = {"receiver": ANNA, "auto_close": DAY}
    asked.shop.store.do(connector.save_command("acme", "first", changes))
    refused = asked.preview(changes, channel="second")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "token_in_use")


@pytest.mark.requirement("G07")
def test_many_dialogs_are_counted_in_pages(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        asked.shop.hears("Hello", customer=f"c{number}")
    asked.shop.settle()
    monkeypatch.setattr(save_preview, "PIECE", 2)
    monkeypatch.setattr(save_preview, "MOST", 3)
    counted, after = 0, None
    for pieces in (3, 3, 1):
        told = asked.preview({"auto_close": HOUR}, after=after).json()["dialogs"]
        assert told["looked_at"] == pieces
        counted, after = counted + told["concerned"], told["next"]
    assert (counted, after) == (7, None)


@pytest.mark.requirement("A22", "C14", "A01", "A02")
def test_every_kind_tells_what_it_can_do(asked: Asked) -> None:
    def kinds(language: str) -> dict[str, Any]:
        answer = asked.http.get("/v1/channels/kinds", headers=asked.shop.as_("vera", accept_language=language))
        return {row["kind"]: row for row in answer.json()["kinds"]}

    english, russian = kinds("en"), kinds("ru")
    assert len(english) == 10
    assert {name for name, row in english.items() if "notice" not in row} == {"whatsapp_official", "email"}
    assert {name for name, row in english.items() if "bot" in row["receivers"]} == {"facebook", "whatsapp_official"}
    assert english["whatsapp_official"]["buttons"] == ["save", "cancel", "change_provider"]
    assert russian["telegram"]["notice"].startswith("Сообщения принимаются круглосуточно.")
    assert english["telegram"]["notice"].startswith("Messages are received at any hour.")
    assert [len(row["checklist"]) for row in (english["whatsapp_messagebird"], english["telegram"])] == [2, 0]
    assert russian["whatsapp_messagebird"]["checklist"][0] == "Есть бизнес-аккаунт WhatsApp."
    assert "personal manager" in english["whatsapp_official"]["how_to_connect"]


@pytest.mark.requirement("A22", "A03", "H09")
def test_a_channel_carries_its_notice_its_buttons_and_its_links(asked: Asked) -> None:
    asked.shop.settle()
    shown = asked.http.get("/v1/channels/tg", headers=asked.shop.as_("root", accept_language="ru")).json()
    assert shown["allows"]["notice"].startswith("Сообщения принимаются")
    assert shown["allows"]["buttons"] == ["save", "disconnect"]
    assert shown["links"] == {
        "history": "/v1/channels/tg/history",
        "settings": "/v1/channels/tg/settings",
        "diff": "/v1/channels/tg/settings/diff",
        "distribution": "/v1/groups/first",
    }
    saved = asked.save({"notice": "Other words"})
    assert saved.json()["error"]["code"] == "unknown_field"


def test_no_channel_may_be_called_like_an_address_of_ours(asked: Asked) -> None:
    body = {"channel": "kinds", "kind": "telegram"}
    refused = asked.http.post("/v1/channels", headers=asked.shop.as_("root"), json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_value")


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "priority": st.integers(-1, 10),
        "weight": st.integers(0, 3),
        "auto_close": st.fixed_dictionaries({"value": st.integers(0, 3), "unit": st.sampled_from(["hours", "days"])}),
        "idle_mode": st.sampled_from(["any_side", "waiting_for_customer", "never"]),
        "receiver": st.sampled_from([ANNA, {"kind": "group", "id": "first"}, {"kind": "agent", "id": "nobody"}]),
        "closing_message": st.sampled_from([None, "Bye", "x" * 1001]),
    },
)


@pytest.mark.requirement("A11", "A12", "L07")
def test_a_preview_tells_exactly_what_the_save_then_does(asked: Asked) -> None:
    """And what the Save did is the difference between before and after it."""
    auditor = asked.shop.as_("vera")

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(CHANGES)
    def any_save(changes: dict[str, Any]) -> None:
        head = asked.shop.store.log.head()
        told = asked.preview(changes)
        assert asked.shop.store.log.head() == head
        saved = asked.save(changes)
        if told.status_code != 200:
            assert (saved.status_code, saved.json()) == (told.status_code, told.json())
            return
        outcome = {"saved": "would_save", "unchanged": "unchanged"}[saved.json()["outcome"]]
        assert told.json()["outcome"] == outcome
        found = asked.http.get(f"/v1/channels/tg/settings/diff?from={head}", headers=auditor).json()
        promised = {row["field"]: (row["old"], row["new"]) for row in told.json()["changes"]}
        assert {row["field"]: (row["old"], row["new"]) for row in found["fields"]} == promised
        assert saved.json()["state"] == told.json()["state_after"] == found["state_after"]

    any_save()
