"""Controls: where PostgreSQL may lose what it has committed, the kill test must turn red; and nobody runs like that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.kill.deployment import POSTGRES, Deployment
from tests.acceptance.kill.test_kill import SEED
from tests.acceptance.kill.trial import judged, work_and_reap

CARELESS = {"synchronous_commit": "off", "wal_writer_delay": "10s", "bgwriter_lru_maxpages": "0"}
"""Committed before it is on the disk, and nobody hurries to bring it there."""


@pytest.mark.timeout(600)
def test_a_store_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path) -> None:
    with Deployment(tmp_path, postgres_settings=CARELESS, any_durability=True) as installed:
        trial = judged(*work_and_reap(installed, tmp_path, 3, SEED, victims=[POSTGRES]))
    assert [words for words in trial.wrong if words.startswith("lost: chat")], "the checker saw no loss"


def test_the_engine_refuses_to_start_on_such_a_store(tmp_path: Path) -> None:
    with Deployment(tmp_path, postgres_settings=CARELESS, any_durability=True) as installed:
        for command in (["serve", "--port", "0"], ["process"], ["project"]):
            careful = {**installed.environment(), "PARLEY_UNSAFE_ACCEPT_ANY_DURABILITY": "0"}
            refused = subprocess.run(
                [str(Path(sys.executable).with_name("parley")), *command],
                env=careful,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )
            assert (refused.returncode, refused.stdout) == (7, "")
            assert "(unsafe_durability)" in refused.stderr and "synchronous_commit = off" in refused.stderr
