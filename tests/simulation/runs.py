"""A run from its seed to its verdict; and of a run that failed, the shortest part that still fails in the same way.

python -m tests.simulation.runs 17          what happened in the run of seed 17, in words; exit code 1 if it failed
python -m tests.simulation.runs 0:500       how many of these fail, and how quick it is
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import process_time

from tests.simulation.machine import Simulation
from tests.simulation.moves import RESTING
from tests.simulation.shapes import Move, Shape, draw, moves
from tests.simulation.truths import ALWAYS, AT_HOME, AT_REST, Truth


@dataclass
class Verdict:
    """`broken`: the names of truths that do not hold → the sentence of each. `told`: what happened, if asked for."""

    broken: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    events: int = 0
    told: list[str] = field(default_factory=list)
    digest: str = ""

    def __str__(self) -> str:
        return "; ".join(f"{name}: {sentence}" for name, sentence in self.broken.items()) or "all is well"


def run(shape: Shape, course: Sequence[Move], *, telling: bool = False) -> Verdict:
    verdict = Verdict()
    sim = Simulation(shape, telling=telling)
    try:
        sim.play(course, lambda move: _look(sim, AT_REST if move in RESTING else ALWAYS, verdict))
        sim.settle()
        _look(sim, AT_REST, verdict)
        sim.go_home()
        _look(sim, AT_HOME, verdict)
    except Exception as fault:
        # Whatever a run dies of is its verdict; what it had done by then is still worth reading.
        verdict.broken.setdefault(type(fault).__name__, str(fault))
    verdict.steps, verdict.events, verdict.told = sim.steps, len(sim.log), sim.told
    return verdict


def _look(sim: Simulation, truths: Sequence[Truth], verdict: Verdict) -> None:
    for truth in truths:
        try:
            truth(sim)
        except AssertionError as broken:
            if truth.__name__ not in verdict.broken:
                verdict.broken[truth.__name__] = str(broken)
                sim.told.append(f"{'':21}✗ {truth.__name__}: {broken}")


def of_seed(seed: int) -> Verdict:
    shape = draw(seed)
    return run(shape, moves(shape))


def digest(seed: int) -> str:
    """Of everything that the log of a run says."""
    shape = draw(seed)
    sim = Simulation(shape)
    sim.play(moves(shape))
    sim.settle()
    text = hashlib.blake2b(digest_size=8)
    for one in sim.log:
        text.update(f"{one.stream} {one.version} {one.recorded_at} {one.event.model_dump_json()}".encode())
    return text.hexdigest()


def shortest(shape: Shape, course: Sequence[Move], truth: str) -> list[Move]:
    """A part of these moves that breaks this truth, and of which no single move can be left out. (Zeller's ddmin.)"""

    def fails(part: Sequence[Move]) -> bool:
        return truth in run(shape, part).broken

    part, size = list(course), max(1, len(course) // 2)
    while True:
        shorter = _without_a_chunk(part, size, fails)
        if shorter is not None:
            part = shorter
        elif size == 1:
            return part
        size = max(1, min(size, len(part)) // (1 if shorter is not None else 2))


def _without_a_chunk(part: list[Move], size: int, fails: Callable[[Sequence[Move]], bool]) -> list[Move] | None:
    for first in range(0, len(part), size):
        rest = part[:first] + part[first + size :]
        if fails(rest):
            return rest
    return None


def report(seed: int) -> str:
    """What a person needs to know of a run that failed: which truths, and the shortest history that breaks one."""
    shape = draw(seed)
    course, broken = moves(shape), of_seed(seed).broken
    if not broken:
        return f"Seed {seed}: all is well."
    truth = next(iter(broken))
    part = shortest(shape, course, truth)
    verdict = run(shape, part, telling=True)
    lines = [f"Seed {seed} breaks {', '.join(broken)}.", f"{shape}"]
    lines += [f"{len(part)} of {len(course)} moves are enough for {truth}:", *(f"  {move}" for move in part)]
    told = [line for line in verdict.told if any(sign in line for sign in NEWS)]
    end = next(n for n, line in enumerate(told, 1) if f"✗ {truth}" in line)
    return "\n".join([*lines, "What happened:", *told[:end]])


NEWS = ("> ", "→", "✗", "begins again")
"""Signs of lines that are worth reading: a move, events, a broken truth. Everybody else had nothing to do."""


def main(asked: str) -> int:
    if ":" not in asked:
        told = report(int(asked))
        print(told)
        return int(not told.endswith("all is well."))
    first, last = map(int, asked.split(":"))
    began, steps, failed = process_time(), 0, 0
    for seed in range(first, last):
        verdict = of_seed(seed)
        steps += verdict.steps
        if verdict.broken:
            failed += 1
            print(f"seed {seed}: {verdict}")
    seconds = process_time() - began
    print(f"{last - first} runs, {failed} failed: {(last - first) / seconds:.1f} runs/s, {steps / seconds:.0f} steps/s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
