"""The same with Kafka between the log and its readers: relays are killed as well, and the copy is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.kill.checks_copy import wrong_copy
from tests.acceptance.kill.deployment import Deployment
from tests.acceptance.kill.test_kill import SEED
from tests.acceptance.kill.trial import judged, work_and_reap
from tests.broker import kafka_address, topic_prefix

__all__ = ["kafka_address"]
pytestmark = pytest.mark.kafka


@pytest.mark.requirement("E01", "E02", "E04", "E11", "E14", "J09")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [8, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_through_kafka_nothing_is_lost_either_and_the_copy_is_the_store(
    tmp_path: Path, kafka_address: str, kills: int
) -> None:
    with Deployment(tmp_path, kafka=kafka_address, prefix=topic_prefix()) as installed:
        trial, evidence = work_and_reap(installed, tmp_path, kills, SEED)
        trial.wrong += wrong_copy(installed.database, kafka_address, installed.prefix)
        judged(trial, evidence)
    assert trial.wrong == []
    assert len(trial.killed) == kills
    assert trial.messages > 5 * kills and trial.commands > 0


@pytest.mark.timeout(3600)
@pytest.mark.soak
def test_a_relay_that_is_killed_fifty_times_leaves_the_copy_whole(tmp_path: Path, kafka_address: str) -> None:
    with Deployment(tmp_path, kafka=kafka_address, prefix=topic_prefix()) as installed:
        victims = ["relay-1", "relay-2"]
        trial, evidence = work_and_reap(installed, tmp_path, 50, SEED, victims=victims)
        trial.wrong += wrong_copy(installed.database, kafka_address, installed.prefix)
        judged(trial, evidence)
    assert trial.wrong == []
    assert len(trial.killed) == 50
