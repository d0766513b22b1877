"""What both channels of Meta share: the signature, the challenge, the table of errors, the form of a body."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from adapters.channels import Access, Hooked, channel
from adapters.channels.graph import graph
from adapters.channels.graph_errors import regained_after
from adapters.channels.keys import APP_SECRET, HOOK_SECRET, TOKEN, VERIFY_TOKEN
from adapters.vault.secrets import Secret
from tests.adapters.channels import graph_bodies as meta

both = pytest.mark.parametrize("kind", ["facebook", "whatsapp_official"])
SECRETS = {APP_SECRET: meta.APP_SECRET, HOOK_SECRET: Secret("made"), TOKEN: Secret("token")}
BODY = meta.raw({"object": "page", "entry": [], "text": "Привет"})


@both
@pytest.mark.requirement("E07")
def test_a_body_signed_with_our_secret_is_believed(kind: str) -> None:
    assert channel(kind).verify_webhook(Hooked(meta.signed(BODY), BODY), SECRETS)


@both
@pytest.mark.requirement("E07")
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (meta.signed(BODY), BODY + b" "),
        (meta.signed(BODY), json.dumps(json.loads(BODY), ensure_ascii=False).encode()),
        (meta.signed(BODY, Secret("another")), BODY),
        ({"x-hub-signature-256": meta.signed(BODY)["x-hub-signature-256"].replace("sha256=", "")}, BODY),
        ({"x-hub-signature-256": meta.signed(BODY)["x-hub-signature-256"][:-1] + "x"}, BODY),
        ({"x-hub-signature": meta.signed(BODY)["x-hub-signature-256"]}, BODY),
        ({"x-hub-signature-256": "sha256=\udcff"}, BODY),
        ({}, BODY),
    ],
)
def test_anything_else_is_not(kind: str, headers: dict[str, str], body: bytes) -> None:
    """An altered body, the same one written anew, another secret, an altered signature, the old header, none."""
    assert not channel(kind).verify_webhook(Hooked(headers, body), SECRETS)


@both
@pytest.mark.requirement("E07")
def test_without_a_secret_of_ours_nothing_is_proved(kind: str) -> None:
    for secrets in ({}, {APP_SECRET: Secret("")}):
        assert not channel(kind).verify_webhook(Hooked(meta.signed(BODY, Secret("")), BODY), secrets)


def test_the_signature_is_that_of_a_published_vector() -> None:
    """RFC 4231, test case 2."""
    data, key = b"what do ya want for nothing?", Secret("Jefe")
    known = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert channel("facebook").verify_webhook(Hooked({"x-hub-signature-256": known}, data), {APP_SECRET: key})


@both
def test_the_challenge_is_answered_to_whom_knows_the_word(kind: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "made", "hub.challenge": "1158201444"}
    answer = channel(kind).challenge
    assert answer(asked, SECRETS) == "1158201444"
    assert answer(asked, {**SECRETS, HOOK_SECRET: Secret("another"), VERIFY_TOKEN: Secret("typed")}) is None
    assert answer(asked | {"hub.verify_token": "typed"}, {**SECRETS, VERIFY_TOKEN: Secret("typed")}) == "1158201444"
    assert answer(asked | {"hub.mode": "unsubscribe"}, SECRETS) is None
    assert answer(asked | {"hub.challenge": ""}, SECRETS) is None
    assert answer(asked | {"hub.verify_token": "mad"}, SECRETS) is None


ANSWERS = [
    ("both", 400, 190, {}, "bad_credentials", "bad_credentials"),
    ("both", 403, 200, {}, "bad_credentials", "bad_credentials"),
    ("both", 400, 10, {}, "bad_credentials", "bad_credentials"),
    ("both", 400, 4, {}, "retry", "rate_limited"),
    ("both", 400, 613, {}, "retry", "rate_limited"),
    ("both", 500, 2, {}, "retry", "provider_unavailable"),
    ("both", 400, 368, {}, "operator_action", "account_blocked"),
    ("both", 400, 987654, {"is_transient": True}, "retry", "provider_unavailable"),
    ("both", 400, 987654, {}, "permanent_failure", "refused"),
    ("facebook", 403, 10, {"error_subcode": 2018278}, "permanent_failure", "window_closed"),
    ("facebook", 400, 100, {"message": "(#100) No matching user found"}, "permanent_failure", "chat_not_found"),
    ("facebook", 400, 100, {"message": "Length of param message[text]"}, "permanent_failure", "message_too_long"),
    ("facebook", 400, 100, {"message": "(#100) Bad"}, "permanent_failure", "refused"),
    ("facebook", 403, 551, {}, "permanent_failure", "forbidden"),
    ("facebook", 403, 10904, {}, "permanent_failure", "receiving_disabled"),
    ("whatsapp_official", 400, 131047, {}, "permanent_failure", "window_closed"),
    ("whatsapp_official", 400, 131026, {}, "permanent_failure", "no_device"),
    ("whatsapp_official", 400, 131056, {}, "retry", "rate_limited"),
    ("whatsapp_official", 400, 130429, {}, "retry", "rate_limited"),
    ("whatsapp_official", 400, 132001, {}, "permanent_failure", "template_refused"),
    ("whatsapp_official", 403, 131031, {}, "operator_action", "account_blocked"),
    ("whatsapp_official", 400, 131042, {}, "permanent_failure", "payment_needed"),
    ("whatsapp_official", 403, 131005, {}, "bad_credentials", "bad_credentials"),
]


@pytest.mark.parametrize(("kind", "status", "number", "more", "outcome", "code"), ANSWERS)
def test_a_refusal_means_what_its_number_says(
    kind: str, status: int, number: int, more: dict[str, Any], outcome: str, code: str
) -> None:
    body = json.dumps({"error": {"message": "m", "type": "OAuthException", "code": number} | more}).encode()
    for one in ("facebook", "whatsapp_official") if kind == "both" else (kind,):
        result = channel(one).classify(status, body)
        assert (result.outcome, result.code) == (outcome, code), one


@both
def test_an_answer_without_a_number_means_what_its_status_says(kind: str) -> None:
    meant = {
        status: channel(kind).classify(status, b"<html>").outcome for status in (200, 302, 400, 401, 429, 502, 504)
    }
    assert meant == {
        200: "unknown",
        302: "retry",
        400: "permanent_failure",
        401: "bad_credentials",
        429: "retry",
        502: "retry",
        504: "unknown",
    }


def test_a_call_hides_its_token_and_is_signed_with_the_apps_secret() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        graph(Access(client, {TOKEN: Secret("tok"), APP_SECRET: Secret("s")}, "http://graph"), "GET", "me")
        graph(Access(client, {TOKEN: Secret("tok")}, "http://graph"), "GET", "me")
    signed, plain = seen
    assert signed.headers["authorization"] == "Bearer tok"
    assert "tok" not in str(signed.url) and len(signed.url.params["appsecret_proof"]) == 64
    assert str(plain.url) == "http://graph/v25.0/me"


def test_metas_own_account_of_our_calls_tells_how_long_to_wait() -> None:
    usage = {"1": [{"type": "messenger", "estimated_time_to_regain_access": 3}, {"estimated_time_to_regain_access": 1}]}
    assert regained_after({"x-business-use-case-usage": json.dumps(usage)}) == "180"
    assert regained_after({"x-business-use-case-usage": "no json"}) is None
    assert regained_after({}) is None


@both
@pytest.mark.parametrize(
    ("body", "becomes"),
    [
        ({}, "invalid"),
        ([], "invalid"),
        ({"object": "page"}, "invalid"),
        ({"object": "instagram", "entry": [{}]}, "ignore"),
    ],
)
def test_a_body_without_its_form_is_malformed_and_anothers_object_is_let_go(kind: str, body: Any, becomes: str) -> None:
    assert [one.kind for one in channel(kind).parse(meta.raw(body), {})] == [becomes]
