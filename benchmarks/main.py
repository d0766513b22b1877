"""Which benchmarks there are, and how a result looks."""

from __future__ import annotations

import sys
import time
from importlib import import_module

from benchmarks.report import Comparison

NAMES = ("append", "intake", "rebuild", "projection", "webhook", "relay", "latency", "startup", "choosing", "decide")


def main(arguments: list[str]) -> None:
    smoke = "--smoke" in arguments
    names = [name for name in arguments if not name.startswith("-")] or list(NAMES)
    print(f"{'what':46} {'ours':>12} {'peer':>12} {'ratio':>8}  {'goal':>7}  peer", flush=True)
    for name in names:
        started = time.perf_counter()
        for comparison in import_module(f"benchmarks.{name}").run(smoke=smoke):
            show(comparison)
        print(f"# {name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)


def show(one: Comparison) -> None:
    ratio = f"{one.ratio:7.2f}x" if one.peer is not None else "       -"
    peer = f"{_figure(one.peer):>12}" if one.peer is not None else " " * 12
    goal = f"{one.goal:>7}" if one.goal else " " * 7
    mark = "" if one.reached is None else ("  ok" if one.reached else "  BELOW GOAL")
    print(f"{one.what:46} {_figure(one.ours):>12} {peer} {ratio}  {goal}  {one.against}{mark}", flush=True)


def _figure(value: float) -> str:
    return f"{value:,.1f}" if value >= 10 else f"{value:.2f}"
