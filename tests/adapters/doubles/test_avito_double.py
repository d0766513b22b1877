"""The double behaves like Avito: tokens in pairs, 403 for old ones, a webhook with two seconds, limits in headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel, http_client
from adapters.doubles.avito import (
    CLIENT_ID,
    CLIENT_SECRET,
    SELLER,
    AvitoDouble,
    broken,
    forbidden,
    hang_up,
    rate_limited,
    slow,
    unpaid,
)
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.vault.secrets import Secret

AVITO = channel("avito")
SCOPES = frozenset({"messenger:read", "messenger:write", "user:read"})
CHAT = f"u2i-{SELLER}~77"


@pytest.fixture
def avito() -> Iterator[AvitoDouble]:
    with AvitoDouble(speed=100) as made:
        yield made


@pytest.fixture
def tokens(avito: AvitoDouble) -> dict[str, str]:
    return avito.avito.grant(SELLER, SCOPES)


@pytest.fixture
def access(avito: AvitoDouble, tokens: dict[str, str]) -> Iterator[Access]:
    with http_client() as client:
        yield Access(client, {"token": Secret(tokens["access_token"])}, avito.url, str(SELLER))


class Hook:
    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Reply] = []

    def __call__(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        if body:
            self.heard.append(body)
            self.headers.append(dict(asked.headers))
        return self.answers.pop(0) if self.answers else Reply(200)


@pytest.fixture
def hook(access: Access) -> Iterator[Hook]:
    hook = Hook()
    with LoopbackServer(hook) as server:
        assert get(access, "POST", "/messenger/v3/webhook", json={"url": f"{server.url}/hook"}).json() == {"ok": True}
        yield hook


def get(access: Access, method: str, path: str, **how: Any) -> httpx2.Response:
    headers = {"authorization": f"Bearer {access.secret('token')}"}
    return access.client.request(method, f"{access.base_url}{path}", headers=headers, **how)


def says(access: Access, text: str) -> str:
    result = AVITO.send(access, CHAT, Outbound(text=text, key="k"))
    return result.code or result.outcome


def renew(access: Access, token: str, **changes: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return access.client.post(f"{access.base_url}/token", data={**form, "refresh_token": token, **changes})


def test_a_message_reaches_the_chat_and_its_id_comes_back(avito: AvitoDouble, access: Access) -> None:
    avito.customer_says(77, "Still for sale?")
    assert says(access, "Yes") == "accepted"
    assert [(said.chat, said.text) for said in avito.sent] == [(CHAT, "Yes")]


def test_only_into_a_chat_that_is_there_and_a_thousand_characters(avito: AvitoDouble, access: Access) -> None:
    assert says(access, "Hello") == "chat_not_found"
    avito.customer_says(77, "Hi")
    path = f"/messenger/v1/accounts/{SELLER}/chats/{CHAT}/messages"
    for text in ("", "x" * 1001):
        assert get(access, "POST", path, json={"type": "text", "message": {"text": text}}).status_code == 400


def test_an_old_token_is_403_and_a_made_up_one_401(avito: AvitoDouble, access: Access) -> None:
    avito.avito.expire()
    assert get(access, "GET", "/core/v1/accounts/self").status_code == 403
    other = Access(access.client, {"token": Secret("no")}, access.base_url)
    assert get(other, "GET", "/core/v1/accounts/self").status_code == 401


def test_a_renewal_makes_both_tokens_new_and_the_old_ones_void(
    avito: AvitoDouble, access: Access, tokens: dict[str, str]
) -> None:
    fresh = renew(access, tokens["refresh_token"]).json()
    assert fresh["access_token"] != tokens["access_token"] and fresh["refresh_token"] != tokens["refresh_token"]
    assert fresh["scope"] == "messenger:read,messenger:write,user:read"
    assert renew(access, tokens["refresh_token"]).status_code == 400
    assert get(access, "GET", "/core/v1/accounts/self").status_code == 401
    assert renew(access, fresh["refresh_token"], client_secret="guessed").status_code == 401


def test_a_right_that_was_not_given_is_403(avito: AvitoDouble, access: Access) -> None:
    tokens = avito.avito.grant(SELLER, frozenset({"messenger:read"}))
    reader = Access(access.client, {"token": Secret(tokens["access_token"])}, access.base_url, str(SELLER))
    avito.customer_says(77, "Hi")
    assert says(reader, "Hello") == "bad_credentials"
    assert get(reader, "GET", f"/messenger/v2/accounts/{SELLER}/chats").status_code == 200


def test_an_account_without_a_tariff_is_402_but_may_be_looked_at(avito: AvitoDouble, access: Access) -> None:
    avito.customer_says(77, "Hi")
    avito.avito.accounts[SELLER].paid = False
    assert says(access, "Hello") == "no_messenger_subscription"
    assert get(access, "GET", "/core/v1/accounts/self").json()["id"] == SELLER


def test_each_answer_tells_what_is_left_of_the_minute() -> None:
    with AvitoDouble(a_minute=2) as avito, http_client() as client:
        token = avito.avito.grant(SELLER, SCOPES)["access_token"]
        access = Access(client, {"token": Secret(token)}, avito.url)
        answers = [get(access, "GET", "/core/v1/accounts/self") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["x-ratelimit-remaining"] for one in answers] == ["1", "0", "0"]


def test_faults_are_used_up_in_order(avito: AvitoDouble, access: Access) -> None:
    avito.customer_says(77, "Hi")
    for fault in (rate_limited(), unpaid(), forbidden(), broken(), hang_up()):
        avito.fails(fault)
    heard = [says(access, str(number)) for number in range(6)]
    assert heard[:3] == ["rate_limited", "no_messenger_subscription", "bad_credentials"]
    assert heard[3:] == ["provider_unavailable", "answer_lost", "accepted"]
    assert [said.text for said in avito.sent] == ["4", "5"]


def test_a_slow_answer_leaves_it_unknown(avito: AvitoDouble, access: Access) -> None:
    avito.customer_says(77, "Hi")
    avito.fails(slow(0.4))
    with httpx2.Client(timeout=0.1, trust_env=False) as client:
        assert says(Access(client, access.secrets, access.base_url, access.account), "Late") == "answer_lost"


def test_an_address_must_answer_an_empty_object_first(avito: AvitoDouble, access: Access) -> None:
    with LoopbackServer(lambda asked: Reply(404)) as server:
        assert get(access, "POST", "/messenger/v3/webhook", json={"url": server.url}).status_code == 400
    assert get(access, "POST", "/messenger/v3/webhook", json={"url": "https://example.com/x"}).status_code == 400


def test_a_notification_is_of_version_3_and_signed_in_a_way_that_nobody_knows(avito: AvitoDouble, hook: Hook) -> None:
    said = avito.customer_says(77, "Still for sale?")
    assert avito.settle()
    (body,) = hook.heard
    value = body["payload"]["value"]
    assert (body["version"], value["id"], value["user_id"], value["author_id"]) == ("v3.0.0", said["id"], SELLER, 77)
    assert len(hook.headers[0]["x-avito-messenger-signature"]) == 64


def test_what_is_refused_comes_again_and_what_was_taken_may_come_twice(avito: AvitoDouble, hook: Hook) -> None:
    hook.answers = [Reply(500)]
    avito.customer_says(77, "Again")
    assert avito.settle()
    avito.customer_says(77, "Twice", copies=2)
    assert avito.settle()
    assert [one["payload"]["value"]["content"]["text"] for one in hook.heard] == ["Again", "Again", "Twice", "Twice"]


def test_our_own_messages_come_back_whoever_wrote_them(avito: AvitoDouble, hook: Hook, access: Access) -> None:
    avito.customer_says(77, "Hi")
    avito.seller_writes(77, "From the app")
    says(access, "From us")
    assert avito.settle()
    kinds = [AVITO.parse(json.dumps(body).encode(), {})[0].kind for body in hook.heard]
    assert kinds == ["message", "echo", "echo"]


def test_the_last_address_counts_and_only_its_own_can_be_taken_away(access: Access, hook: Hook) -> None:
    def addresses() -> list[str]:
        listed = get(access, "POST", "/messenger/v1/subscriptions").json()["subscriptions"]
        return [one["url"] for one in listed]

    (old,) = addresses()
    with LoopbackServer(Hook()) as server:
        get(access, "POST", "/messenger/v3/webhook", json={"url": server.url})
        get(access, "POST", "/messenger/v1/webhook/unsubscribe", json={"url": old})
        assert addresses() == [server.url]
        get(access, "POST", "/messenger/v1/webhook/unsubscribe", json={"url": server.url})
    assert addresses() == []


def test_a_message_of_the_last_hour_can_be_deleted_and_a_chat_be_read(avito: AvitoDouble, access: Access) -> None:
    avito.customer_says(77, "Hi")
    says(access, "Oops")
    chat = f"/messenger/v1/accounts/{SELLER}/chats/{CHAT}"
    assert get(access, "POST", f"{chat}/messages/{avito.sent[0].message_id}").status_code == 200
    unread = f"/messenger/v2/accounts/{SELLER}/chats?unread_only=true"
    assert len(get(access, "GET", unread).json()["chats"]) == 1
    assert get(access, "POST", f"{chat}/read").json() == {"ok": True}
    assert get(access, "GET", unread).json()["chats"] == []
