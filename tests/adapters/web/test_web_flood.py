"""A flood of one customer: every message is kept, and a page hears of it once a second (E12)."""

from __future__ import annotations

from time import monotonic, sleep

import httpx2
import pytest

from adapters.web.live import SHORTEST_PAUSE
from tests.adapters.http.door import Office
from tests.adapters.http.reader import Stream, served

FLOOD, SECONDS = 240, 3.0


@pytest.mark.requirement("E12")
def test_hundreds_of_messages_are_a_few_pushes_and_all_of_them_are_kept(shop: Office) -> None:
    dialog = shop.hears("The first", customer="flood", number=0)
    head = shop.settle()
    with served(shop) as url, httpx2.Client(base_url=url, trust_env=False) as browser:
        own = {"origin": url, "sec-fetch-site": "same-origin"}
        assert browser.post("/login", data={"token": shop.token("vera")}, headers=own).status_code == 303
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        stream = Stream(f"{url}/live?after={head}", {"cookie": cookie})
        stream.wait(lambda one: one.event == "caught-up")
        began = monotonic()
        for number in range(1, FLOOD + 1):
            assert shop.hears("More", customer="flood", number=number) == dialog
            sleep(max(0.0, began + number * SECONDS / FLOOD - monotonic()))
        last = shop.settle()
        stream.wait(lambda one: one.event == "changed" and one.data["position"] >= last)
        took = monotonic() - began
    pushes = [one for one in stream.heard if one.event in ("changed", "reset")]
    assert 1 <= len(pushes) <= took / SHORTEST_PAUSE + 1
    assert SHORTEST_PAUSE >= 1.0
    kept = [one for one in shop.store.log.stream("acme", f"dialog-{dialog}") if one.event.kind.endswith("received")]
    assert len(kept) == FLOOD + 1
