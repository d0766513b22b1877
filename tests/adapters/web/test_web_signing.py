"""Signing in: the token is typed once, the browser keeps a session, and nobody else's page can use it."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.http.tokens import Tokens
from adapters.web import session
from tests.adapters.http.door import Office
from tests.store import TENANT

OWN = {"sec-fetch-site": "same-origin"}


def sign_in(http: TestClient, token: str, **headers: str) -> Any:
    http.cookies.clear()
    return http.post("/login", data={"token": token}, headers=OWN | headers, follow_redirects=False)


def test_without_a_session_there_is_only_the_sign_in_page(http: TestClient) -> None:
    http.cookies.clear()
    for path in ("/", "/agents", "/channels", "/channels/tg/history"):
        response = http.get(path, follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (303, "/login")
    for path in ("/inbox/list", "/inbox/dialog/x", "/live"):
        assert http.get(path, follow_redirects=False).status_code == 401


def test_signing_in_gives_a_session_that_holds_no_token(shop: Office, http: TestClient) -> None:
    token = shop.token("vera")
    response = sign_in(http, f" {token} ")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = response.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert token.split("_", 2)[2] not in cookie
    assert "vera" in http.get("/").text


def test_over_https_the_session_is_secure(shop: Office) -> None:
    https = TestClient(shop.app, base_url="https://parley.test")
    assert "Secure" in sign_in(https, shop.token("vera")).headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "nonsense", "pk_0_0"])
def test_a_wrong_token_is_said_to_be_wrong(http: TestClient, token: str) -> None:
    response = sign_in(http, token)
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert "not valid" in response.text


@pytest.mark.parametrize("path", ["/login", "/logout", "/language"])
@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.test"}, {}],
)
def test_a_form_from_elsewhere_is_refused(shop: Office, http: TestClient, path: str, headers: dict[str, str]) -> None:
    response = http.post(path, data={"token": shop.token("vera"), "to": "ru"}, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "cross_site")


def test_an_older_browser_is_known_by_its_origin(shop: Office, http: TestClient) -> None:
    http.cookies.clear()
    response = http.post(
        "/login", data={"token": shop.token("vera")}, headers={"origin": "http://127.0.0.1"}, follow_redirects=False
    )
    assert response.status_code == 303


def test_a_changed_or_an_old_session_is_none(shop: Office, http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(http, shop.token("vera"))
    right = http.cookies[session.COOKIE]
    facts, mac = right.split(".")
    tenant, ident, ends = json.loads(base64.urlsafe_b64decode(facts + "==="))
    later = base64.urlsafe_b64encode(json.dumps([tenant, ident, ends + 9]).encode()).decode().rstrip("=")
    foreign = base64.urlsafe_b64encode(json.dumps(["nul\\0", ident, ends]).encode()).decode().rstrip("=")
    for wrong in (f"{later}.{mac}", f"{facts}.{mac[:-1]}0", facts, "", "x.y", f"{foreign}.{mac}", "a" * 400):
        http.cookies.clear()
        http.cookies.set(session.COOKIE, wrong)
        assert http.get("/", follow_redirects=False).status_code == 303, wrong
    http.cookies.clear()
    http.cookies.set(session.COOKIE, right)
    assert http.get("/", follow_redirects=False).status_code == 200
    monkeypatch.setattr(session, "time", lambda: time.time() + session.LASTS + 1)
    assert http.get("/", follow_redirects=False).status_code == 303


def test_a_session_ends_with_its_token(shop: Office, http: TestClient) -> None:
    shop.employ("temp", "agent")
    sign_in(http, shop.token("temp"))
    assert http.get("/", follow_redirects=False).status_code == 200
    Tokens(shop.store.database).revoke(TENANT, shop.token("temp").split("_")[1])
    end = time.monotonic() + 5
    while http.get("/", follow_redirects=False).status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_signing_out_takes_the_session_away(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    http.post("/logout", headers=OWN, follow_redirects=False)
    assert session.COOKIE not in http.cookies


def test_a_session_is_no_token_for_the_api(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    assert http.get("/v1/dialogs").status_code == 401


@pytest.mark.parametrize(
    "back", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "/\t/evil.test"]
)
def test_choosing_a_language_leads_back_to_our_own_page_only(http: TestClient, back: str) -> None:
    response = http.post("/language", data={"to": "ru", "back": back}, headers=OWN, follow_redirects=False)
    assert response.headers["location"] == "/"
    good = http.post("/language", data={"to": "ru", "back": "/agents"}, headers=OWN, follow_redirects=False)
    assert good.headers["location"] == "/agents"
    http.cookies.clear()
