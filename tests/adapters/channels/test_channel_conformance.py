"""What every channel must do, whatever its provider: run over all that are found."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels import SEND_ERRORS, SHORT_NAMES, ConnectsByToken, Hooked, by_token, channel, kinds
from adapters.channels.inbound import InboundKind
from adapters.channels.keys import HOOK_SECRET, TOKEN
from adapters.vault.secrets import Secret
from domain.errors import Invalid, NotFound
from domain.kinds import KINDS

every_kind = pytest.mark.parametrize("kind", kinds())
TOKEN_KINDS = [kind for kind in kinds() if isinstance(channel(kind), ConnectsByToken)]
every_token_kind = pytest.mark.parametrize("kind", TOKEN_KINDS)
SIGN_NOTHING = {"avito", "yandex_dialogs", "whatsapp_messagebird", "whatsapp_infobip"}
"""Providers that publish no signature, or need not be told to sign: the secret in the address is compared before a
channel is asked."""
SECRETS = (HOOK_SECRET, TOKEN)
ALL_KINDS: frozenset[str] = frozenset(InboundKind.__args__)  # type: ignore[attr-defined]
OUTCOMES = {"sent", "accepted", "retry", "permanent_failure", "chat_migrated", "bad_credentials", "token"}


def test_telegram_is_found_without_being_named_anywhere() -> None:
    assert "telegram" in kinds()


@every_kind
def test_a_channel_is_a_kind_that_the_domain_knows(kind: str) -> None:
    assert channel(kind).kind == kind
    assert kind in KINDS


def test_short_names_mean_kinds_of_the_domain() -> None:
    assert set(SHORT_NAMES.values()) <= set(KINDS)


def test_a_kind_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NotFound, match="telegram") as refused:
        channel("pigeon")
    assert refused.value.code == "kind_unknown"


@every_kind
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read_without_raising(kind: str, raw: bytes) -> None:
    things = channel(kind).parse(raw, {})
    assert things and all(thing.kind in ALL_KINDS for thing in things)


@every_kind
@given(
    value=st.recursive(
        st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_any_json_is_read_without_raising_and_shown_as_json(kind: str, value: object) -> None:
    for thing in channel(kind).parse(json.dumps(value).encode(), {}):
        assert json.loads(json.dumps(thing.to_json()))["kind"] == thing.kind


@every_kind
def test_an_unreadable_body_says_why(kind: str) -> None:
    things = channel(kind).parse(b"\xff\xfe\x00", {})
    assert [thing.kind for thing in things] == ["invalid"]
    assert things[0].reason


@every_kind
@given(status=st.integers(100, 599), body=st.binary(max_size=100))
def test_any_answer_means_something_that_the_table_knows(kind: str, status: int, body: bytes) -> None:
    result = channel(kind).classify(status, body)
    assert result.outcome in OUTCOMES | {"unknown", "operator_action"}
    assert result.code is None or result.code in SEND_ERRORS
    assert (result.outcome == "retry") == bool(result.error and result.error.retryable)


@every_kind
@pytest.mark.requirement("S11", "E07")
def test_a_hook_without_or_with_a_wrong_proof_is_not_believed(kind: str) -> None:
    adapter, secret = channel(kind), Secret("the right one")
    if adapter.address_proves:
        assert kind in SIGN_NOTHING
        return
    for secrets in ({}, dict.fromkeys(SECRETS, secret), dict.fromkeys(SECRETS, Secret(""))):
        assert not adapter.verify_webhook(Hooked({}, b"{}"), secrets)
        assert not adapter.verify_webhook(Hooked({"authorization": "the right one"}, b"{}"), secrets)


@every_kind
def test_a_challenge_with_a_wrong_word_is_not_answered(kind: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "a guess", "hub.challenge": "7"}
    for secrets in ({}, dict.fromkeys(SECRETS, Secret("the right one")), dict.fromkeys(SECRETS, Secret(""))):
        assert channel(kind).challenge(asked, secrets) is None


@every_token_kind
@pytest.mark.requirement("D05")
def test_a_token_is_trimmed_and_hides_itself(kind: str) -> None:
    token = by_token(kind).clean_token("  1234:abcdefgh \n")
    assert token.reveal() == "1234:abcdefgh"
    assert "1234" not in f"{token} {token!r}"


@every_token_kind
@pytest.mark.parametrize(
    ("typed", "code"), [("", "token_empty"), (" \n ", "token_empty"), ("12 34", "token_has_spaces")]
)
def test_what_cannot_be_a_token_is_refused_before_any_call(kind: str, typed: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        by_token(kind).clean_token(typed)
    assert refused.value.code == code
