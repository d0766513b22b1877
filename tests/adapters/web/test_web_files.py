"""Files on the page: pictures from our own origin, all else as links, whatever their senders call them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from starlette.testclient import TestClient

from adapters.attachments import Shelf
from adapters.attachments.worker import Fetching
from adapters.blobs import FolderBlobs
from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.intake import Intake
from tests.adapters.http.door import Office, client_of, office
from tests.adapters.web.test_web_signing import sign_in
from tests.store import TENANT

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 3000
HOSTILE = '"><img src=x onerror=alert(1)>.svg'


@dataclass
class Page:
    shop: Office
    http: TestClient
    dialog: str

    def html(self, language: str = "en") -> str:
        answer = self.http.get(f"/inbox/dialog/{self.dialog}", headers={"accept-language": language})
        assert answer.status_code == 200
        return answer.text

    def ids(self) -> list[str]:
        rows = self.shop.store.rows("SELECT id FROM parley.attachment ORDER BY ordinal")
        return [ident for (ident,) in rows]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with office() as shop:
        store = shop.store
        blobs = FolderBlobs(tmp_path_factory.mktemp("blobs"))
        object.__setattr__(shop.app.state.parts, "shelf", Shelf(store.database, store.vault, blobs))
        shop.open_shop()
        files = (
            InboundAttachment(type="image", content=PNG, file_name="cake.png"),
            InboundAttachment(type="file", content=b"<svg onload=alert(1)>", file_name=HOSTILE),
            InboundAttachment(type="file", url="https://127.0.0.1/never", file_name="later.txt"),
            InboundAttachment(type="location", latitude=55.75, longitude=37.6, title="Bakery"),
            InboundAttachment(type="link", url="javascript:alert(1)", title="Click"),
        )
        letter = Inbound(
            kind="message", external_message_id="1", external_chat_id="7", sender_id="7", attachments=files
        )
        (outcome,) = Intake(store.executor, store.vault, None, blobs).receive(TENANT, "tg", "telegram", [letter])
        shop.settle()
        fetching = Fetching(store.database, store.vault, store.executor, blobs)
        fetching._feed.pump()
        assert outcome.dialog is not None
        with client_of(shop) as http:
            sign_in(http, shop.token("anna"))
            yield Page(shop, http, outcome.dialog)
        fetching.stop()


@pytest.mark.requirement("N09")
def test_a_picture_is_shown_from_our_own_origin_and_nothing_else_is(page: Page) -> None:
    html, (picture, markup, _) = page.html(), page.ids()
    assert f'<img src="/inbox/attachment/{picture}?inline=1" alt="cake.png"' in html
    assert html.count("<img") == 1
    assert f'<a href="/inbox/attachment/{markup}" download>' in html


def test_names_stay_text(page: Page) -> None:
    html = page.html()
    assert "onerror=alert(1)>" not in html
    assert "img src=x onerror=alert(1)_.svg" in unescape(html)
    assert "javascript" not in html and "Click" in html


def test_what_is_on_its_way_is_looked_for_again_and_said_in_both_languages(page: Page) -> None:
    assert "data-waits" in page.html() and "being fetched" in page.html()
    assert "загружается" in page.html("ru")


def test_a_place_is_told_in_words(page: Page) -> None:
    assert "Bakery · 55.75, 37.6" in " ".join(page.html().split())


@pytest.mark.requirement("N09")
def test_the_page_serves_it_to_whoever_is_signed_in(page: Page) -> None:
    picture, markup, _ = page.ids()
    answer = page.http.get(f"/inbox/attachment/{picture}?inline=1")
    assert (answer.content, answer.headers["content-disposition"].partition(";")[0]) == (PNG, "inline")
    answer = page.http.get(f"/inbox/attachment/{markup}?inline=1")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    page.http.cookies.clear()
    assert page.http.get(f"/inbox/attachment/{picture}", follow_redirects=False).status_code in (401, 303)
    sign_in(page.http, page.shop.token("anna"))


def test_what_is_not_there_says_so_on_a_page(page: Page) -> None:
    answer = page.http.get(f"/inbox/attachment/{'0' * 32}")
    assert answer.status_code == 404 and "There is no such attachment." in unescape(answer.text)
