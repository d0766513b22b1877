"""The page on which a channel is connected: by a bot's token, from the first check to the disconnection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.doubles.telegram import TelegramDouble, broken
from domain.desk.channels import CreateChannel
from tests.adapters.http.door import Office, client_of, office
from tests.adapters.web.test_web_pages import page, sign_in

OURS = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    with TelegramDouble(name="Bakery") as made:
        yield made


@pytest.fixture
def shop(telegram: TelegramDouble) -> Iterator[Office]:
    with office(provider_urls={"telegram": telegram.url}) as made:
        made.open_shop()
        made.store.do(CreateChannel(channel="bread", kind="telegram", name="Bread"))
        made.settle()
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        sign_in(client, shop.token("root"))
        yield client


def press(http: TestClient, step: str, channel: str = "bread", **form: str) -> Any:
    return http.post(f"/channels/{channel}/connect/{step}", headers=OURS, data=form, follow_redirects=True)


@pytest.mark.requirement("D01", "D02", "A28")
def test_the_name_of_the_bot_appears_after_the_check_and_save_connects(
    shop: Office, http: TestClient, telegram: TelegramDouble
) -> None:
    http.cookies.set("parley_language", "ru")
    wrong = press(http, "check", token="1:wrong")
    assert (wrong.status_code, "Бот не найден" in wrong.text) == (404, True)
    assert "Bakery" in press(http, "check", token=telegram.token).text
    missing = press(http, "save", version="0", receiver="", period="0", unit="hours")
    assert missing.status_code == 422 and "больше 0" in missing.text and "нужно указать значение" in missing.text
    saved = press(http, "save", version="0", receiver="agent:anna", period="6", unit="hours")
    assert saved.status_code == 200 and 'value="6"' in saved.text
    shown = http.get("/v1/channels/bread", headers=shop.as_("root")).json()["channel"]
    assert (shown["state"], shown["settings"]["receiver"]) == ("connected", {"kind": "agent", "id": "anna"})
    assert telegram.token not in saved.text


@pytest.mark.requirement("A16", "A17")
def test_disconnecting_asks_once_more(shop: Office, http: TestClient, telegram: TelegramDouble) -> None:
    press(http, "check", token=telegram.token)
    press(http, "save", version="0", receiver="group:first", period="1", unit="days")
    asked = press(http, "disconnect")
    consent = asked.text.partition('name="consent" value="')[2].partition('"')[0]
    assert consent and "Yes, disconnect" in unescape(asked.text)
    kept = press(http, "disconnect", consent=consent, answer="decline")
    assert 'name="consent"' not in kept.text
    consent = press(http, "disconnect").text.partition('name="consent" value="')[2].partition('"')[0]
    press(http, "disconnect", consent=consent, answer="yes")
    shown = http.get("/v1/channels/bread", headers=shop.as_("root")).json()["channel"]
    assert shown["state"] == "disconnected"


@pytest.mark.requirement("A14")
def test_a_save_against_an_old_version_tells_that_others_have_saved(shop: Office, http: TestClient) -> None:
    version = http.get("/v1/channels/tg", headers=shop.as_("root")).json()["channel"]["settings_version"]
    press(http, "save", "tg", version=str(version), receiver="group:first", period="9", unit="hours")
    late = press(http, "save", "tg", version=str(version), receiver="group:first", period="2", unit="hours")
    assert late.status_code == 409 and 'role="alert"' in late.text


def test_only_our_own_page_and_only_administrators_may_press(shop: Office, http: TestClient) -> None:
    stranger = http.post("/channels/bread/connect/disconnect", headers={**OURS, "sec-fetch-site": "cross-site"})
    assert stranger.status_code == 403
    assert press(http, "explode").status_code == 409
    sign_in(http, shop.token("vera"))
    assert http.get("/channels/bread/connect").status_code == 403
    assert press(http, "issue").status_code == 403


@pytest.mark.requirement("D07")
def test_a_chat_id_is_shown_to_be_copied(shop: Office, http: TestClient) -> None:
    shop.store.do(CreateChannel(channel="ya", kind="yandex_dialogs"))
    assert "Show the chat ID" in page(http, "/channels/ya/connect")
    first, again = press(http, "issue", "ya").text, press(http, "issue", "ya").text
    chat = first.partition('class="code"')[0].rpartition('value="')[2].partition('"')[0]
    assert len(chat) >= 20 and f'value="{chat}"' in again


@pytest.mark.requirement("B09")
def test_who_comes_back_from_a_login_without_a_session_or_with_a_foreign_state_changes_nothing(
    shop: Office, http: TestClient
) -> None:
    before = shop.store.log.head()
    foreign = http.get("/oauth/vk?code=1&state=bread.never-given")
    assert (foreign.status_code, "was not begun here" in foreign.text) == (409, True)
    assert http.get("/oauth/vk?code=1").status_code == 409
    http.cookies.clear()
    alone = http.get("/oauth/vk?code=1&state=bread.never-given")
    assert (alone.status_code, "Almost done" in alone.text) == (401, True)
    assert shop.store.log.head() == before


def test_a_provider_that_does_not_take_our_address_is_told(
    shop: Office, http: TestClient, telegram: TelegramDouble
) -> None:
    shop.app.state.connector = replace(shop.app.state.connector, public_url="https://parley.example")
    press(http, "check", token=telegram.token)
    telegram.fails(broken(), method="setWebhook", times=9)
    saved = press(http, "save", version="0", receiver="agent:anna", period="6", unit="hours")
    assert saved.status_code == 503 and "has not taken our address" in saved.text
