"""`up --kafka`: the same engine with a real broker between; killed and stopped, it leaves no process behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka import KafkaUnavailable, LocalKafka
from infra.kafka.jars import ensure_jars
from infra.kafka.node import java
from infra.kafka.record import read_record
from infra.postgres import EmbeddedPostgres
from tests.broker import refuse
from tests.infra.commands.terminal import Terminal, answers_at, process
from tests.loop import eventually

pytestmark = pytest.mark.kafka


@pytest.fixture
def broker(data: Path) -> Iterator[Path]:
    """The folder of the broker to be; the test is skipped with the reason where no broker is to be had."""
    try:
        java()
        ensure_jars(None)
    except KafkaUnavailable as unavailable:
        refuse(unavailable)
    yield data / "kafka"
    LocalKafka(data / "kafka").stop()


def test_through_a_broker_and_a_kill(here: Terminal, data: Path, broker: Path) -> None:
    at = ("--data", str(data))
    with process("up", "--kafka", "--port", "0", *at) as up:
        answers_at(data, up)
        assert here("agents", "set", "anna", "--name", "Anna", *at).code == 0
        assert eventually(lambda: read_all(here, at), within=30)
        os.kill(up.pid, signal.SIGKILL)
        up.wait(10)
    left = read_record(broker)
    assert left is not None
    assert left.broker.alive()
    with process("up", "--kafka", "--port", "0", *at) as up:
        answers_at(data, up)
        assert here("status", "-o", "json", *at).json["kafka"] == f"127.0.0.1:{left.port}"
        assert here("agents", "ready", "anna", *at).code == 0
        assert eventually(lambda: read_all(here, at), within=30)
        os.kill(up.pid, signal.SIGKILL)
        up.wait(10)
    assert here("stop", *at).code == 0
    assert not left.broker.alive()
    assert not EmbeddedPostgres(data).running


def read_all(here: Terminal, at: tuple[str, str]) -> bool:
    """Have the relay and every consumer read to the end of a log that is not empty?"""
    found = here("projections", "status", "-o", "jsonl", *at).lines
    names = {one["consumer"] for one in found}
    return {"relay", "agent_board"} <= names and all(one["position"] and not one["lag"] for one in found)
