"""The doubles of MessageBird and Infobip: that they refuse, sign, repeat and fail as what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, time
from typing import Any

import httpx2
import pytest

from adapters.channels.whatsapp_messagebird.signature import believed
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.whatsapp_infobip import KEY as API_KEY
from adapters.doubles.whatsapp_infobip import NUMBER, InfobipDouble
from adapters.doubles.whatsapp_infobip import error as infobip_error
from adapters.doubles.whatsapp_messagebird import (
    CHANNEL,
    KEY,
    NAMESPACE,
    SIGNING_KEY,
    MessageBirdDouble,
    error,
    hang_up,
    rate_limited,
    slow,
)
from adapters.vault.secrets import Secret

CUSTOMER = "79161234567"


class Ear:
    """A hook that answers what it is told to, and keeps what came."""

    def __init__(self) -> None:
        self.heard: list[Asked] = []
        self.answers: list[int] = []
        self.server = LoopbackServer(self._answer)

    def _answer(self, asked: Asked) -> Reply:
        self.heard.append(asked)
        return Reply(self.answers.pop(0) if self.answers else 200, {})


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    with made.server:
        yield made


@pytest.fixture
def bird() -> Iterator[MessageBirdDouble]:
    with MessageBirdDouble(speed=100) as made:
        yield made


@pytest.fixture
def infobip() -> Iterator[InfobipDouble]:
    with InfobipDouble(speed=10_000) as made:
        yield made


def birds_client(bird: MessageBirdDouble) -> httpx2.Client:
    return httpx2.Client(base_url=bird.url, headers={"authorization": f"AccessKey {KEY}"}, trust_env=False)


def says(text: Any = "hi", **changes: Any) -> dict[str, Any]:
    return {"to": CUSTOMER, "from": CHANNEL, "type": "text", "content": {"text": text}} | changes


def test_messagebird_refuses_what_the_real_one_would(bird: MessageBirdDouble) -> None:
    hsm = {"namespace": NAMESPACE, "templateName": "none", "language": {"code": "ru"}, "params": []}
    wrong = (
        says(""),
        says("x" * 4097),
        says(7),
        says(**{"from": "elsewhere"}),
        says(to="nobody"),
        says(type="rcs"),
        says(type="hsm", content={"hsm": hsm}),
        says(type="hsm", content={"hsm": hsm | {"namespace": "another"}}),
    )
    with birds_client(bird) as client:
        assert [client.post("/v1/send", json=one).status_code for one in wrong] == [422] * len(wrong)
        assert client.post("/v1/webhooks", json={"channelId": CHANNEL, "url": "x"}).status_code == 422
        assert client.get("/v1/nothing").status_code == 404
        assert client.delete("/v1/webhooks/none").status_code == 404
        client.headers["authorization"] = "AccessKey wrong"
        assert client.post("/v1/send", json=says()).json()["errors"][0]["code"] == 2
    assert bird.sent == []


def test_messagebird_fails_on_demand(bird: MessageBirdDouble) -> None:
    bird.fails(rate_limited(3))
    bird.fails(error(500, 99))
    bird.fails(slow(0.1))
    bird.fails(hang_up())
    with birds_client(bird) as client:
        limited = client.post("/v1/send", json=says())
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
        assert client.post("/v1/send", json=says()).status_code == 500
        began = monotonic()
        assert client.post("/v1/send", json=says()).status_code == 202 and monotonic() - began >= 0.1
        with pytest.raises(httpx2.HTTPError):
            client.post("/v1/send", json=says())
    assert len(bird.sent) == 2


def test_messagebird_signs_each_try_anew_and_repeats_what_is_refused(bird: MessageBirdDouble, ear: Ear) -> None:
    url = f"{ear.server.url}/hook"
    with birds_client(bird) as client:
        client.post("/v1/webhooks", json={"channelId": CHANNEL, "url": url, "events": ["message.created"]})
    ear.answers += [503, 200]
    bird.customer_says(CUSTOMER, "Есть хлеб?", copies=2)
    assert bird.settle() and len(ear.heard) == 3
    tokens = [one.headers["messagebird-signature-jwt"] for one in ear.heard]
    proofs = [believed(one, url, ear.heard[0].body, Secret(SIGNING_KEY), time()) for one in tokens]
    assert len({proof.id for proof in proofs if proof is not None}) == 3
    assert len({one.body for one in ear.heard}) == 1


def test_infobip_refuses_what_the_real_one_would(infobip: InfobipDouble) -> None:
    right = {"from": NUMBER, "to": CUSTOMER, "messageId": "k", "content": {"text": "hi"}}
    wrong = ({"from": "1"}, {"to": "?"}, {"messageId": ""}, {"messageId": "x" * 51}, {"content": {"text": ""}})
    infobip.fails(infobip_error(400))
    with httpx2.Client(base_url=infobip.url, headers={"authorization": f"App {API_KEY}"}, trust_env=False) as client:
        answers = [client.post("/whatsapp/1/message/text", json=right | one) for one in ({}, *wrong)]
        assert [one.status_code for one in answers] == [400] * len(answers)
        template = {"messages": [right | {"content": {"templateName": "none", "language": "ru"}}]}
        assert client.post("/whatsapp/1/message/template", json=template).status_code == 400
        assert client.get("/whatsapp/1/nothing").status_code == 404
        client.headers["authorization"] = "App wrong"
        refused = client.post("/whatsapp/1/message/text", json=right)
    assert (refused.status_code, "requestError" in refused.json()) == (401, True)
    assert infobip.sent == []


def test_infobip_repeats_what_is_refused_and_gives_up_at_last(infobip: InfobipDouble, ear: Ear) -> None:
    infobip.forwards(NUMBER, f"{ear.server.url}/hook", password="pw")
    ear.answers += [500] * 20
    infobip.customer_says(CUSTOMER, "Есть хлеб?")
    assert infobip.settle(20)
    assert len(ear.heard) == 8 and ear.heard[0].headers["authorization"].startswith("Basic ")


def test_files_of_customers_lie_behind_infobips_key(infobip: InfobipDouble, ear: Ear) -> None:
    infobip.forwards(NUMBER, f"{ear.server.url}/hook")
    told = infobip.customer_sends_file(CUSTOMER, "IMAGE", b"\x89PNG", "image/png")
    with httpx2.Client(trust_env=False) as client:
        assert client.get(told["message"]["url"]).status_code == 401
        client.headers["authorization"] = f"App {API_KEY}"
        answer = client.get(told["message"]["url"])
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG", "image/png")
