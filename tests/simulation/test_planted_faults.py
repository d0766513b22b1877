"""The simulation can fail: every planted fault is found, by a truth that is about it, within 500 seeds."""

from __future__ import annotations

import pytest

from tests.simulation.digests import elsewhere
from tests.simulation.planted import DEFECTS, HASHED
from tests.simulation.runs import digest, of_seed, report, run, shortest
from tests.simulation.shapes import draw, moves

SEEDS = 500
TWICE = "the_same_run_is_the_same_log"


def first_found(found_by: tuple[str, ...]) -> int | None:
    """The first seed at which one of these truths is broken."""
    if TWICE in found_by:
        return next((seed for seed in range(SEEDS) if digest(seed) != digest(seed)), None)
    return next((seed for seed in range(SEEDS) if not of_seed(seed).broken.keys().isdisjoint(found_by)), None)


@pytest.mark.parametrize("name", list(DEFECTS))
def test_a_planted_fault_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: pytest.RecordProperty
) -> None:
    fault = DEFECTS[name]
    fault.plant(monkeypatch)
    seed = first_found(fault.found_by)
    assert seed is not None, f"invariant {fault.invariant}: {name} was not found in {SEEDS} seeds"
    record_property("first_found_at_seed", seed)


@pytest.mark.parametrize("name", list(HASHED))
def test_a_fault_that_hangs_on_hashes_is_found_between_two_processes(name: str) -> None:
    seeds = range(25)
    assert elsewhere(1, "UTC", seeds, name) != elsewhere(2, "UTC", seeds, name)


def test_every_invariant_about_rules_has_a_fault_of_its_own() -> None:
    """Settled: at least the control changes of invariants 1 to 14."""
    assert {fault.invariant for fault in DEFECTS.values()} >= set(range(1, 19))
    assert len(DEFECTS) + len(HASHED) >= 24


def test_a_failing_run_is_told_by_its_shortest_history(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = DEFECTS["the timer closes without looking again"]
    fault.plant(monkeypatch)
    seed = first_found(fault.found_by)
    assert seed is not None
    shape, truth = draw(seed), fault.found_by[0]
    part = shortest(shape, moves(shape), truth)
    assert len(part) < len(moves(shape)) // 2
    assert truth in run(shape, part).broken
    for n in range(len(part)):
        assert truth not in run(shape, part[:n] + part[n + 1 :]).broken, "no move can be left out"
    told = report(seed)
    assert f"✗ {truth}" in told or truth in told.splitlines()[0]
    assert "> " in told
