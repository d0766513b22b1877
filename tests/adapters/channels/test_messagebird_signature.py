"""The signature of MessageBird: which token is believed, for which request, when, and how often."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels import Hooked
from adapters.channels.whatsapp_messagebird import seen
from adapters.channels.whatsapp_messagebird.adapter import MessageBird
from adapters.channels.whatsapp_messagebird.conversations import ConversationsApi
from adapters.channels.whatsapp_messagebird.seen import Seen
from adapters.channels.whatsapp_messagebird.signature import HEADER, believed
from adapters.vault.secrets import Secret

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "messagebird" / "signature_jwt_vectors.json"
KEY = Secret("a signing key")
URL = "https://parley.example/hooks/whatsapp_messagebird/shop/s3cr3t"
RAW = '{"type":"message.created","text":"Добрый день 👋"}'.encode()
NOW = 1_700_000_000.0


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(*, key: Secret = KEY, alg: str = "HS256", digest: str = "sha256", **claims: Any) -> str:
    """A right one, save what is said otherwise; a claim that is None is left out."""
    told = {
        "iss": "MessageBird",
        "nbf": NOW,
        "exp": NOW + 60,
        "jti": "59a244dc",
        "url_hash": hashlib.sha256(URL.encode()).hexdigest(),
        "payload_hash": hashlib.sha256(RAW).hexdigest(),
    } | claims
    signed = f"{part({'alg': alg, 'typ': 'JWT'})}.{part({n: v for n, v in told.items() if v is not None})}"
    return f"{signed}.{part(hmac.new(key.reveal().encode(), signed.encode(), digest).digest())}"


def proves(given: str, *, url: str = URL, raw: bytes = RAW, now: float = NOW, key: Secret = KEY) -> bool:
    return believed(given, url, raw, key, now) is not None


@pytest.mark.requirement("E07")
@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not there: payloads beside the repository")
def test_every_published_vector() -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))
    assert (len(vectors), sum(one["valid"] for one in vectors)) == (22, 12)
    for one in vectors:
        now = datetime.fromisoformat(one["timestamp"]).timestamp()
        key, raw = Secret(one.get("secret", "")), one.get("payload", "").encode()
        assert proves(one["token"], url=one["url"], raw=raw, now=now, key=key) == one["valid"], one["name"]


@pytest.mark.requirement("E07")
@pytest.mark.parametrize("bits", [256, 384, 512])
def test_the_three_algorithms_are_believed(bits: int) -> None:
    assert proves(token(alg=f"HS{bits}", digest=f"sha{bits}"))


@pytest.mark.requirement("E07")
@pytest.mark.parametrize(
    "given",
    [
        token(alg="none"),
        token(alg="HS1", digest="sha1"),
        token(alg="hs256"),
        token(alg="HS512"),
        token(key=Secret("another key")),
        token(iss="Messagebird"),
        token(jti=""),
        token(jti=None),
        token(jti=7),
        token(exp=None),
        token(nbf=None),
        token(exp=True),
        token(url_hash=None),
        token(payload_hash=None),
        token(payload_hash="пар"),
        f"{part({'alg': 'none'})}.{part({'iss': 'MessageBird'})}.",
        token().rpartition(".")[0] + ".AAAA",
        token() + ".x",
        "",
        "..",
        "é.é.é",
        "a" * 10_000,
    ],
)
def test_a_token_that_is_not_theirs_is_not_believed(given: str) -> None:
    assert not proves(given)


@pytest.mark.requirement("E07")
def test_another_address_body_or_key_is_not_believed() -> None:
    assert proves(token())
    assert not proves(token(), url=URL + "?again=1")
    assert not proves(token(), url=URL.replace("https", "http"))
    assert not proves(token(), raw=RAW + b" ")
    assert not proves(token(), raw=b"")
    assert not proves(token(key=Secret("")), key=Secret(""))


def test_a_request_without_a_body_has_no_hash_of_one() -> None:
    assert proves(token(payload_hash=None), raw=b"")
    assert not proves(token(payload_hash=hashlib.sha256(b"").hexdigest()), raw=b"")


@pytest.mark.requirement("E07")
@pytest.mark.parametrize(("late", "counts"), [(-1.1, False), (-1, True), (0, True), (61, True), (61.1, False)])
def test_a_token_counts_from_its_first_to_its_last_moment_with_a_second_of_grace(late: float, counts: bool) -> None:
    assert proves(token(), now=NOW + late) is counts


@pytest.mark.requirement("E07")
@given(data=st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: f"{part(raw)}.{part(raw)}.{part(raw)}"))
def test_whatever_stands_in_the_header_is_refused_without_raising(data: str) -> None:
    assert not proves(data)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def hooked(given: str, raw: bytes = RAW, **values: object) -> Hooked:
    return Hooked({HEADER: given}, raw, URL, values)


@pytest.mark.requirement("E07")
def test_a_replay_is_refused_as_long_as_its_token_would_count_and_after_that_for_its_date() -> None:
    clock = Clock()
    bird, secrets = MessageBird(ConversationsApi(clock)), {"signing_key": KEY}
    assert bird.verify_webhook(hooked(token()), secrets)
    for later in (0, 30, 61, 62, 10_000):
        clock.now = NOW + later
        assert not bird.verify_webhook(hooked(token()), secrets)
    anew = token(jti="another", nbf=NOW + 10_000, exp=NOW + 10_060)
    assert bird.verify_webhook(hooked(anew), secrets)


@pytest.mark.requirement("E07")
def test_a_forged_token_uses_up_no_id() -> None:
    bird, secrets = MessageBird(ConversationsApi(Clock())), {"signing_key": KEY}
    assert not bird.verify_webhook(hooked(token(), RAW + b" "), secrets)
    assert bird.verify_webhook(hooked(token()), secrets)


def test_without_a_signing_key_the_address_is_the_proof_and_one_taken_back_is_not_asked_for() -> None:
    bird = MessageBird(ConversationsApi(Clock()))
    assert bird.verify_webhook(hooked(""), {})
    assert bird.verify_webhook(hooked("", signing_key=None), {"signing_key": KEY})
    assert not bird.verify_webhook(hooked("", signing_key="0123abcd"), {"signing_key": KEY})


def test_no_more_than_so_many_proofs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_KEPT", 4)
    kept = Seen()
    assert all(kept.first(str(number), NOW + number, NOW) for number in range(9))
    assert len(kept._until) <= 4
    assert not kept.first("8", NOW + 8, NOW)
