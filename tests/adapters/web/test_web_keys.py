"""The page on which a channel is connected by keys: the number that appears, numbers to choose from, our address."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.doubles import whatsapp_infobip as infobips
from adapters.doubles import whatsapp_messagebird as birds
from adapters.doubles.whatsapp_infobip import NUMBER, InfobipDouble
from adapters.doubles.whatsapp_messagebird import CHANNEL, PHONE, MessageBirdDouble
from domain.desk.channels import CreateChannel
from tests.adapters.http.door import Office, client_of, office
from tests.adapters.web.test_web_connecting import press
from tests.adapters.web.test_web_pages import page, sign_in

PUBLIC = "https://parley.example"
SECOND = "447796344125"


@pytest.fixture
def shop() -> Iterator[Office]:
    with MessageBirdDouble() as bird, InfobipDouble() as infobip:
        infobip.number(SECOND, "Second shop")
        urls = {"whatsapp_messagebird": bird.url, "whatsapp_infobip": infobip.url}
        with office(provider_urls=urls, public_url=PUBLIC) as made:
            made.open_shop()
            made.store.do(CreateChannel(channel="bird", kind="whatsapp_messagebird", name="Bird"))
            made.store.do(CreateChannel(channel="bip", kind="whatsapp_infobip", name="Bip"))
            made.settle()
            yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        sign_in(client, shop.token("root"))
        yield client


def shown(shop: Office, http: TestClient, channel: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"/v1/channels/{channel}", headers=shop.as_("root")).json()["channel"]
    return found


@pytest.mark.requirement("C09", "C10", "C14")
def test_messagebird_asks_for_keys_shows_its_checklist_and_then_the_number(shop: Office, http: TestClient) -> None:
    form = page(http, "/channels/bird/connect")
    for field in ("key", "channel_id", "namespace_id", "signing_key", "base_url"):
        assert f'name="{field}"' in form
    assert "phone" not in form.partition("<form")[2].partition("</form>")[0]
    assert "Facebook Business ID" in unescape(form)
    missing = press(http, "check", "bird", key=birds.KEY, channel_id="")
    assert (missing.status_code, PHONE in missing.text) == (422, False)
    assert PHONE in press(http, "check", "bird", key=birds.KEY, channel_id=CHANNEL).text
    saved = press(http, "save", "bird", version="0", receiver="agent:anna", period="6", unit="hours")
    assert saved.status_code == 200 and birds.KEY not in saved.text
    assert shown(shop, http, "bird")["external_id"] == PHONE


@pytest.mark.requirement("C15", "C16", "C17")
def test_infobip_shows_our_address_and_the_numbers_of_the_key(shop: Office, http: TestClient) -> None:
    form = page(http, "/channels/bip/connect")
    address = form.partition('class="code"')[0].rpartition('value="')[2].partition('"')[0]
    assert address.startswith(f"{PUBLIC}/hooks/whatsapp_infobip/bip/") and "readonly" in form
    checked = press(http, "check", "bip", api_key=infobips.KEY).text
    assert f"<option >{NUMBER}</option>" in checked and f"<option >{SECOND}</option>" in checked
    told = {"version": "0", "receiver": "agent:anna", "period": "6", "unit": "hours"}
    press(http, "save", "bip", **told, number=NUMBER)
    again = press(http, "save", "bip", **(told | {"version": "1"}), number=SECOND).text
    assert f"<option selected>{SECOND}</option>" in again and address in again
    assert shown(shop, http, "bip")["external_id"] == SECOND
