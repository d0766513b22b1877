"""The double behaves like Viber: numbers of its table with status 200, signed callbacks, a webhook tried when set."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Hooked, Outbound, channel, http_client
from adapters.channels.errors import SEND_ERRORS
from adapters.channels.keys import TOKEN as NAME
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.viber import TOKEN, ViberDouble, broken, hang_up, refused, slow
from adapters.doubles.viber.faults import NAMES
from adapters.vault.secrets import Secret

VIBER = channel("viber")


@pytest.fixture
def viber() -> Iterator[ViberDouble]:
    with ViberDouble(speed=1000) as made:
        yield made


@pytest.fixture
def access(viber: ViberDouble) -> Iterator[Access]:
    with http_client() as client:
        yield Access(client, {NAME: Secret(TOKEN)}, viber.url)


class Hook:
    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.raws: list[Hooked] = []
        self.answers: list[Reply] = []

    def __call__(self, asked: Asked) -> Reply:
        self.heard.append(json.loads(asked.body))
        self.raws.append(Hooked(asked.headers, asked.body))
        return self.answers.pop(0) if self.answers else Reply(200)

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in self.heard]


@pytest.fixture
def hook(access: Access) -> Iterator[Hook]:
    hook = Hook()
    with LoopbackServer(hook) as server:
        assert ask(access, "set_webhook", url=f"{server.url}/hook", event_types=["delivered", "seen", "failed"]) == 0
        yield hook


def ask(access: Access, method: str, token: str = TOKEN, **body: Any) -> int:
    answer = access.client.post(f"{access.base_url}/pa/{method}", json=body, headers={"X-Viber-Auth-Token": token})
    assert answer.status_code == 200
    number: int = answer.json()["status"]
    return number


def says(access: Access, text: str, who: str = "anna=") -> str:
    result = VIBER.send(access, who, Outbound(text=text, key="k"))
    return result.code or result.outcome


def test_a_message_reaches_the_customer_with_what_we_track_it_by(viber: ViberDouble, access: Access) -> None:
    viber.customer_says("anna=", "Is there bread?")
    assert says(access, "Yes") == "sent"
    assert [(said.chat, said.text, said.tracking_data) for said in viber.sent] == [("anna=", "Yes", "k")]
    assert viber.sent[0].message_token > 2**53


def test_a_wrong_token_is_told_with_status_200(viber: ViberDouble, access: Access) -> None:
    assert ask(access, "get_account_info", token="no") == 2
    assert access.client.get(f"{viber.url}/pa/get_account_info").status_code == 404


def test_who_has_not_subscribed_is_written_to_only_in_the_conversation_that_he_opened(
    viber: ViberDouble, access: Access
) -> None:
    assert says(access, "Hello") == "chat_not_found"
    viber.customer_subscribes("anna=")
    viber.customer_subscribes("anna=", on=False)
    assert says(access, "Hello") == "user_did_not_allow_messages"
    viber.customer_opens("anna=")
    assert says(access, "Hello") == "sent"


def test_a_hundred_messages_without_a_reply_are_enough(viber: ViberDouble, access: Access) -> None:
    viber.customer_says("anna=", "Hi")
    viber.bot.people["anna="].since_reply = 100
    assert says(access, "Again") == "rate_limited"
    viber.customer_says("anna=", "Yes?")
    assert says(access, "Again") == "sent"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"sender": {}}, 4),
        ({"sender": {"name": "x" * 29}}, 3),
        ({"text": ""}, 3),
        ({"text": "x" * 7001}, 3),
        ({"type": "picture", "media": "https://x/noextension", "text": ""}, 3),
        ({"type": "picture", "media": "https://x/a.jpg"}, 0),
        ({"type": "file", "media": "https://x/a.pdf", "size": 3}, 3),
        ({"type": "file", "media": "https://x/a.pdf", "size": 3, "file_name": "a.pdf"}, 0),
        ({"keyboard": "x" * 31_000}, 3),
    ],
)
def test_a_message_must_be_as_viber_wants_it(
    viber: ViberDouble, access: Access, changes: dict[str, Any], number: int
) -> None:
    viber.customer_says("anna=", "Hi")
    message = {"receiver": "anna=", "sender": {"name": "Shop"}, "type": "text", "text": "Hello"}
    assert ask(access, "send_message", **{**message, **changes}) == number


@pytest.mark.parametrize("number", [one for one in NAMES if one])
def test_every_row_of_vibers_table_means_something_to_us(viber: ViberDouble, access: Access, number: int) -> None:
    viber.customer_says("anna=", "Hi")
    viber.fails(refused(number))
    assert says(access, "Hello") in SEND_ERRORS
    assert says(access, "Hello") == "sent" and len(viber.sent) == 1


def test_a_lost_answer_was_carried_out_and_a_broken_one_was_not(viber: ViberDouble, access: Access) -> None:
    viber.customer_says("anna=", "Hi")
    viber.fails(hang_up())
    viber.fails(broken())
    assert [says(access, "One"), says(access, "Two")] == ["answer_lost", "provider_unavailable"]
    viber.fails(slow(0.4))
    with httpx2.Client(timeout=0.1, trust_env=False) as client:
        assert says(Access(client, access.secrets, access.base_url), "Late") == "answer_lost"
    assert [said.text for said in viber.sent][:1] == ["One"]


def test_an_address_is_called_before_it_is_taken(access: Access, hook: Hook) -> None:
    assert hook.events == ["webhook"] and VIBER.parse(hook.raws[0].raw, {})[0].kind == "ping"
    with LoopbackServer(lambda asked: Reply(401)) as server:
        assert ask(access, "set_webhook", url=server.url) == 1
    assert ask(access, "set_webhook", url="https://example.com/hook") == 1


def test_a_callback_is_signed_over_its_raw_body(viber: ViberDouble, hook: Hook) -> None:
    viber.customer_says("anna=", "Добрый день 👋")
    assert viber.settle()
    last = hook.raws[-1]
    assert last.headers["x-viber-content-signature"] == hmac.new(TOKEN.encode(), last.raw, hashlib.sha256).hexdigest()
    assert VIBER.verify_webhook(last, {NAME: Secret(TOKEN)})


def test_each_device_tells_of_delivery_and_reading_and_a_failure_says_why(
    viber: ViberDouble, hook: Hook, access: Access
) -> None:
    viber.customer_says("anna=", "Hi")
    viber.bot.people["anna="].devices = 2
    says(access, "Yes")
    viber.customer_reads(viber.sent[0])
    viber.cannot_deliver(viber.sent[0], "no space")
    assert viber.settle()
    assert hook.events[2:] == ["delivered", "delivered", "seen", "seen", "failed"]
    assert len({one["message_token"] for one in hook.heard[2:]}) == 1 and hook.heard[-1]["desc"] == "no space"


def test_only_what_was_asked_for_comes_but_messages_and_subscriptions_always(viber: ViberDouble, hook: Hook) -> None:
    viber.customer_opens("anna=")
    viber.customer_subscribes("anna=")
    viber.customer_subscribes("anna=", on=False)
    assert viber.settle()
    assert hook.events == ["webhook", "subscribed", "unsubscribed"]


def test_what_is_refused_comes_again_and_what_was_taken_may_come_twice(viber: ViberDouble, hook: Hook) -> None:
    hook.answers = [Reply(500), Reply(503)]
    viber.customer_says("anna=", "Hi", copies=2)
    assert viber.settle()
    assert hook.events == ["webhook", *["message"] * 4]
    assert len({one["message_token"] for one in hook.heard[1:]}) == 1


def test_it_gives_up_after_about_an_hour(viber: ViberDouble, hook: Hook) -> None:
    hook.answers = [Reply(500)] * 100
    viber.customer_says("anna=", "Hi")
    assert viber.settle(20)
    assert 10 <= len(hook.heard) <= 13


def test_an_empty_address_takes_the_webhook_away(viber: ViberDouble, access: Access, hook: Hook) -> None:
    assert ask(access, "set_webhook", url="") == 0
    viber.customer_says("anna=", "Hi")
    assert viber.settle() and hook.events == ["webhook"]
