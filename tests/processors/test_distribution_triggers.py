"""Every trigger of the complete list wakes the group that it concerns, by its event or its timer alone (§6)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.desk.presence import SetActive
from domain.dialog import commands as ask
from domain.working_time import Interval
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    SENIORS,
    SHOP,
    SUPPORT,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    closes,
    declines,
    disconnects,
    group,
    holds,
    hours,
    is_now,
    saves,
    says,
    shop,
    tells,
    transfers,
    verifies,
)
from tests.spec import given, settled, wait

FULL = [*shop(staff=(ANNA,), capacity=1), says(IVAN), accepts(ANNA), says(MARIA)]
"""Anna has one place and Ivan's dialog; Maria waits."""
NIGHT = [
    *agents(ANNA),
    *group(members=(ANNA,)),
    hours(),
    *channel(schedule="office-hours"),
    wait(hours=10),
    says(MARIA),
]
ROUND_THE_CLOCK = tuple((Interval(start=0, end=1440),) for _ in range(7))


def with_(**changes: Any) -> SetGroup:
    return SetGroup(group="support", changes=changes)


def away(*names: str) -> list[Any]:
    return [is_now(name, "away") for name in names]


TRIGGERS: dict[str, tuple[list[Any], Any]] = {
    "dialog queued": (shop(staff=(ANNA,)), says(MARIA)),
    "offers ended": ([*shop(staff=(ANNA, BORIS)), says(MARIA)], declines(ANNA, MARIA)),
    "slot released": (FULL, closes(IVAN)),
    "dialog held": ([*FULL, with_(held_counts=False)], holds(IVAN)),
    "agent becomes ready": ([*shop(staff=(ANNA,)), *away(ANNA), says(MARIA)], is_now(ANNA, "ready")),
    "agent reactivated": (
        [*shop(staff=(ANNA,)), SetActive(agent=ANNA, active=False), says(MARIA)],
        SetActive(agent=ANNA, active=True),
    ),
    "capacity changed": (FULL, SetAgent(agent=ANNA, capacity=2)),
    "skills changed": (
        [*shop(staff=(ANNA,), settings={"required_skills": ["refunds"]}), says(MARIA)],
        SetAgent(agent=ANNA, skills=["refunds"]),
    ),
    "member added": ([*FULL, *agents(BORIS)], with_(members=[ANNA, BORIS])),
    "policy changed": ([*FULL, holds(IVAN)], with_(held_counts=False)),
    "overflow changed": (
        [*FULL, *agents(BORIS), *group(SENIORS, members=(BORIS,)), with_(max_queue_wait=60), wait(seconds=60)],
        with_(overflow="seniors"),
    ),
    "longest wait shortened": (
        [*FULL, *agents(BORIS), *group(SENIORS, members=(BORIS,)), with_(overflow="seniors"), wait(seconds=60)],
        with_(max_queue_wait=60),
    ),
    "receiver changed": ([*FULL, *agents(BORIS), *group(SENIORS, members=(BORIS,))], saves(receiver=SENIORS)),
    "schedule of the channel changed": (NIGHT, saves(schedule=None)),
    "schedule changed": (NIGHT, hours(week=ROUND_THE_CLOCK)),
    "channel connected again": (
        [*shop(staff=(ANNA,)), says(MARIA), disconnects()],
        lambda office: [office.do(step) for step in (verifies(), saves(receiver=SUPPORT))],
    ),
    "working time opens": (NIGHT, wait(hours=14)),
    "retry pause over": ([*shop(staff=(ANNA,)), says(MARIA), declines(ANNA, MARIA)], wait(seconds=30)),
    "longest wait over": (
        [*FULL, *agents(BORIS), *group(SENIORS, members=(BORIS,)), with_(max_queue_wait=60, overflow="seniors")],
        wait(seconds=60),
    ),
}


@pytest.mark.requirement("F09", "F29", "F30")
@pytest.mark.parametrize("name", list(TRIGGERS))
def test_it_leads_to_an_offer(name: str) -> None:
    before, trigger = TRIGGERS[name]
    story = given(*before)
    made = len(story.office.events("dialog.offers_made"))
    story.when(trigger, settled)
    assert len(story.office.events("dialog.offers_made")) == made + 1
    story.then_dialog(MARIA, phase="offered")


@pytest.mark.requirement("H07")
def test_a_priority_that_changes_moves_it_forward() -> None:
    story = given(*FULL, says("petr")).when(tells(ask.SetPriority(priority=9), "petr"), closes(IVAN), settled)
    story.then_dialog("petr", phase="offered").then_dialog(MARIA, phase="queued")


def test_an_algorithm_counts_from_the_next_offer() -> None:
    story = given(*shop(staff=(ANNA, BORIS)), says(IVAN)).given(with_(algorithm="in_order"), says(MARIA))
    assert [one.agent for made in story.office.events("dialog.offers_made") for one in made.offers] == [ANNA, ANNA]


def test_when_working_time_closes_nothing_is_decided() -> None:
    story = given(*agents(ANNA), *group(members=(ANNA,)), hours(), *channel(schedule="office-hours"), *away(ANNA))
    story.given(says(MARIA)).when(wait(hours=9)).then_nothing()


def test_a_transfer_gives_a_place_at_the_end() -> None:
    story = given(*FULL, says("petr"), wait(seconds=1)).when(transfers("sofia", SUPPORT, MARIA, supervises=True))
    order = story.office.heads.queue("support", 10)
    assert order == [story.office.dialog_id("petr"), story.office.dialog_id(MARIA)]
    assert story.office.state(f"channel-{SHOP}").working
