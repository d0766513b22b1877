"""The page in a real browser: live, by keys on any layout, under its own strict policy, and from nowhere else."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapters.http.tokens import Tokens
from tests.adapters.http.door import Office
from tests.adapters.http.reader import served
from tests.store import TENANT

CHROMIUM = os.environ.get("PARLEY_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"there is no Chromium at {CHROMIUM}"),
]


@dataclass
class Seen:
    """What went wrong in the browser, and every host that it wanted to speak to."""

    problems: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def url(shop: Office) -> Iterator[str]:
    with served(shop) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield made
        made.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def page(shop: Office, url: str, browser: Any, seen: Seen) -> Iterator[Any]:
    """Signed in as the supervisor, live. Any error, policy violation or foreign host fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    opened = context.new_page()
    opened.on("console", lambda one: seen.problems.append(one.text) if one.type in ("error", "warning") else None)
    opened.on("pageerror", lambda one: seen.problems.append(str(one)))
    opened.on("request", lambda one: seen.hosts.add(urlsplit(one.url).hostname or ""))
    opened.goto(url)
    opened.fill("#token", shop.token("vera"))
    opened.press("#token", "Enter")
    opened.wait_for_selector(".state[data-state=live]")
    yield opened
    context.close()
    assert seen.problems == []
    assert seen.hosts == {"127.0.0.1"}


