"""Bad input at a channel's hook, over real HTTP: refused clearly, or kept for people to see; never lost or doubled."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.acceptance.premises import Premises
from tests.acceptance.shop import HEADER, refused

MEBIBYTE = 1024 * 1024


def hook(shop: Premises, body: bytes, *, path: str | None = None, secret: str | None = None) -> httpx2.Response:
    address = shop.url + (path or shop.hook.path)
    proof = {HEADER: shop.hook.secret if secret is None else secret}
    return httpx2.post(address, content=body, headers=proof, trust_env=False, timeout=30)


@pytest.mark.requirement("E07")
def test_an_unknown_channel_or_secret_is_404_and_nothing_is_kept(shop: Premises) -> None:
    before, counted = shop.head(), shop.intake()
    secret = shop.hook.path.rpartition("/")[2]
    for path in (
        f"/hooks/telegram/nobody/{secret}",
        "/hooks/telegram/shop/wrong",
        f"/hooks/viber/shop/{secret}",
        f"/hooks/pigeon/shop/{secret}",
    ):
        refused(hook(shop, b"{}", path=path), 404, "not_found")
    assert (shop.head(), shop.intake()) == (before, counted)


@pytest.mark.requirement("E07")
def test_a_wrong_signature_is_401_and_nothing_is_kept(shop: Premises) -> None:
    before, counted = shop.head(), shop.intake()
    refused(hook(shop, json.dumps({"update_id": 1}).encode(), secret="guessed"), 401, "bad_signature")
    assert (shop.head(), shop.intake()) == (before, counted)


@pytest.mark.requirement("E11", "S10")
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1]", b'{"update_id": 5, "message": {"text": 7}}'])
def test_a_malformed_body_from_the_provider_is_kept_for_people_to_see(shop: Premises, body: bytes) -> None:
    """It came from the provider, so refusing it would only bring it back; it goes to the quarantine, once."""
    before, counted = shop.head(), shop.intake()
    assert [hook(shop, body).status_code for _ in range(2)] == [200, 200]
    assert shop.kinds(before).count("quarantine.inbound_quarantined") == 1
    assert "dialog.message_received" not in shop.kinds(before)
    after = shop.intake()
    assert after["quarantined"] == counted["quarantined"] + 1 and after["received"] == counted["received"] + 2


def test_an_oversized_body_is_413_with_an_alert_and_is_not_read(shop: Premises) -> None:
    before, counted = shop.head(), shop.intake()
    refused(hook(shop, b" " * (MEBIBYTE + 1)), 413, "too_large")
    assert [kind for kind in shop.kinds(before) if not kind.startswith("alert.")] == []
    assert shop.intake() == counted


@pytest.mark.requirement("E11")
def test_a_kind_of_update_that_nobody_knows_is_taken_and_counted(shop: Premises) -> None:
    before, counted = shop.head(), shop.intake()
    assert hook(shop, json.dumps({"update_id": 6, "telepathy": {}}).encode()).status_code == 200
    assert shop.head() == before
    assert shop.intake()["ignored"] == counted["ignored"] + 1


@pytest.mark.requirement("E08")
def test_a_message_too_large_to_show_waits_in_the_quarantine(shop: Premises) -> None:
    before = shop.head()
    shop.telegram.customer_says(901, "ы" * 40_000)
    assert shop.telegram.settle(30)
    assert "quarantine.inbound_quarantined" in shop.kinds(before)


def test_after_all_that_the_next_message_is_taken_as_ever(shop: Premises) -> None:
    before = shop.head()
    shop.telegram.customer_says(902, "Still there?")
    assert shop.telegram.settle(30)
    assert shop.kinds(before).count("dialog.message_received") == 1
