"""Whatever people and time do, the laws hold: any day, any rule, step by step (F10, F11, F23, F32, §14)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.desk.administration import SetGroup
from domain.desk.presence import SetActive
from domain.group import ALGORITHMS
from domain.streams import AGGREGATES, fresh, prefix_of
from tests.domain.laws import LAWS, check
from tests.domain.moves import MOVES, STAFF, Move, an_office, play, random_moves
from tests.domain.test_examples import from_disk
from tests.examples import SHOP, SUPPORT, saves, verifies
from tests.office import Office

DAYS = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 59), st.integers(0, 59)), max_size=40)


@pytest.mark.requirement("F06", "F10", "F11", "F18", "F23", "F32", "G02", "G06", "G16")
@whatever(algorithm=st.sampled_from(ALGORITHMS), moves=DAYS, capacity=st.integers(1, 3))
def test_the_laws_hold_after_every_step_of_any_day(algorithm: str, moves: list[Move], capacity: int) -> None:
    play(an_office(algorithm, capacity), moves, check)


@pytest.mark.requirement("F10", "F11", "F23")
@pytest.mark.parametrize("seed", range(20))
def test_the_laws_hold_after_a_long_day(seed: int) -> None:
    office = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
    play(office, random_moves(seed, 150), lambda _: None)
    check(office)


@pytest.mark.requirement("F07", "F30")
@pytest.mark.parametrize("seed", range(10))
def test_no_dialog_is_ever_silently_stuck(seed: int) -> None:
    """After any day, with everybody ready and willing, every dialog comes to an agent or to its end."""
    office = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
    play(office, random_moves(seed + 100, 100), lambda _: None)
    if not office.state(f"channel-{SHOP}").working:
        office.do(verifies())
    office.do(saves(receiver=SUPPORT))
    for name in (one for one in office.heads.groups() if not office.state(f"group-{one}").archived):
        office.do(SetGroup(group=name, changes={"max_rounds": 2}))
    for agent in STAFF:
        office.do(SetActive(agent=agent, active=True))
    for step in ("capacity", "members"):
        play(office, [(step, n, 3 if step == "capacity" else 7) for n in (1, 2, 3)], lambda _: None)
    play(office, [("presence", n, 0) for n in range(3)], lambda _: None)
    office.run_for(timedelta(days=40))
    waiting = [name for name, dialog in office.heads.dialogs() if dialog.open and not dialog.held]
    assert waiting == []


@pytest.mark.requirement("F24", "E14")
@pytest.mark.parametrize("seed", range(5))
def test_the_same_day_again_is_the_same_log(seed: int) -> None:
    assert log_of(seed) == log_of(seed)


def log_of(seed: int) -> list[str]:
    office = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
    play(office, random_moves(seed, 150), lambda _: None)
    return [
        f"{one.stream}@{one.version} {one.recorded_at} {one.event.model_dump_json(by_alias=True)}" for one in office.log
    ]


@pytest.mark.requirement("F32")
@pytest.mark.parametrize("seed", range(5))
def test_every_head_is_folded_from_what_was_written_to_disk(seed: int) -> None:
    """Events and heads make the way to JSON and back at every single step, and the fold stays the same."""
    office = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
    play(office, random_moves(seed + 200, 60), lambda _: None)
    states: dict[str, object] = {}
    for one in office.log:
        event = type(one.event).model_validate_json(one.event.model_dump_json(by_alias=True))
        assert event == one.event
        before = states.get(one.stream, fresh(one.stream))
        states[one.stream] = from_disk(AGGREGATES[prefix_of(one.stream)].evolve(before, event, one.stamp))
    assert states == {name: head.state for name, head in office.heads.heads.items() if not name.startswith("rotation-")}


@pytest.mark.parametrize("seed", range(5))
def test_waking_everything_again_changes_nothing(seed: int) -> None:
    """Timers and processors may look as often as they like: a second look finds nothing to do."""
    office = an_office(ALGORITHMS[seed % len(ALGORITHMS)])
    play(office, random_moves(seed + 300, 60), lambda _: None)
    office.catch_up()
    before = len(office.log)
    for _ in range(2):
        office.catch_up()
        sweep(office)
    assert [one.event.kind for one in office.log[before:]] == []


def sweep(office: Office) -> None:
    """Marks everything that any processor could look at."""
    for marks in office.dirty.values():
        marks.update(dict.fromkeys(office.heads.heads))
    office.settle()


def test_all_moves_do_something() -> None:
    """Else the days above would prove less than they seem to."""
    days: list[Any] = []
    for seed, algorithm in enumerate(ALGORITHMS * 6):
        office = an_office(algorithm)
        play(office, random_moves(seed, 200), lambda _: None)
        days += office.events()
    met = {one.kind for one in days}
    expected = {
        "dialog.offer_accepted",
        "dialog.offers_ended",
        "dialog.round_exhausted",
        "dialog.overflowed",
        "dialog.left_in_queue",
        "dialog.transferred",
        "dialog.reopened",
        "dialog.held",
        "dialog.unheld",
        "dialog.closed",
        "channel.disconnected",
        "quarantine.inbound_quarantined",
        "quarantine.quarantine_released",
        "group.members_changed",
        "dialog.assignment_expired",
        "group.archived",
        "dialog.released",
        "agent.deactivated",
        "agent.reactivated",
        "channel.receiver_invalid",
        "channel.receiver_restored",
        "alert.alert_cleared",
    }
    assert expected <= met
    decided = [one for one in days if one.kind == "dialog.routing_decided"]
    assert {"sticky", *ALGORITHMS} <= {one.algorithm for one in decided}
    assert {"skill", "full", "tried", "not_ready"} <= {reason for one in decided for reason in one.rejected}
    assert len(LAWS) == 21
