"""The double behaves like the Bot API: its refusals, its faults, its webhook with retries in order per chat."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from time import monotonic, sleep

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel, http_client
from adapters.doubles.server import Reply
from adapters.doubles.telegram import TOKEN, TelegramDouble, blocked, broken, flood, hang_up, slow
from adapters.vault.secrets import Secret
from domain.errors import Conflict
from tests.adapters.doubles.listener import Listener, listening

BOT = channel("telegram")
SECRET = Secret("proof_1")


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    with TelegramDouble(speed=100) as made:
        yield made


@pytest.fixture
def access(double: TelegramDouble) -> Iterator[Access]:
    with http_client() as client:
        yield Access(client, {"token": Secret(TOKEN)}, double.url)


@pytest.fixture
def webhook(double: TelegramDouble, access: Access) -> Iterator[Listener]:
    with listening() as (listener, url):
        BOT.set_webhook(access, url, SECRET)
        yield listener
        BOT.delete_webhook(access)


def says(access: Access, text: str, chat: str = "100") -> str:
    result = BOT.send(access, chat, Outbound(text=text, key="k"))
    return result.code or result.outcome


def test_it_listens_on_the_loopback_interface_only(double: TelegramDouble) -> None:
    host, port = double.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    with socket.socket() as outside, pytest.raises(OSError):
        outside.settimeout(0.2)
        outside.connect(("127.0.0.2", int(port)))


def test_it_delivers_to_the_loopback_interface_only(access: Access) -> None:
    with pytest.raises(Conflict):
        BOT.set_webhook(access, "https://example.com/hook", SECRET)


def test_a_message_reaches_the_customer(double: TelegramDouble, access: Access) -> None:
    double.customer_says(100, "Is there bread?", name="Vera Orlova")
    assert says(access, "Yes") == "sent"
    assert [(said.chat, said.text) for said in double.sent] == [("100", "Yes")]


@pytest.mark.parametrize(
    ("text", "chat", "code"),
    [("Hello", "999", "chat_not_found"), ("", "100", "message_empty"), ("x" * 4097, "100", "message_too_long")],
)
def test_what_the_bot_api_refuses(double: TelegramDouble, access: Access, text: str, chat: str, code: str) -> None:
    double.customer_says(100, "Hi")
    url = f"{double.url}/bot{TOKEN}/sendMessage"
    answer = access.client.post(url, json={"chat_id": chat, "text": text})
    assert BOT.classify(answer.status_code, answer.content).code == code
    assert double.sent == []


def test_a_wrong_token_and_a_wrong_method(double: TelegramDouble, access: Access) -> None:
    assert access.client.post(f"{double.url}/bot1:no/getMe").status_code == 401
    assert access.client.post(f"{double.url}/bot{TOKEN}/getEverything").status_code == 404
    assert access.client.get(f"{double.url}/").status_code == 404


def test_a_customer_who_blocks_us_is_not_written_to(double: TelegramDouble, access: Access) -> None:
    double.customer_says(100, "Hi")
    double.customer_blocks(100)
    assert says(access, "Hello?") == "blocked_by_user"
    double.customer_blocks(100, blocks=False)
    assert says(access, "Hello?") == "sent"


def test_faults_are_used_up_in_order(double: TelegramDouble, access: Access) -> None:
    double.customer_says(100, "Hi")
    for fault in (flood(7), blocked(), broken(), broken(504)):
        double.fails(fault)
    heard = [says(access, str(number)) for number in range(5)]
    assert heard == ["rate_limited", "blocked_by_user", "provider_unavailable", "answer_lost", "sent"]
    assert [said.text for said in double.sent] == ["4"]


def test_a_hung_up_call_was_carried_out(double: TelegramDouble, access: Access) -> None:
    double.customer_says(100, "Hi")
    double.fails(hang_up())
    assert says(access, "Once") == "answer_lost"
    assert [said.text for said in double.sent] == ["Once"]


def test_a_slow_answer_times_out_and_nobody_knows(double: TelegramDouble) -> None:
    double.customer_says(100, "Hi")
    double.fails(slow(0.5))
    with http_client(timeout=httpx2.Timeout(0.1)) as hasty:
        assert says(Access(hasty, {"token": Secret(TOKEN)}, double.url), "Late") == "answer_lost"


@pytest.mark.requirement("S12")
def test_updates_come_with_the_secret_header(double: TelegramDouble, webhook: Listener) -> None:
    double.customer_says(100, "Hi")
    assert double.settle()
    assert [headers["x-telegram-bot-api-secret-token"] for headers in webhook.headers] == [SECRET.reveal()]
    assert webhook.texts == ["Hi"]


def test_without_a_webhook_updates_wait(double: TelegramDouble, access: Access) -> None:
    double.customer_says(100, "Early")
    assert not double.settle(0.05)
    with listening() as (listener, url):
        BOT.set_webhook(access, url, SECRET)
        assert double.settle()
        assert listener.texts == ["Early"]
        BOT.delete_webhook(access)


def test_a_refused_update_comes_again_and_holds_back_its_own_chat_only(
    double: TelegramDouble, webhook: Listener
) -> None:
    webhook.answers.extend([Reply(503), Reply(500)])
    double.customer_says(100, "first")
    while not webhook.heard:
        sleep(0.001)
    double.customer_says(100, "second")
    double.customer_says(200, "other")
    assert double.settle()
    of_vera = [text for text in webhook.texts if text != "other"]
    assert of_vera[-1] == "second" and of_vera.count("second") == 1 and of_vera.count("first") >= 2
    assert webhook.texts.count("other") >= 1


def test_retries_double_and_obey_retry_after(double: TelegramDouble, webhook: Listener) -> None:
    webhook.answers.extend([Reply(500), Reply(500), Reply(503, headers={"retry-after": "20"})])
    began = monotonic()
    double.customer_says(100, "patience")
    assert double.settle()
    # 1 s, 2 s and then the 20 s that we asked for, a hundred times faster.
    assert monotonic() - began >= 0.01 + 0.02 + 0.2
    assert [attempt.status for attempt in double.attempts] == [500, 500, 503, 200]


def test_a_copy_on_demand_has_the_same_update_id(double: TelegramDouble, webhook: Listener) -> None:
    double.customer_says(100, "twice", copies=2)
    assert double.settle()
    assert len(webhook.heard) == 2 and webhook.heard[0] == webhook.heard[1]


def test_only_wanted_kinds_are_delivered(double: TelegramDouble, webhook: Listener) -> None:
    double.brings(100, {"update_id": 1, "inline_query": {}})
    double.customer_says(100, "Hi")
    assert double.settle()
    assert webhook.texts == ["Hi"] and len(webhook.heard) == 1


def test_everything_a_customer_can_do_is_read_by_the_channel(double: TelegramDouble, webhook: Listener) -> None:
    said = double.customer_says(100, "Bread?", name="Vera Orlova")["message"]
    double.customer_edits(said, "Rye bread?")
    double.customer_presses(100, "yes", under=2)
    double.customer_reacts(100, 2, "👍")
    double.customer_reacts(100, 2, "")
    double.customer_sends(100, {"photo": [{"file_id": "F", "width": 1, "height": 1}]})
    double.customer_blocks(100)
    assert double.settle()
    things = [BOT.parse(json.dumps(update).encode(), {})[0] for update in webhook.heard]
    assert [thing.kind for thing in things] == [
        "message",
        "edit",
        "button",
        "reaction",
        "reaction",
        "message",
        "service",
    ]
    assert {thing.sender_id for thing in things} == {"100"}
    assert things[0].sender_name == "Vera Orlova"


def test_it_stops_at_once_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with TelegramDouble() as double:
        double.customer_says(100, "nobody listens")
    assert [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("double")] == []
