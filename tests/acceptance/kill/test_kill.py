"""Processes and PostgreSQL are killed with -9 at random while messages come in: nothing answered may be lost."""

from __future__ import annotations

import os
from pathlib import Path
from random import SystemRandom

import pytest

from tests.acceptance.kill.deployment import Deployment
from tests.acceptance.kill.trial import judged, work_and_reap

SEED = int(os.environ.get("PARLEY_TEST_SEED", "0")) or SystemRandom().randrange(1, 1_000_000)


@pytest.mark.requirement("E01", "E02", "E04", "E11", "E14", "J09")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [10, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_nothing_that_was_answered_is_lost_and_nothing_is_there_twice(tmp_path: Path, kills: int) -> None:
    with Deployment(tmp_path) as installed:
        trial = judged(*work_and_reap(installed, tmp_path, kills, SEED))
    assert trial.wrong == []
    assert len(trial.killed) == kills
    assert trial.messages > 10 * kills and trial.commands > 0