def until(page: Any, expression: str, seconds: float = 5) -> None:
    """Asked from outside: the page's policy lets nobody evaluate texts inside, not even a test."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(20)


def test_what_the_policy_forbids_would_be_noticed(page: Any, seen: Seen) -> None:
    page.evaluate("const made = document.createElement('div'); made.setAttribute('style', 'color: red')")
    for breach in ("made.innerHTML = '<i>raw</i>'", "new Image().src = 'https://example.test/x.png'"):
        page.evaluate(f"try {{ const made = document.createElement('div'); {breach} }} catch (error) {{}}")
    page.wait_for_timeout(100)
    assert len(seen.problems) >= 2
    seen.problems.clear()
    seen.hosts.discard("example.test")


def test_a_dialog_that_arrives_shows_by_itself(shop: Office, page: Any) -> None:
    before = int(page.inner_text("[data-view=open] .count"))
    said = time.monotonic()
    dialog = shop.hears("I have just arrived", customer="arrives", name="New Person")
    row = page.wait_for_selector(f'a.row[data-dialog="{dialog}"]', timeout=5000)
    assert time.monotonic() - said < 5
    assert "New Person" in row.inner_text()
    until(page, f"document.querySelector('[data-view=open] .count').textContent == '{before + 1}'")


def test_an_open_dialog_grows_while_it_is_read(shop: Office, page: Any) -> None:
    dialog = shop.hears("First", customer="grows")
    page.click(f'a.row[data-dialog="{dialog}"]')
    page.wait_for_selector(".transcript .message")
    shop.hears("Second <b>message</b>", customer="grows", number=2)
    until(page, "document.querySelectorAll('.transcript .message').length === 2")
    assert "Second <b>message</b>" in page.inner_text(".transcript")
    assert f"dialog={dialog}" in page.url
    box = "document.querySelector('.transcript')"
    assert page.evaluate(f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight") < 4
    assert page.get_attribute(f'a.row[data-dialog="{dialog}"]', "aria-current") == "true"


def still(page: Any) -> list[str]:
    """The dialogs of the list, once it has not moved for half a second."""
    seen: list[str] = []
    while (now := page.eval_on_selector_all("a.row", "rows => rows.map(row => row.dataset.dialog)")) != seen:
        seen = now
        page.wait_for_timeout(500)
    return seen


@pytest.mark.parametrize("layout", ["latin", "russian"])
def test_keys_move_through_the_list_on_every_layout(shop: Office, page: Any, layout: str) -> None:
    for number in range(3):
        dialog = shop.hears("Hi", customer=f"keys-{layout}-{number}")
        page.wait_for_selector(f'a.row[data-dialog="{dialog}"]')
    page.mouse.move(5, 5)
    down, up = {"latin": ("j", "k"), "russian": ("о", "л")}[layout]

    def press(code: str, key: str) -> str:
        event = f"new KeyboardEvent('keydown', {{code: '{code}', key: '{key}', bubbles: true}})"
        page.evaluate(f"document.body.dispatchEvent({event})")
        return str(page.get_attribute("a.row[aria-current]", "data-dialog"))

    shop.settle()
    rows = still(page)
    assert [press("KeyJ", down), press("KeyJ", down), press("KeyK", up)] == [rows[0], rows[1], rows[0]]
    page.wait_for_selector(".transcript .message")
    page.uncheck(".keys-switch input")
    assert press("KeyJ", down) == rows[0], "shortcuts can be switched off"
    page.check(".keys-switch input")


def test_real_keys_work_too_and_not_while_typing(shop: Office, page: Any, url: str) -> None:
    page.keyboard.press("j")
    first = page.get_attribute("a.row[aria-current]", "data-dialog")
    page.keyboard.press("j")
    assert page.get_attribute("a.row[aria-current]", "data-dialog") != first
    page.goto(f"{url}/channels/tg/history")
    page.type("input[name=user]", "jk")
    assert page.input_value("input[name=user]") == "jk"


def test_the_order_waits_while_the_pointer_is_on_the_list(shop: Office, page: Any) -> None:
    page.wait_for_selector("a.row")
    page.hover("ol.rows li:first-child a.row")
    first = page.get_attribute("ol.rows li:first-child a.row", "data-dialog")
    dialog = shop.hears("Do not jump", customer="jumps")
    page.wait_for_selector(".news:not([hidden])")
    assert page.get_attribute("ol.rows li:first-child a.row", "data-dialog") == first
    page.mouse.move(700, 500)
    page.wait_for_selector(f'a.row[data-dialog="{dialog}"]')
    assert page.is_hidden(".news")


def test_the_board_and_the_history_are_live(shop: Office, page: Any, url: str) -> None:
    page.goto(f"{url}/agents")
    page.wait_for_selector(".state[data-state=live]")
    from domain.desk.administration import SetPresence
    from domain.desk.channels import SaveChannel

    shop.store.do(SetPresence(agent="boris", to="away"))
    page.wait_for_selector("[data-key=boris] .presence-word.away")
    shop.store.do(SetPresence(agent="boris", to="ready"))
    page.goto(f"{url}/channels/tg/history")
    page.wait_for_selector(".state[data-state=live]")
    shop.store.do(SaveChannel(channel="tg", changes={"closing_message": "Goodbye then"}, account_key="42"))
    page.wait_for_selector("text=Goodbye then")


@pytest.mark.parametrize(
    "text", ["<script>document.title='hacked'</script>", "<img src=x onerror=document.title='hacked'>"]
)
def test_no_text_of_a_customer_runs(shop: Office, page: Any, text: str) -> None:
    dialog = shop.hears(text, customer=f"runs-{len(text)}", name=text)
    page.click(f'a.row[data-dialog="{dialog}"]')
    page.wait_for_selector(".transcript .message")
    assert text in page.inner_text(".transcript")
    assert "hacked" not in page.title()


def test_the_page_goes_to_sign_in_when_the_token_is_revoked(shop: Office, url: str, browser: Any) -> None:
    shop.employ("temp", "supervisor")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(url)
    opened.fill("#token", shop.token("temp"))
    opened.press("#token", "Enter")
    opened.wait_for_selector(".state[data-state=live]")
    Tokens(shop.store.database).revoke(TENANT, shop.token("temp").split("_")[1])
    opened.wait_for_url("**/login", timeout=15_000)
    context.close()


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
@pytest.mark.parametrize("width", [390, 320])
def test_a_telephone_shows_the_whole_bar(shop: Office, url: str, browser: Any, language: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale=language)
    opened = context.new_page()
    opened.goto(url)
    opened.fill("#token", shop.token("root"))
    opened.press("#token", "Enter")
    opened.wait_for_selector(".state[data-state=live]")
    assert opened.evaluate("(bar => bar.scrollWidth <= bar.clientWidth)(document.querySelector('.rail'))")
    for button in opened.query_selector_all(".sections .view, .tools button"):
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    opened.click("form[action='/logout'] button")
    opened.wait_for_url("**/login")
    context.close()


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
def test_the_orders_stand_in_one_row_and_the_state_on_its_line(
    shop: Office, url: str, browser: Any, language: str
) -> None:
    shop.hears("In line?", customer="lined")
    shop.settle()
    context = browser.new_context(viewport={"width": 1360, "height": 800}, locale=language)
    opened = context.new_page()
    opened.goto(url)
    opened.fill("#token", shop.token("vera"))
    opened.press("#token", "Enter")
    opened.click("a.row >> nth=0")
    opened.wait_for_selector(".facts .chip")
    tops = "all => new Set(all.map(one => one.getBoundingClientRect().top)).size"
    assert opened.eval_on_selector_all(".sorts a", tops) == 1
    middle = "one => (box => box.top + box.height / 2)(one.getBoundingClientRect())"
    pill, word = (opened.eval_on_selector(one, middle) for one in (".facts .chip", ".facts dt"))
    assert abs(pill - word) <= 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
def test_pictures_of_the_page(shop: Office, url: str, browser: Any, tmp_path: Path, scheme: str, language: str) -> None:
    """Kept as artifacts where PARLEY_TEST_PICTURES names a folder. Nothing is wider than its window."""
    shop.hears("Do you have bread?", customer="pictured", name="Мария Ильина")
    shop.settle()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme, locale=language)
    opened = context.new_page()
    opened.goto(url)
    opened.fill("#token", shop.token("vera"))
    opened.press("#token", "Enter")
    opened.click("a.row >> nth=0")
    opened.wait_for_selector(".transcript .message")
    folder = Path(os.environ.get("PARLEY_TEST_PICTURES", tmp_path))
    for width in (1440, 1024, 400):
        opened.set_viewport_size({"width": width, "height": 900})
        picture = folder / f"inbox-{scheme}-{language}-{width}.png"
        opened.screenshot(path=str(picture))
        assert picture.stat().st_size > 10_000
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name, path in (
        ("settings", "/channels/tg"),
        ("diff", "/channels/tg/diff"),
        ("history", "/channels/tg/history"),
    ):
        opened.goto(f"{url}{path}")
        for width in (1440, 400):
            opened.set_viewport_size({"width": width, "height": 900})
            opened.screenshot(path=str(folder / f"channel{name.replace('/', '-')}-{scheme}-{language}-{width}.png"))
            assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        opened.set_viewport_size({"width": 1440, "height": 900})
        assert opened.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('.sheet'))"), name
    background = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(246, 247, 249)", "dark": "rgb(15, 17, 22)"}[scheme]
    context.close()
