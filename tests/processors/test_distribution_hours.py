"""Out of hours nobody is offered anything; at opening everybody is dispatched in order (§8, H07, H10, H13)."""

from datetime import timedelta

import pytest

from domain.dialog.commands import SetPriority
from domain.working_time import Interval
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    PETR,
    SENIORS,
    SUPPORT,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    group,
    hours,
    is_now,
    saves,
    says,
    takes,
    tells,
)
from tests.office import MONDAY, Office
from tests.spec import fact, given, settled, wait

NOBODY = [*agents(ANNA, BORIS), is_now(ANNA, "away"), is_now(BORIS, "away"), *group(members=(ANNA, BORIS)), *channel()]
CROWD = tuple(f"customer-{n}" for n in range(30))


class TestHours:
    """The office works on weekdays from nine to six; Monday nine o'clock is now."""

    OPEN = [*agents(ANNA), *group(members=(ANNA,)), hours(), *channel(schedule="office-hours")]  # noqa: RUF012

    @staticmethod
    def evening(office: Office) -> None:
        office.run_for(MONDAY.replace(hour=18) - office.now)

    @pytest.mark.requirement("H07")
    def test_out_of_hours_nobody_is_offered_anything_and_no_round_is_counted(self) -> None:
        story = given(*self.OPEN, self.evening).when(says(IVAN), settled, wait(hours=14))
        story.then_never("dialog.routing_decided", "dialog.offers_made", "dialog.round_exhausted")

    @pytest.mark.requirement("H07")
    def test_at_opening_they_are_dispatched_by_priority_then_oldest_first(self) -> None:

        story = given(
            *self.OPEN, self.evening, says(IVAN), says(MARIA), says(PETR), tells(SetPriority(priority=9), PETR)
        )
        story.when(wait(hours=15))
        assert story.office.now == MONDAY + timedelta(days=1)
        made = [recorded.stream for recorded in story.caused if recorded.event.kind == "dialog.offers_made"]
        assert made == [f"dialog-{story.office.dialog_id(customer)}" for customer in (PETR, IVAN, MARIA)]
        assert {recorded.recorded_at for recorded in story.caused} == {story.office.now}

    @pytest.mark.requirement("H13")
    def test_an_offer_pending_at_closing_time_may_be_accepted(self) -> None:
        story = given(*self.OPEN, wait(hours=8, minutes=59, seconds=30), says(IVAN), wait(seconds=45))
        story.then_dialog(IVAN, phase="offered").when(accepts(ANNA)).then_answered(outcome="accepted")

    @pytest.mark.requirement("H13", "H07")
    def test_once_it_ended_the_next_is_made_at_opening(self) -> None:
        story = given(*self.OPEN, *agents(BORIS), SetGroup(group="support", changes={"members": [ANNA, BORIS]}))
        story.given(wait(hours=8, minutes=59, seconds=30), says(IVAN))
        story.when(wait(hours=14, minutes=59)).then(
            fact("dialog.offers_ended", reason="expired"), "agent.slot_released"
        )
        story.when(wait(hours=1)).then_among_others(
            fact("dialog.offers_made", round=1, attempt=2, offers=lambda offers: offers[0].agent == BORIS)
        )

    @pytest.mark.requirement("H07")
    def test_a_take_by_hand_and_a_named_agent_do_not_wait_for_opening(self) -> None:
        story = given(*self.OPEN, self.evening, says(IVAN))
        story.when(takes(ANNA)).then_answered(outcome="assigned")

    @pytest.mark.requirement("H07", "F30")
    def test_no_longest_wait_falls_due_before_opening(self) -> None:
        story = given(*self.OPEN, SetGroup(group="support", changes={"max_queue_wait": 600}), is_now(ANNA, "away"))
        story.given(self.evening, says(IVAN)).when(wait(hours=14, minutes=59)).then_nothing()
        story.when(wait(minutes=1)).then_among_others(fact("dialog.left_in_queue", cause="max_queue_wait"))

    @pytest.mark.requirement("H07", "F30")
    def test_at_opening_they_are_dispatched_even_where_a_night_is_too_long_a_wait(self) -> None:
        """The longest wait falls due at opening; but whom nobody was asked about yet is first put to who is there."""
        rules = {"max_queue_wait": 600, "overflow": "seniors"}
        story = given(*self.OPEN, *agents(BORIS), *group(SENIORS, members=(BORIS,)), SetAgent(agent=ANNA, capacity=1))
        story.given(SetGroup(group="support", changes=rules), self.evening, says(IVAN), says(MARIA))
        story.when(wait(hours=15)).then_dialog(IVAN, phase="offered", target=SUPPORT)
        story.then_dialog(MARIA, target=SENIORS)

    @pytest.mark.requirement("H10")
    def test_without_a_schedule_it_is_always_open(self) -> None:
        story = given(*self.OPEN, self.evening, saves(schedule=None))
        story.when(says(IVAN), settled).then_among_others("dialog.offers_made")

    @pytest.mark.requirement("H07")
    def test_longer_hours_dispatch_at_once_who_waited_for_the_old_opening(self) -> None:
        story = given(*self.OPEN, self.evening, says(IVAN), wait(hours=1))
        round_the_clock = tuple((Interval(start=0, end=1440),) for _ in range(7))
        story.when(hours(week=round_the_clock), settled).then_among_others("dialog.offers_made")

    @pytest.mark.requirement("H07")
    def test_an_earlier_opening_is_waited_for_instead_of_the_old_one(self) -> None:
        story = given(*self.OPEN, self.evening, says(IVAN), wait(hours=1))
        from_seven = tuple((Interval(start=420, end=1080),) for _ in range(7))
        story.given(hours(week=from_seven), settled)
        story.when(wait(hours=11, minutes=59)).then_nothing()
        story.when(wait(minutes=1)).then_among_others("dialog.offers_made")

    @pytest.mark.requirement("H07")
    def test_the_idle_timer_runs_on_at_night(self) -> None:
        hour = {"value": 1, "unit": "hours"}
        story = given(*self.OPEN, saves(auto_close=hour), self.evening, says(IVAN))
        story.when(wait(hours=1)).then(fact("dialog.closed", cause="idle"))
