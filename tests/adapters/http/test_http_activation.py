"""Official WhatsApp over HTTP: a manager types what Meta accepts, and nobody ever sees it again (C03, C04, A24)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.doubles.whatsapp_official import APP_SECRET, NUMBER_ID, PHONE, TOKEN, WABA, WhatsAppDouble
from tests.adapters.http.door import Office, client_of, office

TYPED = {"waba_id": WABA, "access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": "a-word-of-ours"}
HOURS = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 6, "unit": "hours"}}


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppDouble]:
    with WhatsAppDouble(speed=100) as made:
        made.app.strict = True
        yield made


@pytest.fixture
def shop(whatsapp: WhatsAppDouble) -> Iterator[Office]:
    with office(provider_urls={"whatsapp_official": whatsapp.url}) as made:
        made.open_shop()
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as made:
        made.post("/v1/channels", headers=shop.as_("root"), json={"channel": "wa", "kind": "whatsapp_official"})
        yield made


def activate(shop: Office, http: TestClient, who: str = "mia", **changes: str) -> Any:
    body = {"phone_number_id": NUMBER_ID, **TYPED, **changes}
    return http.post("/v1/channels/wa/activate", headers=shop.as_(who), json=body)


@pytest.mark.requirement("C03", "C04")
def test_a_manager_is_shown_the_number_and_an_administrator_connects_it(shop: Office, http: TestClient) -> None:
    answer = activate(shop, http)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["outcome"], answer.json()["phone"]) == ("activated", PHONE)
    saved = http.put("/v1/channels/wa/settings", headers=shop.as_("root", if_match="*"), json=HOURS)
    assert (saved.status_code, saved.json()["state"]) == (200, "connected")


@pytest.mark.requirement("C03")
@pytest.mark.parametrize("who", ["root", "vera", "anna"])
def test_nobody_else_may(whatsapp: WhatsAppDouble, shop: Office, http: TestClient, who: str) -> None:
    answer = activate(shop, http, who)
    assert (answer.status_code, answer.json()["error"]["code"], whatsapp.calls) == (403, "not_allowed", [])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"access_token": "EAAwrong"}, 409, "credentials_rejected"),
        ({"phone_number_id": "999"}, 409, "channel_id_unknown"),
        ({"app_secret": ""}, 422, "required"),
        ({"phone": "+7"}, 422, "unknown_field"),
    ],
)
def test_what_is_wrong_is_told(shop: Office, http: TestClient, changes: dict[str, str], status: int, code: str) -> None:
    answer = activate(shop, http, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.requirement("A24")
def test_nothing_that_was_typed_is_shown_again(shop: Office, http: TestClient) -> None:
    answers = [activate(shop, http, access_token="EAAwrong").text, activate(shop, http).text]
    http.put("/v1/channels/wa/settings", headers=shop.as_("root", if_match="*"), json=HOURS)
    shop.settle()
    for path in ("channels/wa", "channels/wa/history", "channels/wa/settings", "events?limit=200"):
        answers.append(http.get(f"/v1/{path}", headers=shop.as_("root")).text)
    said = " ".join(answers)
    assert not any(secret in said for secret in (TOKEN, APP_SECRET, "a-word-of-ours", "EAAwrong"))
