"""What a fold does not read it may leave in the database: proved for every kind that claims it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.dialog.events import Offered, Target
from domain.dialog.state import UNREAD, Dialog, evolve
from domain.recorded import Stamp
from domain.streams import EVENTS
from tests.examples import EVENTS as EXAMPLES

STATE = replace(
    Dialog(),
    phase="offered",
    channel="shop",
    customer="vera",
    target=Target(kind="group", id="sales"),
    offers=(Offered(offer="o1", agent="anna"),),
    tags=frozenset({"vip"}),
)
STAMP = Stamp(datetime(2030, 1, 1, tzinfo=UTC), 7)


@pytest.mark.parametrize("kind", sorted(UNREAD))
def test_an_event_without_its_data_folds_to_the_same_state(kind: str) -> None:
    blank = EVENTS[kind].model_construct(kind=kind)
    example = EXAMPLES[kind]
    assert evolve(STATE, blank, STAMP) == evolve(STATE, example, STAMP)  # type: ignore[arg-type]


def test_that_comparison_can_fail() -> None:
    blank = EVENTS["dialog.tag_added"].model_construct(kind="dialog.tag_added")
    example = EXAMPLES["dialog.tag_added"]
    with pytest.raises((AssertionError, AttributeError)):
        assert evolve(STATE, blank, STAMP) == evolve(STATE, example, STAMP)  # type: ignore[arg-type]
