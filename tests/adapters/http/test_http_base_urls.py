"""Another address than the provider's own: a public one over TLS, and there is always a way back from a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.channels import base_urls
from adapters.doubles.telegram import TelegramDouble
from tests.adapters.http.door import Office, client_of, office

NOBODY = "http://127.0.0.1:9"
FIRST = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 6, "unit": "hours"}}


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


def save(shop: Office, http: TestClient, channel: str, **changes: Any) -> Any:
    return http.put(f"/v1/channels/{channel}/settings", headers=shop.as_("root", if_match="*"), json=changes)


def verify(shop: Office, http: TestClient, channel: str, token: str) -> Any:
    return http.post(f"/v1/channels/{channel}/verify", headers=shop.as_("root"), json={"token": token})


REFUSED = [
    ("file:///etc/passwd", "bad_url"),
    ("javascript:alert(1)", "bad_url"),
    ("mail://127.0.0.1?imap=143", "bad_url"),
    ("https://", "bad_url"),
    ("https://user:word@api.example", "bad_url"),
    ("https://api.example/?a=b", "bad_url"),
    ("https://api.example/#a", "bad_url"),
    ("https://api.example:99999", "bad_url"),
    ("https://api.example\\@127.0.0.1", "bad_url"),
    ("https://93.184.215.14/" + "x" * 500, "bad_url"),
    ("", "bad_url"),
    (5, "bad_url"),
    ("http://93.184.215.14", "url_not_https"),
    ("https://127.0.0.1", "url_not_public"),
    ("https://localhost:8443", "url_not_public"),
    ("https://10.1.2.3", "url_not_public"),
    ("https://169.254.169.254", "url_not_public"),
    ("https://[::1]", "url_not_public"),
    ("https://[::ffff:10.0.0.1]", "url_not_public"),
]


@pytest.mark.parametrize(("url", "code"), REFUSED)
def test_our_token_goes_to_public_addresses_over_tls_only(
    shop: Office, http: TestClient, url: object, code: str
) -> None:
    for where in (save(shop, http, "tg", base_url=url), preview(shop, http, url)):
        problems = where.json()["error"]["detail"]["problems"]
        assert (where.status_code, problems[0]["field"], problems[0]["code"]) == (422, "base_url", code)


def preview(shop: Office, http: TestClient, url: object) -> Any:
    path = "/v1/channels/tg/settings/preview"
    return http.post(path, headers=shop.as_("root"), json={"changes": {"base_url": url}})


def test_a_public_one_may_be_named(shop: Office, http: TestClient) -> None:
    assert save(shop, http, "tg", base_url="https://93.184.215.14/telegram").json()["outcome"] == "saved"
    assert save(shop, http, "tg", base_url=None).json()["outcome"] == "saved"


def test_a_name_that_leads_inside_later_is_not_called(
    shop: Office, http: TestClient, telegram: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"channel": "moving", "kind": "telegram"}
    assert http.post("/v1/channels", headers=shop.as_("root"), json=made).status_code == 201
    with monkeypatch.context() as before:
        before.setattr(base_urls, "_resolved", lambda url: "93.184.215.14")
        assert save(shop, http, "moving", base_url="https://localhost:8443").json()["outcome"] == "saved"
    refused = verify(shop, http, "moving", telegram.token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "provider_unavailable")
    assert "base_url" in refused.json()["error"]["sentence"]


@pytest.mark.requirement("A21")
def test_a_dead_address_can_be_changed_before_anything_is_checked(
    shop: Office, http: TestClient, telegram: TelegramDouble
) -> None:
    connector = shop.app.state.connector
    object.__setattr__(connector, "private_providers", True)
    try:
        http.post("/v1/channels", headers=shop.as_("root"), json={"channel": "lost", "kind": "telegram"})
        assert save(shop, http, "lost", base_url=NOBODY).json()["state"] == "draft"
        assert verify(shop, http, "lost", telegram.token).status_code == 503
        assert save(shop, http, "lost", base_url=telegram.url).json() | {"position": 0} == {
            "outcome": "saved", "channel": "lost", "settings_version": 2, "state": "draft", "position": 0,
        }  # fmt: skip
        assert verify(shop, http, "lost", telegram.token).json()["outcome"] == "verified"
        assert save(shop, http, "lost", **FIRST).json()["state"] == "connected"
        save(shop, http, "lost", base_url=NOBODY)
        asked = http.post("/v1/channels/lost/disconnect", headers=shop.as_("root")).json()
        consent = {"consent": asked["consent_id"]}
        assert http.post("/v1/channels/lost/disconnect", headers=shop.as_("root"), json=consent).status_code == 200
        assert verify(shop, http, "lost", telegram.token).status_code == 503
        assert save(shop, http, "lost", base_url=None, priority=1).json()["error"]["code"] == "not_verified"
        assert save(shop, http, "lost", base_url=None).json()["state"] == "disconnected"
        assert verify(shop, http, "lost", telegram.token).json()["outcome"] == "verified"
        assert save(shop, http, "lost").json()["state"] == "connected"
    finally:
        object.__setattr__(connector, "private_providers", False)
