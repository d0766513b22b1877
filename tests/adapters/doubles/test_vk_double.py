"""The double behaves like VK: refusals with status 200, `random_id`, callbacks with a secret, repeats, confirmation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel, http_client
from adapters.channels.http_client import App
from adapters.channels.vk.listening import EVENTS, SERVER
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.vk import (
    CLIENT_ID,
    CLIENT_SECRET,
    GROUP,
    TOKEN,
    VkDouble,
    broken,
    captcha,
    flood,
    hang_up,
    refused,
    slow,
)
from adapters.vault.secrets import Secret

VK = channel("vk")
SECRET = Secret("s" * 43)


class Hook:
    """Answers a confirmation with `code`, everything else with what stands in `answers`, then `ok`."""

    def __init__(self, vk: VkDouble) -> None:
        self.vk = vk
        self.code: str | None = None
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Reply] = []

    def __call__(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        if body["type"] == "confirmation":
            return Reply(200, (self.code or self.vk.vk.communities[GROUP].code).encode())
        self.heard.append(body)
        self.headers.append(dict(asked.headers))
        return self.answers.pop(0) if self.answers else Reply(200, b"ok")


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with VkDouble(speed=100) as made:
        yield made


@pytest.fixture
def access(vk: VkDouble) -> Iterator[Access]:
    with http_client() as client:
        app = App(CLIENT_ID, Secret(CLIENT_SECRET))
        yield Access(client, {"token": Secret(TOKEN)}, vk.url, str(GROUP), app)


@pytest.fixture
def hook(vk: VkDouble, access: Access) -> Iterator[Hook]:
    hook = Hook(vk)
    with LoopbackServer(hook) as server:
        add(access, f"{server.url}/hook")
        assert vk.settle()
        yield hook


def ask(access: Access, method: str, **fields: Any) -> Any:
    form = {"access_token": TOKEN, "v": "5.199", "group_id": str(GROUP), **fields}
    answer = access.client.post(f"{access.base_url}/method/{method}", data=form)
    assert answer.status_code == 200
    body = answer.json()
    return body["response"] if "response" in body else body["error"]["error_code"]


def add(access: Access, url: str, events: tuple[str, ...] = EVENTS, **more: str) -> int:
    described = {"url": url, "title": "Parley", "secret_key": SECRET.reveal(), **more}
    number = ask(access, "groups.addCallbackServer", **described)["server_id"]
    ask(access, "groups.setCallbackSettings", server_id=number, **dict.fromkeys(events, "1"))
    return int(number)


def says(access: Access, text: str, chat: str = "77", key: str = "k") -> str:
    result = VK.send(access, chat, Outbound(text=text, key=key))
    return result.code or result.outcome


def test_a_message_reaches_the_customer_and_its_number_comes_back(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Is there bread?")
    assert says(access, "Yes") == "sent"
    assert [(said.chat, said.text) for said in vk.sent] == [("77", "Yes")]


def test_the_same_random_id_is_one_message_also_after_a_lost_answer(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Hi")
    vk.fails(hang_up())
    assert [says(access, "Once"), says(access, "Once"), says(access, "Twice", key="other")] == [
        "provider_unavailable",
        "sent",
        "sent",
    ]
    assert [said.text for said in vk.sent] == ["Once", "Twice"]


def test_an_answer_is_a_number_for_one_and_a_list_for_many(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Hi")
    assert isinstance(ask(access, "messages.send", peer_id=77, random_id=5, message="a"), int)
    known, unknown = ask(access, "messages.send", peer_ids="77,78", random_id=6, message="b")
    assert set(known) == {"peer_id", "message_id", "conversation_message_id"}
    assert unknown["error"]["code"] == 901


def test_what_vk_refuses_comes_with_status_200(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Hi")
    assert ask(access, "messages.send", peer_id=77, message="no number") == 100
    assert ask(access, "messages.send", peer_id=77, random_id=1, message=" ") == 100
    assert ask(access, "messages.send", peer_id=77, random_id=1, message="x" * 9001) == 914
    assert ask(access, "messages.send", peer_id=77, random_id=1, access_token="no") == 5
    assert ask(access, "groups.get", filter="admin") == 27
    assert ask(access, "groups.getAll") == 3
    assert ask(access, "groups.getCallbackServers", group_id=1) == 100


def test_who_allowed_it_is_written_to_and_who_forbade_it_is_not(vk: VkDouble, access: Access) -> None:
    assert says(access, "First") == "user_did_not_allow_messages"
    vk.customer_allows(77)
    assert says(access, "Second") == "sent"
    vk.customer_allows(77, allows=False)
    assert says(access, "Third") == "user_did_not_allow_messages"
    vk.vk.people[77].bans.add(GROUP)
    assert says(access, "Fourth") == "blocked_by_user"


def test_a_community_without_messages_or_token_is_not_written_from(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Hi")
    vk.switches_receiving(on=False)
    assert says(access, "Hello") == "receiving_disabled"
    vk.switches_receiving(on=True)
    vk.revokes()
    assert says(access, "Hello") == "bad_credentials"


def test_faults_are_used_up_in_order(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Hi")
    for fault in (flood(), captcha(), refused(901), broken()):
        vk.fails(fault)
    heard = [says(access, str(number), key=str(number)) for number in range(5)]
    assert heard == [
        "rate_limited",
        "captcha_needed",
        "user_did_not_allow_messages",
        "provider_unavailable",
        "sent",
    ]


def test_a_slow_answer_times_out_and_the_number_makes_repeating_safe(vk: VkDouble) -> None:
    vk.customer_says(77, "Hi")
    vk.fails(slow(0.4))
    with httpx2.Client(timeout=0.1, trust_env=False) as client:
        hasty = Access(client, {"token": Secret(TOKEN)}, vk.url)
        assert says(hasty, "Late") == "provider_unavailable"
    with http_client() as client:
        assert says(Access(client, {"token": Secret(TOKEN)}, vk.url), "Late") == "sent"
    assert [said.text for said in vk.sent] == ["Late"]


def test_an_event_carries_secret_number_and_version(vk: VkDouble, hook: Hook) -> None:
    vk.customer_says(77, "Is there bread?")
    assert vk.settle()
    (event,) = hook.heard
    assert (event["type"], event["secret"], event["group_id"]) == ("message_new", SECRET.reveal(), GROUP)
    assert event["event_id"] and event["v"] == "5.199"
    assert event["object"]["message"]["text"] == "Is there bread?"
    assert "x-retry-counter" not in hook.headers[0]


def test_a_refused_event_comes_again_with_its_number_and_a_counter(vk: VkDouble, hook: Hook) -> None:
    hook.answers = [Reply(500), Reply(200, b"not it"), Reply(503, None, {"retry-after": "2"})]
    vk.customer_says(77, "Hi")
    assert vk.settle()
    assert [one.get("x-retry-counter") for one in hook.headers] == [None, "1", "2", "3"]
    assert len({one["event_id"] for one in hook.heard}) == 1


def test_what_was_taken_may_come_twice_and_late(vk: VkDouble, hook: Hook) -> None:
    vk.customer_says(77, "Twice", copies=2)
    vk.customer_says(77, "Late", after=20)
    vk.customer_says(77, "Now")
    assert vk.settle()
    said = [one["object"]["message"]["text"] for one in hook.heard]
    assert sorted(said) == ["Late", "Now", "Twice", "Twice"] and said[-1] == "Late"


def test_the_answer_remove_removes_the_server(vk: VkDouble, hook: Hook, access: Access) -> None:
    hook.answers = [Reply(200, b"remove")]
    vk.customer_says(77, "Hi")
    assert vk.settle()
    assert ask(access, "groups.getCallbackServers")["count"] == 0


def test_our_own_messages_come_back_as_replies(vk: VkDouble, hook: Hook, access: Access) -> None:
    vk.customer_allows(77)
    says(access, "Yes")
    assert vk.settle()
    assert [one["type"] for one in hook.heard] == ["message_allow", "message_reply"]
    assert VK.parse(json.dumps(hook.heard[1]).encode(), {})[0].kind == "echo"


def test_only_events_that_were_asked_for_come_to_a_confirmed_address(vk: VkDouble, access: Access) -> None:
    hook = Hook(vk)
    hook.code = "an old code"
    with LoopbackServer(hook) as server:
        number = add(access, f"{server.url}/hook", ("message_new",))
        assert vk.settle()
        assert ask(access, "groups.getCallbackServers")["items"][0]["status"] == "failed"
        vk.customer_says(77, "Nobody hears this")
        hook.code = None
        described = {"url": f"{server.url}/hook", "title": "Parley", "secret_key": ""}
        ask(access, "groups.editCallbackServer", server_id=number, **described)
        assert vk.settle()
        vk.customer_types(77)
        vk.customer_says(77, "Hi")
        assert vk.settle()
    assert [one["object"]["message"]["text"] for one in hook.heard] == ["Hi"] and "secret" not in hook.heard[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret_key": "x" * 51}, 100),
        ({"title": "longer than fourteen"}, 100),
        ({"url": "https://example.com/hook"}, 100),
    ],
)
def test_a_callback_server_has_limits(access: Access, changes: dict[str, str], code: int) -> None:
    described = {"url": "http://127.0.0.1:9/hook", "title": "Parley", "secret_key": "x", **changes}
    assert ask(access, "groups.addCallbackServer", **described) == code


def test_there_are_ten_callback_servers_at_most(access: Access) -> None:
    for number in range(10):
        add(access, f"http://127.0.0.1:9/{number}")
    described = {"url": "http://127.0.0.1:9/11", "title": "Parley"}
    assert ask(access, "groups.addCallbackServer", **described) == 2000
    assert SERVER  # the name under which ours is remembered


def test_a_file_goes_up_and_along_with_a_message(vk: VkDouble, access: Access) -> None:
    vk.customer_says(77, "Hi")
    where = ask(access, "photos.getMessagesUploadServer", peer_id=77)["upload_url"]
    told = access.client.post(where, files={"photo": ("a.png", b"\x89PNG", "image/png")}).json()
    (photo,) = ask(access, "photos.saveMessagesPhoto", **told)
    where = ask(access, "docs.getMessagesUploadServer", type="doc", peer_id=77)["upload_url"]
    told = access.client.post(where, files={"file": ("a.pdf", b"%PDF", "application/pdf")}).json()
    doc = ask(access, "docs.save", title="List.pdf", **told)["doc"]
    named = f"photo{photo['owner_id']}_{photo['id']}_{photo['access_key']},doc{doc['owner_id']}_{doc['id']}"
    ask(access, "messages.send", peer_id=77, random_id=1, attachment=named)
    assert vk.sent[-1].attachments == tuple(named.split(","))
    assert access.client.get(doc["url"]).content == b"%PDF" and doc["title"] == "List.pdf"
    assert ask(access, "messages.send", peer_id=77, random_id=2, attachment="cat1") == 100
