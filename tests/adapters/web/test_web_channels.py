"""Pages about one channel: its settings as of any moment, what lies between two moments, its history with causes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.web import settings
from domain import channel as fact
from domain.channel.state import Phase
from domain.desk.channels import CreateChannel
from domain.settings import FIELDS, public_name
from tests.adapters.http.door import Office
from tests.adapters.web.test_web_pages import page, sign_in

SPACES = re.compile(r"<[^>]+>|\s+")


def text(html: str) -> str:
    return re.sub(r" +", " ", SPACES.sub(" ", unescape(html)))


def save(shop: Office, http: TestClient, changes: dict[str, Any]) -> Any:
    sent = shop.as_("root", if_match="*")
    return http.put("/v1/channels/tg/settings", headers=sent, json=changes).json()


@pytest.mark.requirement("L07")
def test_the_settings_are_shown_as_of_a_moment(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    first = save(shop, http, {"priority": 1, "closing_message": "Bye"})["settings_version"]
    save(shop, http, {"priority": 7, "closing_message": None})
    now, then = text(page(http, "/channels/tg")), text(page(http, f"/channels/tg?as_of=v{first}"))
    assert "Priority priority 7" in now
    assert "Priority priority 1" in then
    assert "Closing message closing_message Bye" in then
    assert "Receiver receiver group First line" in now
    assert "As it was at position" in then
    assert "data-live" in page(http, "/channels/tg")
    assert "data-live=" not in page(http, f"/channels/tg?as_of=v{first}").partition("<main")[2]


@pytest.mark.requirement("A22", "C14")
def test_a_channel_shows_the_notice_of_its_kind(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    for name, kind in (("wa", "whatsapp_official"), ("mb", "whatsapp_messagebird")):
        shop.store.do(CreateChannel(channel=name, kind=kind))
    assert "Messages are received at any hour." in page(http, "/channels/tg")
    assert "Messages are received at any hour." not in page(http, "/channels/wa")
    assert "You have a WhatsApp business account." in page(http, "/channels/mb")


@pytest.mark.requirement("L07", "L01")
def test_a_difference_is_shown_with_who_did_it(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    version = save(shop, http, {"priority": 2})["settings_version"]
    save(shop, http, {"priority": 3, "idle_mode": "waiting_for_customer"})
    shown = text(page(http, f"/channels/tg/diff?from=v{version}"))
    assert "Priority priority 2 3" in shown
    assert "What counts as idle idle_mode nobody has written the customer has not written" in shown
    assert "root manager settings changed" in shown
    assert "The settings are the same." in text(page(http, "/channels/tg/diff?from=now&to=now"))


@pytest.mark.requirement("L01", "L07")
def test_the_history_says_why(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    before = save(shop, http, {"priority": 4})["settings_version"]
    save(shop, http, {"priority": 5})
    sent = shop.as_("root", if_match="*")
    http.post("/v1/channels/tg/settings/restore", headers=sent, json={"version": before})
    shop.settle()
    shown = text(page(http, "/channels/tg/history"))
    assert f"Restored from version {before}, saved by root at" in shown
    assert "verified → connected" in shown
    assert "The first Save of engine connected it" in shown
    http.post("/language", data={"to": "ru", "back": "/"}, headers={"sec-fetch-site": "same-origin"})
    russian = text(page(http, "/channels/tg/history"))
    http.post("/language", data={"to": "en", "back": "/"}, headers={"sec-fetch-site": "same-origin"})
    assert f"Восстановлено из версии {before}: её сохранил root" in russian


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("anna", "/channels/tg", 403),
        ("anna", "/channels/tg/diff", 403),
        ("vera", "/channels/none", 404),
        ("vera", "/channels/none/diff", 404),
        ("vera", "/channels/tg?as_of=v999", 404),
        ("vera", "/channels/tg?as_of=1", 404),
        ("vera", "/channels/tg?as_of=soon", 422),
        ("vera", "/channels/tg/diff?from=now&to=v1", 422),
    ],
)
def test_what_cannot_be_shown_is_said_on_a_page(
    shop: Office, http: TestClient, who: str, path: str, status: int
) -> None:
    save(shop, http, {"priority": 8})
    sign_in(http, shop.token(who))
    response = http.get(path, follow_redirects=False)
    assert response.status_code == status
    assert "Back to the inbox" in response.text


def test_nothing_of_these_pages_is_inline(shop: Office, http: TestClient) -> None:
    sign_in(http, shop.token("vera"))
    save(shop, http, {"closing_message": "<script>alert(1)</script>"})
    for path in ("/channels/tg", "/channels/tg/diff?from=v0", "/channels/tg/history"):
        html = page(http, path)
        assert "&lt;script&gt;" in html or "history" in path
        assert " style=" not in html
        assert re.findall(r"<script(?![^>]* src=)", html) == []


def test_every_setting_event_and_state_has_a_name_for_people() -> None:
    from typing import get_args

    assert set(settings.FIELDS) >= {public_name(name) for name in FIELDS}
    assert set(settings.KINDS) == {event.kind_of() for event in get_args(fact.ChannelEvent)}
    assert set(settings.STATES) | {"unknown"} == set(get_args(Phase))
