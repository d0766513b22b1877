"""Connecting VK and Avito on the page: to the provider and back, the list, the second login, Save."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from adapters.doubles.avito import AvitoDouble
from adapters.doubles.vk import GROUP, VkDouble
from tests.adapters.http.door import Office, client_of
from tests.adapters.http.logging_in import avito_double, to_log_in, vk_double
from tests.adapters.web.test_web_pages import page, sign_in

OURS = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with vk_double("Silent <shop>") as made:
        yield made


@pytest.fixture
def avito() -> Iterator[AvitoDouble]:
    with avito_double() as made:
        yield made


@pytest.fixture
def shop(vk: VkDouble, avito: AvitoDouble) -> Iterator[Office]:
    with to_log_in(vk, avito) as made:
        yield made


@pytest.fixture
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        sign_in(client, shop.token("root"))
        yield client


def press(http: TestClient, channel: str, step: str, **form: str) -> Any:
    return http.post(f"/channels/{channel}/connect/{step}", headers=OURS, data=form, follow_redirects=False)


def goes_there_and_back(http: TestClient, answer: Any) -> Any:
    """He follows the link that he is shown, agrees there, and comes back to our page."""
    url = unescape(answer.text.partition('class="button" href="')[2].partition('"')[0])
    provider = httpx2.get(url, follow_redirects=False, trust_env=False)
    back = urlsplit(provider.headers["location"])
    return http.get(f"{back.path}?{back.query}", follow_redirects=True)


@pytest.mark.requirement("B02", "B04", "A28")
def test_a_community_is_chosen_from_the_list_and_connected(shop: Office, http: TestClient, vk: VkDouble) -> None:
    back = goes_there_and_back(http, press(http, "vk", "login"))
    shop.settle()
    shown = page(http, "/channels/vk/connect")
    assert back.status_code == 200
    assert "Bakery" in shown and "Silent &lt;shop&gt;" in shown and "Silent <shop>" not in shown
    goes_there_and_back(http, press(http, "vk", "choose", chosen=str(GROUP)))
    saved = press(http, "vk", "save", version="0", receiver="agent:anna", period="6", unit="hours")
    assert saved.status_code == 303
    shop.settle()
    row = http.get("/v1/channels/vk", headers=shop.as_("root")).json()["channel"]
    assert (row["state"], row["external_id"]) == ("connected", str(GROUP))
    everything = shown + back.text + page(http, "/channels/vk/connect")
    assert not any(token in everything for token in vk.vk.tokens)


@pytest.mark.requirement("B01")
def test_who_administers_nothing_reads_why(shop: Office, http: TestClient, vk: VkDouble) -> None:
    vk.vk.person(55, "Nobody")
    vk.oauth.browser = 55
    told = {}
    for language in ("en", "ru"):
        http.cookies.set("parley_language", language)
        told[language] = unescape(goes_there_and_back(http, press(http, "vk", "login")).text)
    assert "This login administers no group" in told["en"] and "не является записью администратора" in told["ru"]


@pytest.mark.requirement("D11", "D12")
def test_an_avito_account_is_shown_after_consent(shop: Office, http: TestClient, avito: AvitoDouble) -> None:
    goes_there_and_back(http, press(http, "avito", "login"))
    shop.settle()
    assert "Bakery" in page(http, "/channels/avito/connect")
    avito.oauth.granted = frozenset({"messenger:read"})
    refused = goes_there_and_back(http, press(http, "avito", "login"))
    assert refused.status_code == 409 and "permission" in unescape(refused.text).lower()
    row = http.get("/v1/channels/avito", headers=shop.as_("root")).json()["channel"]
    assert row["state"] != "connected"
