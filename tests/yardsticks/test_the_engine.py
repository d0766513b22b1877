"""The engine against queueing theory: exactly against recursions with the same customers, and in the mean.

The quick tests allow 10 %, which a short run can tell; the long ones (`-m soak`) allow 3 %, with intervals narrower
than that. `tests/yardsticks/table.py` prints what the long ones find.
"""

from __future__ import annotations

import os
from dataclasses import replace
from math import isclose
from statistics import fmean

import pytest

from domain.group import ALGORITHMS, Algorithm
from tests.yardsticks import peers, trial
from tests.yardsticks.cases import CASES, HOUR, SHORTEST, Case, impatient, left, pushed, refused, waiting
from tests.yardsticks.centre import GROUP, Centre, Visit
from tests.yardsticks.estimate import controlled, plain
from tests.yardsticks.peers import Peer

QUICK, PRECISE = 0.10, 0.03
SHORT = (300, 12)


def agrees(case: Case, tolerance: float) -> None:
    problems = [problem for verdict in trial.try_case(case) for problem in verdict.problems(tolerance)]
    assert not problems, "\n".join(problems)


def same_fates(case: Case, peer: Peer) -> None:
    """Customer by customer, to the microsecond."""
    visits = trial.run(case, 0).visits
    fates = peer(trial.draws_of(case, 0))
    assert [visit.agent is not None for visit in visits] == [fate.served for fate in fates]
    for visit, fate in zip(visits, fates, strict=True):
        assert isclose(visit.wait, fate.wait, abs_tol=1e-6), f"customer {visit.number}: {visit.wait} not {fate.wait}"


class TestCustomerByCustomer:
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_the_wait_in_a_common_queue_is_the_same_under_every_rule(self, algorithm: Algorithm) -> None:
        same_fates(waiting("1a", 100 / HOUR, 180, 7, algorithm).sized(300, 1), peers.common_queue(7))

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_so_is_who_loses_patience(self, algorithm: Algorithm) -> None:
        case = impatient("2b", 100 / HOUR, 180, 4, 120).sized(300, 1)
        same_fates(replace(case, rules=replace(case.rules, algorithm=algorithm)), peers.common_queue(4))

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_and_who_finds_every_slot_taken(self, algorithm: Algorithm) -> None:
        same_fates(refused("7", 4, 2, algorithm, slots=3).sized(300, 1), peers.common_queue(6))

    def test_round_robin_deals_out_in_turns(self) -> None:
        same_fates(pushed("4", "round_robin", 0.8, 0.0).sized(300, 1), peers.in_turns(4))


@pytest.mark.parametrize(
    "name",
    [
        "1a M/M/7",
        "1b M/M/1",
        "2c M/M/5+M, patience = work",
        "3 in_order",
        "4 round_robin, 0.5",
        "5 least_busy, 2.4 a unit",
        "7 two agents of 3 slots",
    ],
)
def test_in_the_mean_a_short_run_agrees_within_ten_percent(name: str) -> None:
    agrees(CASES[name].sized(*SHORT), QUICK)


def test_the_shortest_queue_is_better_than_turns_and_turns_are_better_than_lots() -> None:
    """Case 4, with the same customers: random > round robin > least busy > the common queue."""
    random, turns, shortest, common = (
        fmean(visit.wait for visit in trial.run(case.sized(1_000, 1), 0).visits)
        for case in (CASES["4 random, 0.8"], CASES["4 round_robin, 0.8"], SHORTEST, CASES["4 common queue, 0.8"])
    )
    assert random > 1.2 * turns > 1.2 * 1.5 * shortest > 1.2 * 1.5 * 1.05 * common


