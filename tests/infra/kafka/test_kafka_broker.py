"""Who may skip: only a machine where Kafka's parts cannot be had, and never a strict run."""

from __future__ import annotations

import pytest

from infra.kafka import KafkaUnavailable
from tests import broker


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PARLEY_STRICT", raising=False)


@pytest.fixture
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_broker", broker._broker.__wrapped__)


@pytest.mark.parametrize("code", sorted(broker.NOT_TO_BE_HAD))
def test_parts_that_cannot_be_had_skip_with_the_reason(code: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"{code}.*no network"):
        broker.refuse(KafkaUnavailable(code, "no network"))


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("PARLEY_STRICT", "1")])
def test_a_strict_run_fails_instead(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(pytest.fail.Exception, match="no network"):
        broker.refuse(KafkaUnavailable("kafka.jars_unreachable", "no network"))


@pytest.mark.parametrize("code", ["kafka.broker_died", "kafka.sum_mismatch", "kafka.start_timeout"])
def test_a_fault_of_ours_never_skips(code: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="it broke"):
        broker.refuse(KafkaUnavailable(code, "it broke"))


def test_a_named_broker_that_is_silent_fails(monkeypatch: pytest.MonkeyPatch, asked_anew: None) -> None:
    monkeypatch.setenv("PARLEY_TEST_KAFKA", "127.0.0.1:1")
    monkeypatch.setattr(broker, "answers", lambda address, timeout_ms: False)
    with pytest.raises(pytest.fail.Exception, match="Nobody answers at PARLEY_TEST_KAFKA"):
        broker.broker_address()


def test_a_named_broker_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, asked_anew: None) -> None:
    monkeypatch.setenv("PARLEY_TEST_KAFKA", "kafka.example:9092")
    monkeypatch.setattr(broker, "answers", lambda address, timeout_ms: True)
    assert broker.broker_address() == "kafka.example:9092"


def test_no_two_prefixes_are_alike() -> None:
    assert len({broker.topic_prefix() for _ in range(1000)}) == 1000
