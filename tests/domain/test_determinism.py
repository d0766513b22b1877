"""Processes with other hash seeds, in other time zones, write the same log: no decision follows a set (F24, M05)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from domain.distribution import RULES, Choice, Member, Question
from domain.group import ALGORITHMS
from tests.domain.moves import an_office, play, random_moves
from tests.house.scripts import ROOT

SHOW = "from tests.domain.test_determinism import digest; print(digest(planted={planted}))"


def digest(*, planted: bool = False) -> str:
    """One number for a week under all five rules; `planted` makes one rule walk through a set."""
    if planted:
        RULES["all_at_once"] = through_a_set
    text = hashlib.sha256()
    for seed, algorithm in enumerate(ALGORITHMS * 2):
        office = an_office(algorithm)
        play(office, random_moves(seed, 150), lambda _: None)
        for one in office.log:
            text.update(f"{one.event_id} {one.recorded_at} {one.event.model_dump_json(by_alias=True)}".encode())
    return text.hexdigest()


def through_a_set(eligible: Sequence[Member], question: Question) -> Choice:
    return Choice(tuple({member.agent for member in eligible})[: question.width], question.rotation.cursor)


HOUSES = (("1", "UTC"), ("2", "Asia/Tokyo"), ("3", "America/New_York"))


def in_processes(planted: bool) -> set[str]:
    """What processes with different hash seeds in different time zones print."""
    return {printed(seed, zone, planted) for seed, zone in HOUSES}


def printed(seed: str, zone: str, planted: bool) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SHOW.format(planted=planted)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.requirement("F24")
def test_neither_the_order_of_sets_nor_the_place_of_the_clock_decides_anything() -> None:
    assert len(in_processes(planted=False) | {digest()}) == 1


def test_a_rule_that_walks_through_a_set_would_be_found() -> None:
    assert len(in_processes(planted=True)) > 1
