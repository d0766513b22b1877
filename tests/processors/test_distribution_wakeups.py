"""Wake-ups of whole days: shuffled, repeated, lost and made good by the sweep, they decide the same (F29)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from domain.group import ALGORITHMS
from tests.domain.moves import an_office, play, random_moves
from tests.office import ENOUGH, Office

KEYS = {"message", "client_key", "external_key", "provider_id", "item"}
AHEAD = {"the_engine_stands_still", "accept_at_the_last_moment"}
"""Moves after which something is due that no timer has rung for: who looks first decides about it."""


def day(seed: int, settle: Callable[[Office], None] | None = None) -> Office:
    """Everything that people and time may do, under one of the rules; `settle` = how the processors are woken."""
    office = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
    if settle is not None:
        office.settle = lambda: settle(office)  # type: ignore[method-assign]
    play(office, [one for one in random_moves(seed + 500, 120) if one[0] not in AHEAD], lambda _: None)
    return office


def told(office: Office, *, nobody: bool = True) -> list[tuple[str, str]]:
    """The log without the keys of messages, which these days number by the log's length.

    Without `nobody`, what was only said of dialogs that nobody could be offered is left out.
    """
    said = [one for one in office.log if nobody or getattr(one.event, "outcome", "") != "none"]
    return [(one.stream, one.event.model_dump_json(exclude=KEYS)) for one in said]


@pytest.mark.requirement("F29", "F24")
@pytest.mark.parametrize("seed", range(20))
def test_shuffled_and_repeated_they_lead_to_the_same_log(seed: int) -> None:
    chance = random.Random(seed)

    def order(marks: list[str]) -> list[str]:
        return chance.choices(marks, k=len(marks)) + chance.sample(marks, len(marks))

    def settle(office: Office) -> None:
        for _ in range(ENOUGH):
            if not office.look(order):
                return

    assert told(day(seed, settle)) == told(day(seed))


def losing(seed: int, *, swept: bool) -> Office:
    """Half of distribution's marks are lost; the sweep marks every group that has a queue, and nothing else."""
    chance = random.Random(seed)

    def settle(office: Office) -> None:
        for _ in range(ENOUGH):
            marks = office.dirty["distribution"]
            kept = {key: None for key in marks if chance.random() < 0.5}
            sweep = {f"group-{group}": None for group in office.heads.waiting_groups()} if marks and swept else {}
            office.dirty["distribution"] = {**kept, **sweep}
            if not office.look():
                return

    return day(seed, settle)


@pytest.mark.requirement("F29")
@pytest.mark.parametrize("seed", range(20))
def test_what_was_lost_is_made_good_by_the_sweep(seed: int) -> None:
    assert told(losing(seed, swept=True), nobody=False) == told(day(seed), nobody=False)


def test_without_a_sweep_it_would_not_be() -> None:
    assert any(told(losing(seed, swept=False), nobody=False) != told(day(seed), nobody=False) for seed in range(5))
