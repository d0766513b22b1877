"""The doubles of Meta behave as its pages say: refusals, signatures, challenges, repeats, pauses, lost answers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, PAGE_TOKEN, FacebookDouble
from adapters.doubles.faults import Fault, hang_up, slow
from adapters.doubles.graph import Webhook, error
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.whatsapp_official import NUMBER_ID, TOKEN, WABA, WhatsAppDouble

PHONE, PSID = "79161234567", "77"
Answering = Callable[[Asked], Reply]


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppDouble]:
    with WhatsAppDouble(speed=1000) as made:
        yield made


@pytest.fixture
def facebook() -> Iterator[FacebookDouble]:
    with FacebookDouble(speed=1000) as made:
        yield made


@contextmanager
def hook(answer: Answering | None = None) -> Iterator[tuple[str, list[Asked]]]:
    """An address that answers challenges whose word is right, and keeps what is posted."""
    posted: list[Asked] = []

    def default(asked: Asked) -> Reply:
        if asked.method == "GET":
            query = asked.query()
            right = query["hub.verify_token"] == "a word"
            headers = {"content-type": "text/plain"}
            return Reply(200, query["hub.challenge"].encode(), headers) if right else Reply(403)
        posted.append(asked)
        return answer(asked) if answer else Reply(200)

    with LoopbackServer(default) as server:
        yield server.url, posted


def call(double: Any, method: str, path: str, token: str = "", **how: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.request(method, f"{double.url}/v25.0/{path}", headers=headers, trust_env=False, **how)


def refusal(answer: httpx2.Response) -> tuple[int, int, int | None]:
    told = answer.json()["error"]
    assert told["type"] == "OAuthException" and told["fbtrace_id"]
    return answer.status_code, told["code"], told.get("error_subcode")


def says(text: str = "Hi", **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": PHONE, "type": "text", "text": {"body": text}} | more


def test_whatsapp_is_subscribed_only_where_the_address_answers_the_challenge(whatsapp: WhatsAppDouble) -> None:
    with hook() as (url, _):
        wrong = {"override_callback_uri": url, "verify_token": "a guess"}
        assert refusal(call(whatsapp, "POST", f"{WABA}/subscribed_apps", TOKEN, json=wrong))[1] == 2200
        right = wrong | {"verify_token": "a word"}
        assert call(whatsapp, "POST", f"{WABA}/subscribed_apps", TOKEN, json=right).json() == {"success": True}
    far = {"override_callback_uri": "https://example.org/hook", "verify_token": "a word"}
    assert refusal(call(whatsapp, "POST", f"{WABA}/subscribed_apps", TOKEN, json=far))[1] == 2200


def test_what_is_posted_is_signed_over_bytes_in_which_letters_are_escaped(whatsapp: WhatsAppDouble) -> None:
    with hook() as (url, posted):
        whatsapp.book.overrides[WABA] = url
        whatsapp.customer_says(PHONE, "Привет 👋 a/b")
        assert whatsapp.settle()
    (asked,) = posted
    assert b"\\u041f" in asked.body and b"a\\/b" in asked.body
    proof = hmac.new(APP_SECRET.encode(), asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-hub-signature-256"] == f"sha256={proof}"
    assert asked.json()["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] == "Привет 👋 a/b"


def test_what_a_hook_refuses_comes_again_with_growing_pauses_and_what_it_takes_may_come_twice(
    whatsapp: WhatsAppDouble,
) -> None:
    answers = iter([Reply(503), Reply(500), Reply(200), Reply(200)])
    with hook(lambda asked: next(answers)) as (url, posted):
        whatsapp.book.overrides[WABA] = url
        whatsapp.customer_says(PHONE, "Hi", copies=2)
        assert whatsapp.settle()
    assert [one.status for one in whatsapp.attempts] == [503, 500, 200, 200]
    assert len({asked.body for asked in posted}) == 1


def test_a_message_is_told_by_statuses_with_the_senders_own_key(whatsapp: WhatsAppDouble) -> None:
    with hook() as (url, posted):
        whatsapp.book.overrides[WABA] = url
        whatsapp.customer_says(PHONE, "Hi")
        answer = call(whatsapp, "POST", f"{NUMBER_ID}/messages", TOKEN, json=says(biz_opaque_callback_data="k")).json()
        assert answer["messages"][0]["message_status"] == "accepted"
        assert whatsapp.settle()
        whatsapp.customer_reads(whatsapp.sent[0])
        assert whatsapp.settle()
    values = [asked.json()["entry"][0]["changes"][0]["value"] for asked in posted]
    told = [
        (one["id"], one["status"], one["biz_opaque_callback_data"])
        for value in values
        for one in value.get("statuses", [])
    ]
    id = answer["messages"][0]["id"]
    assert told == [(id, "sent", "k"), (id, "delivered", "k"), (id, "read", "k")]


@pytest.mark.parametrize(
    ("quiet_for", "here", "code"), [(None, True, 131047), (90_000, True, 131047), (0, False, 131026)]
)
def test_too_late_or_undeliverable_is_told_by_a_failed_status(
    whatsapp: WhatsAppDouble, quiet_for: float | None, here: bool, code: int
) -> None:
    who = whatsapp.customer(PHONE)
    who.quiet_for, who.here = quiet_for, here
    with hook() as (url, posted):
        whatsapp.book.overrides[WABA] = url
        assert call(whatsapp, "POST", f"{NUMBER_ID}/messages", TOKEN, json=says()).status_code == 200
        assert whatsapp.settle()
    (failed,) = posted[0].json()["entry"][0]["changes"][0]["value"]["statuses"]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (says("x" * 4097), 100),
        ({"to": PHONE, "type": "text", "text": {"body": "x"}}, 100),
        (says(type="template", template={"name": "none", "language": {"code": "ru"}}), 132001),
        (says(type="template", template={"name": "ready", "language": {"code": "ru"}}), 132000),
        (says(type="template", template={"name": "paused", "language": {"code": "ru"}}), 132015),
        (says(type="image", image={"id": "1"}), 131053),
        ({"messaging_product": "whatsapp", "recipient": "US.1", "type": "text", "text": {"body": "x"}}, 131062),
    ],
)
def test_whatsapp_refuses_at_once_what_the_cloud_api_does(whatsapp: WhatsAppDouble, body: Any, code: int) -> None:
    whatsapp.template("ready", "Order {{1}}")
    whatsapp.template("paused", "Hi", status="PAUSED")
    assert refusal(call(whatsapp, "POST", f"{NUMBER_ID}/messages", TOKEN, json=body))[1] == code
    assert whatsapp.sent == []


def test_only_its_own_token_and_secret_let_in(whatsapp: WhatsAppDouble) -> None:
    assert refusal(call(whatsapp, "GET", NUMBER_ID, "EAAwrong")) == (401, 190, 463)
    assert refusal(call(whatsapp, "GET", "1", TOKEN)) == (400, 100, 33)
    signed = {"appsecret_proof": hmac.new(b"another", TOKEN.encode(), hashlib.sha256).hexdigest()}
    assert refusal(call(whatsapp, "GET", NUMBER_ID, TOKEN, params=signed))[1] == 100
    whatsapp.app.strict = True
    assert refusal(call(whatsapp, "GET", NUMBER_ID, TOKEN))[1] == 100


def test_faults_hit_the_next_calls_of_their_route_and_are_used_up(whatsapp: WhatsAppDouble) -> None:
    whatsapp.customer_says(PHONE, "Hi")
    whatsapp.fails(Fault(error(130429, "Rate limit hit", status=429, headers={"retry-after": "2"})))
    whatsapp.fails(hang_up())
    whatsapp.fails(slow(0.05))
    answer = call(whatsapp, "POST", f"{NUMBER_ID}/messages", TOKEN, json=says())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    with pytest.raises(httpx2.HTTPError):
        call(whatsapp, "POST", f"{NUMBER_ID}/messages", TOKEN, json=says("lost"))
    assert call(whatsapp, "POST", f"{NUMBER_ID}/messages", TOKEN, json=says("slow")).status_code == 200
    assert [one.text for one in whatsapp.sent] == ["lost", "slow"]


def test_messengers_login_goes_from_code_to_pages(facebook: FacebookDouble) -> None:
    asked = {"client_id": APP_ID, "redirect_uri": "https://us/oauth/facebook", "state": "s", "scope": "pages_messaging"}
    back = facebook.goes(f"{facebook.url}/v25.0/dialog/oauth?{httpx2.QueryParams(asked)}")
    assert back["state"] == "s"
    trade = {"client_id": APP_ID, "client_secret": APP_SECRET, "redirect_uri": asked["redirect_uri"], **back}
    token = call(facebook, "GET", "oauth/access_token", params=trade).json()["access_token"]
    assert refusal(call(facebook, "GET", "oauth/access_token", params=trade))[1] == 100
    pages = call(facebook, "GET", "me/accounts", token).json()["data"]
    assert [(one["id"], one["access_token"], "MESSAGING" in one["tasks"]) for one in pages] == [
        (PAGE, PAGE_TOKEN, True)
    ]
    about = call(facebook, "GET", "debug_token", facebook.app.token, params={"input_token": token}).json()["data"]
    assert "pages_messaging" in about["scopes"] and about["granular_scopes"][0]["target_ids"] == [PAGE]


@pytest.mark.parametrize(
    ("change", "body", "refused"),
    [
        ({}, {"recipient": {"id": "9"}, "message": {"text": "x"}}, (400, 100, 2018001)),
        ({}, {"recipient": {"id": PSID}, "message": {"text": "x" * 2001}}, (400, 100, None)),
        ({"quiet_for": 90_000.0}, {"recipient": {"id": PSID}, "message": {"text": "x"}}, (403, 10, 2018278)),
        ({"blocks": True}, {"recipient": {"id": PSID}, "message": {"text": "x"}}, (400, 551, 1545041)),
    ],
)
def test_messenger_refuses_what_the_send_api_does(
    facebook: FacebookDouble, change: dict[str, Any], body: Any, refused: tuple[int, int, int | None]
) -> None:
    who = facebook.book.customer(PSID)
    for name, value in change.items():
        setattr(who, name, value)
    assert refusal(call(facebook, "POST", f"{PAGE}/messages", PAGE_TOKEN, json=body)) == refused


def test_a_page_is_told_only_what_it_has_subscribed_to(facebook: FacebookDouble) -> None:
    with hook() as (url, posted):
        facebook.webhook = Webhook(url)
        facebook.customer_says(PSID, "before")
        params = {"subscribed_fields": "messages,message_echoes"}
        call(facebook, "POST", f"{PAGE}/subscribed_apps", PAGE_TOKEN, params=params)
        facebook.customer_says(PSID, "after")
        facebook.customer_reads(PSID)
        body = {"recipient": {"id": PSID}, "message": {"text": "ours", "metadata": "k"}}
        call(facebook, "POST", f"{PAGE}/messages", PAGE_TOKEN, json=body)
        assert facebook.settle()
    said = [one["message"] for asked in posted for one in asked.json()["entry"][0]["messaging"]]
    assert [(one["text"], one.get("is_echo", False), one.get("metadata")) for one in said] == [
        ("after", False, None),
        ("ours", True, "k"),
    ]
