"""The one Kafka broker of a test run, and names that no other test has.

`PARLEY_TEST_KAFKA` names a broker that runs already; else a real one is started from pip-installed parts at
the first question and stopped when the run ends. Where its parts cannot be had the test is skipped with the
reason; with CI=true or PARLEY_STRICT=1 it fails. Anything else that goes wrong fails everywhere.

A run takes the first free slot under the system's temporary folder. What a killed run left in a slot, a
broker too, is ended by the next run that takes it.
"""

from __future__ import annotations

import atexit
import fcntl
import itertools
import os
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

import pytest

from infra.kafka import KafkaUnavailable, LocalKafka
from infra.kafka.probe import answers

NOT_TO_BE_HAD = {"kafka.extra_missing", "kafka.jars_unreachable"}
_slots_held: list[IO[bytes]] = []


@pytest.fixture(scope="session")
def kafka_address() -> str:
    """HOST:PORT of the run's broker. Import this name where it is used; all importers share one broker."""
    return broker_address()


def broker_address() -> str:
    """HOST:PORT of the run's broker; skips or fails the test that asks when there is none."""
    found = _broker()
    if isinstance(found, KafkaUnavailable):
        refuse(found)
    return found


def topic_prefix() -> str:
    """A prefix of topic names that nobody else has."""
    return f"t{uuid.uuid4().hex[:12]}."


def refuse(reason: KafkaUnavailable) -> NoReturn:
    """Skip for parts that cannot be had here; fail for any other reason, and always in a strict run."""
    if reason.code in NOT_TO_BE_HAD and not strict():
        pytest.skip(f"No Kafka here ({reason.code}): {reason.sentence}")
    pytest.fail(f"No Kafka ({reason.code}): {reason.sentence}", pytrace=False)


def strict() -> bool:
    return os.environ.get("CI") == "true" or os.environ.get("PARLEY_STRICT") == "1"


@cache
def _broker() -> str | KafkaUnavailable:
    if named := os.environ.get("PARLEY_TEST_KAFKA"):
        silent = KafkaUnavailable("kafka.unreachable", f"Nobody answers at PARLEY_TEST_KAFKA={named}")
        return named if answers(named, timeout_ms=10_000) else silent
    folder = _free_slot()
    broker = LocalKafka(folder)
    try:
        address = broker.start()
    except KafkaUnavailable as unavailable:
        return unavailable
    atexit.register(_end, broker)
    return address


def _end(broker: LocalKafka) -> None:
    broker.stop()
    shutil.rmtree(broker.folder, ignore_errors=True)


def _free_slot() -> Path:
    slots = Path(tempfile.gettempdir()) / f"parley-tests-{os.getuid()}"
    slots.mkdir(mode=0o700, exist_ok=True)
    for number in itertools.count():
        lock = (slots / f"kafka-{number}.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _slots_held.append(lock)  # until the run ends, however it ends
        break
    folder = slots / f"kafka-{number}"
    _end(LocalKafka(folder))
    return folder
