"""The hook route, over real HTTP: who is let in, what is answered, and that nothing is answered before it is kept."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from adapters.channels.hooks import LARGEST_BODY
from adapters.channels.keys import HOOK_SECRET, hook_owner, hook_path, open_door
from adapters.channels.telegram.webhook import HEADER
from adapters.store.requests import Outcome, Request
from adapters.vault.secrets import Secret
from domain.errors import Unavailable
from tests.adapters.channels.bakery import Bakery, bakery
from tests.adapters.channels.updates import message, raw
from tests.store import TENANT


@pytest.fixture(scope="module")
def shop() -> Iterator[Bakery]:
    with bakery() as made:
        yield made


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False) as made:
        yield made


def address(shop: Bakery) -> str:
    path, _ = open_door(shop.store.vault, TENANT, "shop")
    return f"{shop.connector.public_url}{hook_path('telegram', 'shop', path)}"


def proof(shop: Bakery) -> dict[str, str]:
    return {HEADER: open_door(shop.store.vault, TENANT, "shop")[1].reveal()}


def post(shop: Bakery, client: httpx2.Client, body: bytes, **headers: str) -> httpx2.Response:
    return client.post(address(shop), content=body, headers={**proof(shop), **headers})


def head(shop: Bakery) -> int:
    return shop.store.log.head()


@pytest.mark.requirement("E01")
def test_an_update_is_answered_empty_and_200_once_it_is_kept(shop: Bakery, client: httpx2.Client) -> None:
    before = head(shop)
    answer = post(shop, client, raw(message(101, 101, text="Bread?")))
    assert (answer.status_code, answer.content) == (200, b"")
    assert head(shop) > before
    assert "dialog.message_received" in [one.event.kind for one in shop.store.log.read(before)]


@pytest.mark.requirement("E02")
def test_the_same_update_again_is_200_and_nothing_more(shop: Bakery, client: httpx2.Client) -> None:
    update = raw(message(102, 102, text="Twice"))
    post(shop, client, update)
    before, counted = head(shop), shop.counts().get("duplicate", 0)
    assert post(shop, client, update).status_code == 200
    assert head(shop) == before and shop.counts()["duplicate"] == counted + 1


WRONG_PROOFS: list[dict[str, bytes]] = [
    {},
    {HEADER: b""},
    {HEADER: b"wrong"},
    {HEADER: b"\xd0\xbf"},
    {"Authorization": b"Bearer x"},
]


@pytest.mark.requirement("E07", "S11", "S12")
@pytest.mark.parametrize("headers", WRONG_PROOFS)
def test_a_wrong_or_missing_secret_is_401_counted_and_not_kept(
    shop: Bakery, client: httpx2.Client, headers: dict[str, bytes]
) -> None:
    before, counts, refused = head(shop), shop.counts(), shop.hooks.refused["shop", "bad_signature"]
    answer = client.post(address(shop), content=raw(message(103, 103, text="Forged")), headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert (head(shop), shop.counts()) == (before, counts)
    assert shop.hooks.refused["shop", "bad_signature"] == refused + 1


@pytest.mark.requirement("S12")
def test_a_forged_request_is_refused_before_its_body_is_sent(shop: Bakery) -> None:
    where = urlsplit(address(shop))
    with socket.create_connection(("127.0.0.1", where.port or 0), timeout=5) as wire:
        wire.sendall(f"POST {where.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/telegram/shop/wrong",
        "/hooks/telegram/nothing/{secret}",
        "/hooks/viber/shop/{secret}",
        "/hooks/pigeon/shop/{secret}",
        "/hooks/telegram/%00/{secret}",
        "/hooks/telegram/{long}/{secret}",
        "/hooks/telegram/shop/%ff%00",
    ],
)
def test_an_unknown_address_is_404(shop: Bakery, client: httpx2.Client, path: str) -> None:
    secret = open_door(shop.store.vault, TENANT, "shop")[0].reveal()
    url = f"{shop.connector.public_url}{path.format(secret=secret, long='x' * 300)}"
    before = head(shop)
    assert client.post(url, content=b"{}", headers=proof(shop)).status_code == 404
    assert head(shop) == before


def test_other_methods_are_405(shop: Bakery, client: httpx2.Client) -> None:
    assert client.put(address(shop)).status_code == 405


def test_a_body_over_one_mebibyte_is_413_with_an_alert(shop: Bakery, client: httpx2.Client) -> None:
    largest = raw(message(104, 104, text="x")).ljust(LARGEST_BODY)
    assert post(shop, client, largest).status_code == 200
    assert post(shop, client, largest + b" ").status_code == 413
    assert post(shop, client, largest + b" ").status_code == 413
    alerts = [(one.alert, one.subject) for one in shop.events("alert.alert_raised")]
    assert alerts.count(("oversized", "shop")) == 1


def test_a_body_that_does_not_tell_its_size_is_stopped_at_one_mebibyte(shop: Bakery, client: httpx2.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    answer = client.post(address(shop), content=endless(), headers=proof(shop))
    assert answer.status_code == 413


@pytest.mark.requirement("S10")
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"update_id":1,"message":{}}'])
def test_a_verified_but_malformed_body_is_kept_and_200(shop: Bakery, client: httpx2.Client, body: bytes) -> None:
    before = head(shop)
    assert post(shop, client, body).status_code == 200
    (quarantined,) = [one for one in shop.store.log.read(before) if one.event.kind == "quarantine.inbound_quarantined"]
    assert getattr(quarantined.event, "reason", None) == "malformed"
    assert post(shop, client, body).status_code == 200
    assert shop.kinds("quarantine-shop").count("quarantine.inbound_quarantined") >= 1


@pytest.mark.requirement("E11")
def test_a_kind_that_nobody_knows_is_200_and_counted(shop: Bakery, client: httpx2.Client) -> None:
    before, ignored = head(shop), shop.counts().get("ignored", 0)
    assert post(shop, client, b'{"update_id":1,"telepathy":{}}').status_code == 200
    assert head(shop) == before and shop.counts()["ignored"] == ignored + 1


@pytest.mark.requirement("E08")
def test_a_text_over_64_kib_is_quarantined_and_200(shop: Bakery, client: httpx2.Client) -> None:
    assert post(shop, client, raw(message(105, 105, text="ы" * 40_000))).status_code == 200
    assert shop.events("quarantine.inbound_quarantined")[-1].reason == "too_large"


@pytest.mark.requirement("E11")
def test_a_flood_is_kept_whole_and_accounted_for(shop: Bakery, client: httpx2.Client) -> None:
    bodies = [raw(message(1_000 + n % 250, 1_000 + n % 250, text=f"flood {n % 250}")) for n in range(300)]
    before = sum(shop.counts().values())
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda body: post(shop, client, body).status_code, bodies))
    assert set(statuses) == {200}
    assert sum(shop.counts().values()) - before == 300
    assert len({one.message for one in shop.events("dialog.message_received")}) >= 250


@pytest.mark.requirement("S11")
def test_a_rotated_secret_counts_within_seconds(shop: Bakery, client: httpx2.Client) -> None:
    vault, owner = shop.store.vault, hook_owner("shop")
    old = open_door(vault, TENANT, "shop")[1]
    vault.put_secret(TENANT, owner, HOOK_SECRET, Secret("rotated"))
    shop.hooks._doors._kept.clear()  # as if the seconds had passed
    try:
        assert post(shop, client, raw(message(106, 106, text="new"))).status_code == 200
        url = address(shop)
        assert client.post(url, content=b"{}", headers={HEADER: old.reveal()}).status_code == 401
    finally:
        vault.put_secret(TENANT, owner, HOOK_SECRET, old)
        shop.hooks._doors._kept.clear()


class Failing:
    """An executor that commits nothing: as when the database is away."""

    def submit(self, request: Request) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_exception(Unavailable("store_unavailable", "The database does not answer."))
        return future


@pytest.mark.requirement("E01")
def test_what_cannot_be_kept_is_503_with_a_wait_and_comes_again() -> None:
    with bakery(executor=Failing()) as shop, httpx2.Client(trust_env=False) as client:
        before = head(shop)
        answer = post(shop, client, raw(message(1, 1, text="Bread?")))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert head(shop) == before
        shop.hooks._intake = shop.hooks._intake.__class__(shop.store.executor, shop.store.vault)
        assert post(shop, client, raw(message(1, 1, text="Bread?"))).status_code == 200
        assert len(shop.events("dialog.message_received")) == 1


@pytest.mark.requirement("E01", "E02")
def test_what_telegram_brings_twice_and_in_pieces_is_stored_once() -> None:
    with bakery() as shop:
        for n in range(20):
            shop.telegram.customer_says(100 + n % 4, f"{n}", copies=1 + n % 3)
        assert shop.telegram.settle(20)
        assert len(shop.events("dialog.message_received")) == 20
        assert len(shop.events("dialog.opened")) == 4
        counts = shop.counts()
        assert counts == {"routed": 20, "duplicate": len(shop.telegram.attempts) - 20}


@pytest.mark.requirement("E04")
def test_the_order_of_a_chat_is_the_order_of_the_log() -> None:
    with bakery() as shop:
        said = [shop.telegram.customer_says(100, str(n))["message"]["message_id"] for n in range(10)]
        assert shop.telegram.settle(20)
        vault = shop.store.vault
        opened: list[Any] = [
            vault.open(TENANT, one.subject_key_id, "dialog.message_received.provider_id", one.provider_id)
            for one in shop.events("dialog.message_received")
        ]
        assert opened == [str(number) for number in said]
        assert json.dumps(opened)
