"""A case put to the trial: replications on the engine, estimates with intervals, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from statistics import fmean

from tests.yardsticks.cases import CASES, SHORTEST, Case, Measure
from tests.yardsticks.centre import Centre
from tests.yardsticks.draws import Draw, poisson
from tests.yardsticks.estimate import Estimate, controlled, plain
from tests.yardsticks.peers import Fate, Peer

ALL = CASES | {SHORTEST.name: SHORTEST}
NEAR = 2.0
"""How many half widths of the 95 % interval theory may be off: with a hundred figures some are off by more than one."""


@dataclass(frozen=True)
class Verdict:
    """`raw` = the plain mean over the replications, `estimate` = the same with control variates."""

    case: str
    measure: Measure
    customers: int
    raw: Estimate
    estimate: Estimate

    @property
    def off(self) -> float:
        """How far theory is from the estimate, as a share of theory."""
        return abs(self.estimate.mean - self.measure.expected) / self.measure.expected

    def problems(self, tolerance: float) -> list[str]:
        """Empty = theory and engine agree within `tolerance`, by an interval narrow enough to say so."""
        wrong = []
        if not self.measure.rare:
            if self.estimate.precision >= tolerance:
                wrong.append(f"the interval is too wide to tell: ±{self.estimate.precision:.1%}")
            if self.off > tolerance:
                wrong.append(f"off by {self.off:.1%}")
        for name, one in (("estimate", self.estimate), ("plain mean", self.raw)):
            if abs(one.mean - self.measure.expected) > NEAR * one.half + 1e-9:
                wrong.append(f"the {name}'s interval {one.mean:.5g} ± {one.half:.2g} is not near theory")
        expected = f"{self.case}, {self.measure.name}: theory {self.measure.expected:.5g}"
        return [f"{expected}: {one}" for one in wrong]


Seen = list[tuple[float, list[float]]]
"""Of one replication: each measure's mean, with those of its controls."""


def try_case(case: Case) -> list[Verdict]:
    return _verdicts(case, [replicate(case, number) for number in range(case.replications)])


def try_all(cases: Sequence[Case], workers: int) -> Iterator[list[Verdict]]:
    """Replications in processes of their own, `workers` at a time; the answers come in the order of the cases."""
    with ProcessPoolExecutor(workers) as pool:
        asked = [[pool.submit(_replicate, case.name, number) for number in range(case.replications)] for case in cases]
        for case, answers in zip(cases, asked, strict=True):
            yield _verdicts(case, [answer.result() for answer in answers])


def _replicate(name: str, number: int) -> Seen:
    """A case holds functions, which do not travel between processes; its name does."""
    return replicate(ALL[name], number)


def _verdicts(case: Case, seen: Sequence[Seen]) -> list[Verdict]:
    verdicts = []
    for place, measure in enumerate(case.measures):
        values = [replication[place][0] for replication in seen]
        controls = [
            ([replication[place][1][number] for replication in seen], control.mean)
            for number, control in enumerate(measure.controls)
        ]
        counted = case.customers * case.replications
        verdicts.append(Verdict(case.name, measure, counted, plain(values), controlled(values, controls)))
    return verdicts


def draws_of(case: Case, replication: int) -> list[Draw]:
    """The same for every rule of distribution: common random numbers."""
    seed = f"{case.rate} {case.work} {replication}"
    return poisson(case.warm + case.customers, rate=case.rate, work=case.work, patience=case.patience, seed=seed)


def run(case: Case, replication: int) -> Centre:
    """One replication on the engine; ready for questions."""
    centre = Centre(replace(case.rules, seed=f"seed {replication}"), case.working)
    centre.run(draws_of(case, replication))
    return centre


def replicate(case: Case, replication: int) -> Seen:
    visits = run(case, replication).visits[case.warm :]
    draws = draws_of(case, replication)
    fates: dict[Peer, list[Fate]] = {}
    for measure in case.measures:
        for control in measure.controls:
            if control.peer not in fates:
                fates[control.peer] = control.peer(draws)[case.warm :]
    return [
        (
            fmean(measure.figure(visit) for visit in visits),
            [fmean(control.figure(fate) for fate in fates[control.peer]) for control in measure.controls],
        )
        for measure in case.measures
    ]
