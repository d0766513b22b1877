"""Load for benchmarks: N threads doing one thing until the time is up; best of interleaved rounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

Job = Callable[[], None]


def rate(make_job: Callable[[int], Job], writers: int, seconds: float) -> float:
    """Calls per second of `writers` threads, each with a job of its own."""
    counts = [0] * writers
    start = threading.Barrier(writers + 1)

    def work(number: int) -> None:
        job = make_job(number)
        job()
        start.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            job()
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def interleaved(sides: Sequence[Callable[[], float]], rounds: int) -> list[float]:
    """The best figure of each side; rounds alternate, so that a busy moment hits all alike."""
    best = [0.0] * len(sides)
    for _ in range(rounds):
        for place, side in enumerate(sides):
            best[place] = max(best[place], side())
    return best
