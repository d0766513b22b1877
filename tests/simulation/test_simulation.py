"""Whatever is killed, delayed, repeated or lost, at whatever moment: the engine's truths hold.

PARLEY_SIMULATION_SECONDS: run as many seeds as fit, at least 500 (as CI does). PARLEY_SIMULATION_SEEDS: run so many.
A run that fails is told again with `python -m tests.simulation.runs SEED`.
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import count
from time import monotonic, process_time

import pytest

from tests.simulation.digests import elsewhere
from tests.simulation.machine import Simulation
from tests.simulation.runs import digest, of_seed, report
from tests.simulation.shapes import DESK, FAULTS, draw, moves

FEW, AT_LEAST, MANY = 80, 500, 2_000


class Course:
    """Runs one seed after the other; a failing one ends it with its shortest history."""

    def __init__(self) -> None:
        self.runs = self.steps = 0
        self._began, self._cpu = monotonic(), process_time()

    @property
    def seconds(self) -> float:
        return monotonic() - self._began

    def run(self, seed: int) -> None:
        verdict = of_seed(seed)
        if verdict.broken:
            pytest.fail(report(seed), pytrace=False)
        self.runs += 1
        self.steps += verdict.steps

    def tell(self, capsys: pytest.CaptureFixture[str]) -> None:
        cpu = process_time() - self._cpu
        speed = f"{self.runs / cpu:.0f} runs/s, {self.steps / cpu:,.0f} steps/s of one core"
        with capsys.disabled():
            print(f"\n{self.runs} runs of {self.steps / self.runs:,.0f} steps in {self.seconds:.0f} s: {speed}")


@pytest.mark.timeout(600)
@pytest.mark.requirement("F10", "F11", "F23", "F29", "G05", "G06", "G09", "G12", "E02", "E03", "E11", "E14")
def test_the_truths_hold_in_every_run(capsys: pytest.CaptureFixture[str]) -> None:
    course, seconds = Course(), float(os.environ.get("PARLEY_SIMULATION_SECONDS", "0"))
    wanted = int(os.environ.get("PARLEY_SIMULATION_SEEDS") or (AT_LEAST if seconds else FEW))
    for seed in count():
        if seed >= wanted and course.seconds >= seconds:
            break
        course.run(seed)
    course.tell(capsys)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_truths_hold_in_two_thousand_runs(capsys: pytest.CaptureFixture[str]) -> None:
    course = Course()
    for seed in range(MANY):
        course.run(seed)
    course.tell(capsys)


@pytest.mark.requirement("F24", "M05")
def test_the_same_seed_is_the_same_run_in_every_process_and_time_zone() -> None:
    """Invariant 10: nothing hangs on hashes, on the wall clock or on where the machine stands."""
    seeds = range(25)
    here = [digest(seed) for seed in seeds]
    assert elsewhere(1, "Asia/Tokyo", seeds) == here
    assert elsewhere(2, "America/Caracas", seeds) == here


def test_runs_are_about_everything() -> None:
    """Else the runs above would prove less than they seem to."""
    met: Counter[str] = Counter()
    for seed in range(FEW):
        shape = draw(seed)
        sim = Simulation(shape)
        sim.play(moves(shape))
        met.update(one.event.kind for one in sim.log)
        met.update(name for name, *_ in moves(shape))
        met.update((shape.deployment, shape.feed))
    rare = [name for name in (*DESK, *FAULTS, *EVENTS, "one", "split", "double", "log", "topics") if met[name] < 5]
    assert not rare


EVENTS = (
    "dialog.offer_accepted",
    "dialog.offers_ended",
    "dialog.round_exhausted",
    "dialog.overflowed",
    "dialog.left_in_queue",
    "dialog.transferred",
    "dialog.reopened",
    "dialog.held",
    "dialog.unheld",
    "dialog.released",
    "dialog.closed",
    "dialog.closing_message_sent",
    "dialog.message_delivered",
    "agent.deactivated",
    "channel.disconnected",
    "quarantine.inbound_quarantined",
    "group.members_changed",
)