class TestIdentities:
    """Case 8: true of every run, whatever the numbers."""

    case = impatient("2c", 100 / HOUR, 180, 5, 180).sized(400, 1)

    def test_the_engines_queue_over_time_is_the_sum_of_the_waits(self) -> None:
        """Little's law on a run from empty to empty: the integral of the engine's queue = all the waits."""
        area, before, length = 0.0, 0.0, 0

        def watch(centre: Centre) -> None:
            nonlocal area, before, length
            area += length * (centre.time - before)
            before, length = centre.time, len(centre.engine.heads.queue(GROUP, 1_000))

        visits = self._run(watch).visits
        assert area > 0
        assert isclose(area, sum(visit.wait for visit in visits), rel_tol=1e-9)

    def test_who_came_was_served_or_left_or_is_there(self) -> None:
        def watch(centre: Centre) -> None:
            open_ = {name for name, dialog in centre.engine.heads.dialogs() if dialog.open}
            gone = [visit for visit in centre.visits if visit.ended is not None]
            served = sum(visit.agent is not None for visit in gone)
            abandoned = sum(visit.agent is None for visit in gone)
            assert len(centre.visits) == served + abandoned + len(open_)

        visits = self._run(watch).visits
        assert any(visit.agent is None for visit in visits)

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_nobody_ever_has_more_than_his_capacity_nor_idles_while_somebody_waits(self, algorithm: Algorithm) -> None:
        case = refused("7", 6, 2, algorithm, slots=3).sized(200, 1)
        case = replace(case, patience=1.0)

        def watch(centre: Centre) -> None:
            loads = [agent.load for _, agent in centre.engine.heads.states("agent")]
            assert loads == [len(desk.open) for desk in centre.desks.values()]
            assert max(loads) <= 3
            assert min(loads) == 3 or not centre.engine.heads.queue(GROUP, 1)

        centre = Centre(case.rules, case.working)
        centre.run(trial.draws_of(case, 0), watch)
        assert centre.engine.events > 1_000

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_the_same_seed_gives_the_same_result(self, algorithm: Algorithm) -> None:
        case = refused("7", 6, 2, algorithm, slots=3).sized(100, 1)
        first, second = (trial.run(case, 0) for _ in range(2))
        assert (first.visits, first.engine.events) == (second.visits, second.engine.events)
        assert first.engine.heads.heads == second.engine.heads.heads

    def test_abandonment_is_impatience_times_wait(self) -> None:
        abandonment_is_impatience_times_wait(self.case.sized(300, 12), QUICK)

    def _run(self, watch: object) -> Centre:
        centre = Centre(self.case.rules, self.case.working)
        centre.run(trial.draws_of(self.case, 0), watch)  # type: ignore[arg-type]
        return centre


def abandonment_is_impatience_times_wait(case: Case, tolerance: float) -> None:
    """P(abandon) = theta · E[W], exactly: the difference is nought, by an interval narrow beside P(abandon)."""
    assert case.patience is not None
    share: list[float] = []
    difference: list[float] = []
    patience: list[float] = []
    for number in range(case.replications):
        visits = trial.run(case, number).visits[case.warm :]
        share.append(fmean(map(left, visits)))
        difference.append(fmean(left(visit) - visit.wait / case.patience for visit in visits))
        patience.append(fmean(_drawn_patience(visit) for visit in visits) / case.patience)
    found = controlled(difference, [(patience, 1.0)])
    assert found.half < tolerance * plain(share).mean, f"too wide to tell: {found}"
    assert abs(found.mean) <= trial.NEAR * found.half, f"not nought: {found}"


def _drawn_patience(visit: Visit) -> float:
    assert visit.draw.patience is not None
    return visit.draw.patience


@pytest.fixture(scope="module")
def verdicts() -> dict[str, list[trial.Verdict]]:
    """All cases, on all cores."""
    return dict(zip(trial.ALL, trial.try_all(list(trial.ALL.values()), os.cpu_count() or 1), strict=True))


@pytest.mark.soak
@pytest.mark.timeout(1_800)
class TestPrecisely:
    @pytest.mark.parametrize("name", list(CASES))
    def test_within_three_percent(self, name: str, verdicts: dict[str, list[trial.Verdict]]) -> None:
        problems = [problem for verdict in verdicts[name] for problem in verdict.problems(PRECISE)]
        assert not problems, "\n".join(problems)

    def test_the_shortest_queue_waits_as_long_as_others_have_simulated(
        self, verdicts: dict[str, list[trial.Verdict]]
    ) -> None:
        (verdict,) = verdicts[SHORTEST.name]
        assert verdict.estimate.precision < PRECISE
        assert 0.94 * (1 - PRECISE) <= verdict.estimate.mean <= 0.96 * (1 + PRECISE)

    @pytest.mark.parametrize("patience", [120, 180, 300])
    def test_abandonment_is_impatience_times_wait(self, patience: float) -> None:
        abandonment_is_impatience_times_wait(impatient("2", 100 / HOUR, 180, 5, patience).sized(2_000, 24), PRECISE)
