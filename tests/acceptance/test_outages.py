"""What intake needs may be away for a while: then it says so, takes nothing it cannot keep, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from infra.migrate import migrate
from infra.postgres import EmbeddedPostgres
from tests.acceptance.premises import Premises, eventually, premises
from tests.acceptance.shop import HEADER, Hook, open_shop, refused

CHAT = 101


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server that this test may stop."""
    server = EmbeddedPostgres(tmp_path, die_with_owner=True)
    try:
        migrate(server.start())
        yield server
    finally:
        server.stop()


def post(url: str, hook: Hook, update: dict[str, Any]) -> httpx2.Response:
    """One try of the provider."""
    return httpx2.post(url + hook.path, json=update, headers={HEADER: hook.secret}, trust_env=False, timeout=60)


def another(update: dict[str, Any], text: str) -> dict[str, Any]:
    """The customer's next message."""
    message = {**update["message"], "message_id": update["message"]["message_id"] + 1000, "text": text}
    return {"update_id": update["update_id"] + 1000, "message": message}


def get(shop: Premises, path: str) -> httpx2.Response:
    return shop.root.client.get(path, timeout=60)


@pytest.mark.requirement("E01", "E02")
def test_without_postgresql_nothing_is_taken_and_afterwards_everything_once(postgres: EmbeddedPostgres) -> None:
    with premises(postgres.dsn()) as shop:
        open_shop(shop.root)
        first = shop.telegram.customer_says(CHAT, "Bread?")
        assert shop.telegram.settle(30)
        hook, update = shop.hook, another(first, "And milk?")
        postgres.stop()
        for answer in (post(shop.url, hook, update), get(shop, "/v1/dialogs"), get(shop, "/v1/channels/shop")):
            refused(answer, 503, "store_unavailable")
            assert answer.headers["retry-after"] == "1"
        refused(get(shop, "/readyz"), 503, "not_ready")
        assert get(shop, "/livez").status_code == 200
        shop.telegram.customer_says(CHAT + 1, "Are you open?")  # Telegram brings it until it is taken
        postgres.start()
        assert eventually(lambda: get(shop, "/readyz").status_code == 200)
        assert eventually(lambda: post(shop.url, hook, update).status_code == 200)
        assert post(shop.url, hook, update).status_code == 200
        assert shop.telegram.settle(60)
        assert shop.kinds().count("dialog.message_received") == 3
        assert shop.intake()["routed"] == 3
        both = eventually(lambda: len(get(shop, "/v1/dialogs?list=offered").json().get("dialogs", ())) == 2)
        assert both, "the loop has not come back"


@pytest.mark.requirement("E14")
def test_a_command_that_was_cut_off_is_done_once_however_often_it_is_asked(postgres: EmbeddedPostgres) -> None:
    with premises(postgres.dsn()) as shop:
        open_shop(shop.root)
        shop.telegram.customer_says(CHAT, "Bread?")
        assert shop.telegram.settle(30)
        (row,) = eventually(lambda: shop.root.get("/v1/dialogs", list="offered")["dialogs"])
        asked: dict[str, Any] = {"json": {"body": "Yes."}, "headers": {"idempotency-key": "only-once"}, "timeout": 60}
        path = f"/v1/dialogs/{row['dialog']}/messages"
        postgres.stop()
        refused(shop.root.client.post(path, **asked), 503, "store_unavailable")
        postgres.start()
        assert eventually(lambda: shop.root.client.post(path, **asked).status_code == 200)
        again = shop.root.client.post(path, **asked)
        assert again.headers["idempotency-replayed"] == "true"
        assert shop.kinds().count("dialog.message_sent") == 1
        assert [one.text for one in shop.telegram.wait_for_sent(1, 30)] == ["Yes."]
