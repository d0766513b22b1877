"""Rounds, pauses, the last round, the overflow and the longest wait (§6, F07, F30)."""

from datetime import timedelta

import pytest

from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    SENIORS,
    VERA,
    SetGroup,
    accepts,
    agents,
    channel,
    declines,
    group,
    is_now,
    says,
    shop,
    takes,
)
from tests.spec import fact, given, later, settled, wait

NOBODY = [*agents(ANNA, BORIS), is_now(ANNA, "away"), is_now(BORIS, "away"), *group(members=(ANNA, BORIS)), *channel()]
CROWD = tuple(f"customer-{n}" for n in range(30))


class TestRounds:
    ALONE = [*shop(staff=(ANNA,), max_rounds=2, retry_pause=30), says(IVAN)]  # noqa: RUF012

    @pytest.mark.requirement("F07")
    def test_when_everybody_was_tried_there_is_a_pause_and_then_a_new_round(self) -> None:
        story = given(*self.ALONE)
        story.when(declines(ANNA), settled).then_among_others(
            fact("dialog.round_exhausted", round=1, tried=(ANNA,), resume_at=story.office.now + timedelta(seconds=30))
        )
        story.when(wait(seconds=29, microseconds=999_999)).then_nothing()
        story.when(wait(microseconds=1)).then_among_others(
            fact("dialog.routing_decided", round=2, attempt=1, chosen=(ANNA,)), fact("dialog.offers_made", round=2)
        ).then_dialog(IVAN, tried=(), round=2)

    @pytest.mark.requirement("F07", "F30")
    def test_after_the_last_round_without_an_overflow_it_stays_and_somebody_is_alerted(self) -> None:
        story = given(*self.ALONE, declines(ANNA), wait(seconds=30)).when(declines(ANNA), settled)
        story.then_among_others(
            fact("dialog.round_exhausted", round=2, resume_at=None),
            fact("dialog.left_in_queue", cause="rounds"),
            fact("alert.alert_raised", alert="left_in_queue"),
        )
        story.when(wait(hours=5)).then_never("dialog.round_exhausted", "dialog.left_in_queue", "dialog.offers_made")

    @pytest.mark.requirement("F30")
    def test_left_in_the_queue_it_is_still_offered_to_who_was_not_tried_and_may_be_taken(self) -> None:
        left = [*self.ALONE, declines(ANNA), wait(seconds=30), declines(ANNA)]
        story = given(*left, *agents(BORIS)).when(
            SetGroup(group="support", changes={"members": [ANNA, BORIS]}), settled
        )
        story.then_among_others(fact("dialog.offers_made", offers=lambda offers: offers[0].agent == BORIS))
        given(*left).when(takes(ANNA)).then_answered(outcome="assigned")

    @pytest.mark.requirement("F07")
    def test_after_the_last_round_it_goes_to_the_overflow_and_keeps_its_place(self) -> None:
        story = given(*agents(BORIS), *group(SENIORS, members=(BORIS,)), *self.ALONE)
        story.given(SetGroup(group="support", changes={"overflow": "seniors", "max_rounds": 1}))
        first = story.office.dialog(IVAN).queued_at
        story.when(wait(seconds=10), declines(ANNA), settled).then_among_others(
            fact("dialog.round_exhausted", resume_at=None),
            fact("dialog.overflowed", source="support", to="seniors", cause="rounds"),
            fact("dialog.queued", target=SENIORS, target_from="overflow", queued_at=first, round=1, tried=()),
            fact("dialog.offers_made", offers=lambda offers: offers[0].agent == BORIS),
        )

    @pytest.mark.requirement("F07")
    def test_a_round_is_exhausted_also_when_those_who_were_tried_have_left(self) -> None:
        """Else a dialog whose only agent let it expire and went home would never reach the overflow."""
        story = given(*self.ALONE, wait(seconds=59), is_now(ANNA, "ready"))
        story.when(later(seconds=1), declines(ANNA), is_now(ANNA, "offline"), settled)
        story.then_among_others(fact("dialog.round_exhausted", round=1, tried=(ANNA,)))

    @pytest.mark.requirement("F07")
    def test_with_nobody_tried_no_round_is_counted(self) -> None:
        given(*NOBODY, says(IVAN)).when(wait(hours=1)).then_never("dialog.round_exhausted")

    @pytest.mark.requirement("F30", "F07")
    def test_an_untried_agent_who_comes_during_the_pause_is_offered_it_at_once(self) -> None:
        story = given(*self.ALONE, *agents(BORIS), is_now(BORIS, "away"))
        story.given(SetGroup(group="support", changes={"members": [ANNA, BORIS]}), declines(ANNA), wait(seconds=5))
        story.then_dialog(IVAN, phase="queued", resume_at=lambda at: at is not None)
        story.when(is_now(BORIS, "ready"), settled).then_among_others(
            fact("dialog.offers_made", round=1, attempt=2, offers=lambda offers: offers[0].agent == BORIS)
        )

    @pytest.mark.requirement("F06", "F30")
    def test_a_tried_agent_who_comes_back_during_the_pause_is_not(self) -> None:
        story = given(*self.ALONE, declines(ANNA), is_now(ANNA, "away"))
        story.when(is_now(ANNA, "ready"), settled).then("agent.presence_changed")

    @pytest.mark.requirement("F07")
    def test_without_a_limit_the_rounds_go_on_for_ever(self) -> None:
        story = given(*shop(staff=(ANNA,), max_rounds=0, answer_wait=10, retry_pause=5), says(IVAN))
        story.when(wait(minutes=5)).then_dialog(IVAN, round=21)
        story.then_never("dialog.left_in_queue")


class TestTheLongestWait:
    @pytest.mark.requirement("F30")
    def test_over_it_goes_to_the_overflow_whatever_the_round(self) -> None:
        story = given(*NOBODY, *agents(VERA), *group(SENIORS, members=(VERA,)))
        story.given(SetGroup(group="support", changes={"max_queue_wait": 300, "overflow": "seniors"}), says(IVAN))
        story.when(wait(seconds=299)).then_nothing()
        story.when(wait(seconds=1)).then_among_others(
            fact("dialog.overflowed", to="seniors", cause="max_queue_wait"),
            fact("dialog.queued", target=SENIORS),
            "dialog.offers_made",
        )

    @pytest.mark.requirement("F30")
    def test_over_without_an_overflow_it_stays_with_one_alert(self) -> None:
        story = given(*NOBODY, SetGroup(group="support", changes={"max_queue_wait": 300}), says(IVAN))
        story.when(wait(hours=2)).then(
            fact("dialog.left_in_queue", cause="max_queue_wait"), fact("alert.alert_raised", alert="left_in_queue")
        )

    @pytest.mark.requirement("F30")
    def test_in_the_overflow_it_begins_anew(self) -> None:
        waits = {"max_queue_wait": 300}
        story = given(*NOBODY, SetGroup(group="seniors", name="Seniors", changes=waits))
        story.given(SetGroup(group="support", changes={**waits, "overflow": "seniors"}), says(IVAN), wait(seconds=300))
        story.when(wait(seconds=299)).then_nothing()
        story.when(wait(seconds=1)).then_among_others("dialog.left_in_queue")

    @pytest.mark.requirement("F30", "F25")
    def test_a_pending_offer_may_outlast_it(self) -> None:
        story = given(*shop(staff=(ANNA,), answer_wait=60, max_queue_wait=30), says(IVAN))
        story.when(wait(seconds=59)).then_nothing()
        story.when(accepts(ANNA)).then_answered(outcome="accepted")
