"""Yandex.Dialogs from the administrator's side: the chat id, the switch, the address, and a first turn through it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from domain.desk.administration import SetGroup
from tests.adapters.channels.samples import SKILL, YANDEX
from tests.adapters.http.door import Office, client_of, office

SAVED = {"receiver": {"kind": "group", "id": "bakers"}, "auto_close": {"value": 1, "unit": "days"}}


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[Office, TestClient]]:
    with office(public_url="https://parley.example") as one, client_of(one) as client:
        one.store.do(SetGroup(group="bakers", name="Bakers", changes={"members": []}))
        yield one, client


@pytest.mark.requirement("D07")
def test_from_the_chat_id_to_the_first_turn(desk: tuple[Office, TestClient]) -> None:
    one, client = desk
    root = one.as_("root")
    assert client.post("/v1/channels", json={"channel": "alice", "kind": "yandex_dialogs"}, headers=root).is_success
    chat_id = client.post("/v1/channels/alice/identifier", headers=root).json()["chat_id"]
    assert chat_id == client.post("/v1/channels/alice/identifier", headers=root).json()["chat_id"]
    saved = client.put(
        "/v1/channels/alice/settings",
        json=SAVED | {"alice_webhook": True, "skill_id": SKILL},
        headers=root | {"if-match": '"0"'},
    )
    assert saved.json()["outcome"] == "saved", saved.text
    url = client.post("/v1/channels/alice/webhook-url", headers=root).json()["url"]
    assert url.startswith("https://parley.example/hooks/yandex_dialogs/alice/")
    answer = client.post(urlsplit(url).path, json=YANDEX.says("kitchen", "Есть хлеб?", 1))
    assert answer.json()["response"]["text"].startswith("Передал оператору")
    assert one.store.log.read(0, 10_000, kinds=["dialog.opened"])
