"""Every yardstick can fail: an error is planted in the engine, and the check that watches for it turns red."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

import processors
from domain.desk import world as worlds
from domain.dialog.state import Dialog
from domain.distribution import RULES, Choice, Member, Question
from tests.yardsticks import heads, peers, test_the_engine, trial
from tests.yardsticks.cases import CASES, HOUR, pushed, waiting
from tests.yardsticks.engine import Engine
from tests.yardsticks.test_the_engine import QUICK, agrees, same_fates

Patch = pytest.MonkeyPatch


def a_common_queue() -> None:
    same_fates(waiting("1a", 100 / HOUR, 180, 7).sized(300, 1), peers.common_queue(7))


def turns() -> None:
    same_fates(pushed("4", "round_robin", 0.8, 0.0).sized(300, 1), peers.in_turns(4))


def shares_of(rule: str) -> Callable[[], None]:
    return lambda: agrees(CASES[f"3 {rule}"].sized(300, 12), QUICK)


def in_the_mean(name: str, customers: int = 300) -> Callable[[], None]:
    return lambda: agrees(CASES[name].sized(customers, 12), QUICK)


PLANTED: dict[str, tuple[Callable[[Patch], None], Callable[[], None]]] = {}


def planted(watch: Callable[[], None]) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def register(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        PLANTED[plant.__name__.replace("_", " ")] = (plant, watch)
        return plant

    return register


@planted(a_common_queue)
def a_free_slot_is_noticed_only_when_the_next_customer_comes(patch: Patch) -> None:
    _deaf(patch)


@planted(in_the_mean("1a M/M/7"))
def the_same_seen_in_the_mean(patch: Patch) -> None:
    _deaf(patch)


def _deaf(patch: Patch) -> None:
    right = processors.REGISTRY["distribution"]
    patch.setitem(processors.REGISTRY, "distribution", replace(right, hears=right.hears - {"agent.slot_released"}))


@planted(a_common_queue)
def every_look_comes_one_command_too_late(patch: Patch) -> None:
    def late(engine: Engine, command: object) -> object:
        while engine._look():
            pass
        return engine._run(command)

    patch.setattr(Engine, "do", late)


@planted(a_common_queue)
def the_last_to_come_is_served_first(patch: Patch) -> None:
    def newest_first(dialog: Dialog) -> tuple[int, int]:
        return -dialog.priority, -dialog.queued_position

    patch.setattr(heads, "queue_order", newest_first)
    patch.setattr(worlds, "queue_order", newest_first)


def the_first(eligible: Sequence[Member], asked: Question) -> Choice:
    return Choice((eligible[0].agent,), asked.rotation.cursor)


@planted(shares_of("random"))
def random_always_takes_the_first(patch: Patch) -> None:
    patch.setitem(RULES, "random", the_first)


@planted(in_the_mean("4 round_robin, 0.5"))
def round_robin_draws_lots(patch: Patch) -> None:
    patch.setitem(RULES, "round_robin", lambda eligible, asked: RULES["random"](eligible, replace(asked, seed="s")))


@planted(turns)
def round_robin_goes_round_only_among_the_free(patch: Patch) -> None:
    """Who has nothing to do comes first, then the turn."""
    right = RULES["round_robin"]

    def idle_first(eligible: Sequence[Member], asked: Question) -> Choice:
        return right([one for one in eligible if not one.load] or eligible, asked)

    patch.setitem(RULES, "round_robin", idle_first)


@planted(shares_of("in_order"))
def in_order_takes_turns(patch: Patch) -> None:
    patch.setitem(RULES, "in_order", RULES["round_robin"])


@planted(in_the_mean("5 least_busy, 2.4 a unit", 300))
def least_busy_fills_up(patch: Patch) -> None:
    def most_busy(eligible: Sequence[Member], asked: Question) -> Choice:
        return Choice((max(eligible, key=lambda member: member.load).agent,), asked.rotation.cursor)

    patch.setitem(RULES, "least_busy", most_busy)


@planted(test_the_engine.test_the_shortest_queue_is_better_than_turns_and_turns_are_better_than_lots)
def least_busy_does_not_look_at_the_load(patch: Patch) -> None:
    patch.setitem(RULES, "least_busy", RULES["round_robin"])


@pytest.mark.parametrize("name", list(PLANTED))
def test_a_planted_error_is_found(name: str, monkeypatch: Patch) -> None:
    plant, watch = PLANTED[name]
    plant(monkeypatch)
    with pytest.raises(AssertionError) as red:
        watch()
    lines = str(red.value).splitlines()
    assert not all("too wide to tell" in line for line in lines), "red only because the run is short"


def test_a_run_that_is_too_short_to_tell_is_no_agreement() -> None:
    """No vacuous pass: theory lies inside a wide interval, and still it is refused."""
    verdicts = trial.try_case(CASES["1a M/M/7"].sized(20, 12))
    problems = [problem for verdict in verdicts for problem in verdict.problems(0.03)]
    assert any("too wide to tell" in problem for problem in problems)
