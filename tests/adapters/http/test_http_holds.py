"""Holding a dialog over HTTP: only until a moment that comes, and that every reader can name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.store.database import Database
from adapters.views.rebuild import rebuild
from domain.desk import answering
from domain.dialog import commands as ask
from tests.adapters.http.door import Office


def hold(shop: Office, http: TestClient, dialog: str, until: Any) -> Any:
    return http.post(f"/v1/dialogs/{dialog}/hold", headers=shop.as_("vera"), json={"until": until})


def refusal(response: Any) -> tuple[int, str, str]:
    error = response.json()["error"]
    (problem,) = error["detail"]["problems"]
    return response.status_code, problem["field"], problem["code"]


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def dialog(shop: Office) -> str:
    return shop.hears("Wait for me", customer="patient")


NO_TIMES = [
    "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+14:00", "2027-01-01T00:00:00", "2027-01-01", "soon", "", 0,
    1_900_000_000, 1.5, True, [], {},
]  # fmt: skip


@pytest.mark.parametrize("until", NO_TIMES)
def test_what_is_no_moment_with_an_offset_is_refused(
    shop: Office, http: TestClient, dialog: str, until: object
) -> None:
    assert refusal(hold(shop, http, dialog, until)) == (422, "until", "bad_time")


@pytest.mark.parametrize(
    "until",
    ["9999-12-31T00:00:00Z", "2020-01-01T00:00:00Z", in_days(-0.01), in_days(365.1)],
    ids=["the last day", "2020", "just past", "a year and a bit"],
)
def test_a_moment_that_is_past_or_more_than_a_year_away_is_refused(
    shop: Office, http: TestClient, dialog: str, until: str
) -> None:
    assert refusal(hold(shop, http, dialog, until)) == (422, "until", "out_of_range")
    assert http.get("/v1/dialogs", headers=shop.as_("vera")).status_code == 200


def test_the_refusal_names_the_range_in_both_languages(shop: Office, http: TestClient, dialog: str) -> None:
    path, asked = f"/v1/dialogs/{dialog}/hold", {"until": "2020-01-01T00:00:00Z"}
    told = [
        http.post(path, headers=shop.as_("vera", accept_language=one), json=asked).json()["error"]["sentence"]
        for one in ("en", "ru")
    ]
    assert told[0] == "until must lie ahead, at most 365 days."
    assert told[1] == "until: нужен момент в будущем, не дальше 365 дней от нынешнего."


def test_an_offset_is_brought_to_utc(shop: Office, http: TestClient, dialog: str) -> None:
    there = (datetime.now(UTC) + timedelta(hours=5)).astimezone(timezone(timedelta(hours=5.5))).isoformat()
    done = hold(shop, http, dialog, there).json()
    (held,) = [
        one for one in shop.store.log.read(0, 5000, stream=f"dialog-{dialog}") if one.event.kind == "dialog.held"
    ]
    assert held.event.until == datetime.fromisoformat(there)  # type: ignore[attr-defined]
    assert held.event.until.utcoffset() == timedelta(0)  # type: ignore[attr-defined]
    row = http.get(f"/v1/dialogs/{dialog}?wait_for={done['position']}", headers=shop.as_("vera")).json()["dialog"]
    assert datetime.fromisoformat(row["hold_until"]) == held.event.until  # type: ignore[attr-defined]
    http.post(f"/v1/dialogs/{dialog}/unhold", headers=shop.as_("vera"))


@pytest.fixture
def no_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if an older release had let any moment pass."""
    monkeypatch.setattr(answering, "_must_lie_ahead", lambda world, until: None)
    yield


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_no_reader_can_name_does_not_end_the_lists(
    shop: Office, http: TestClient, no_rule: None, until: str
) -> None:
    dialog = shop.hears("Wait for ever", customer=f"for {until}")
    wanted = answering.TellDialog(dialog=dialog, command=ask.Hold(until=datetime.fromisoformat(until)))
    shop.store.do(wanted)
    shop.settle()
    for _ in range(2):
        for path in ("", f"/{dialog}", f"/{dialog}/messages", f"/{dialog}/events", "?list=overdue", "?sort=deadline"):
            assert http.get(f"/v1/dialogs{path}", headers=shop.as_("vera")).status_code == 200, path
        rebuild(Database(shop.store.owner_dsn), "inbox")
    assert shop.store.do(answering.CloseDialog(dialog=dialog)).answer["outcome"] == "closed"
