"""An agent of whom nobody hears any more: his lease, his loss, and what becomes of his dialogs (§5, F13, F31)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.desk.presence import Heartbeat, LeaseOver
from domain.desk.waking import WakeDialog
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    SUPPORT,
    TO_ANNA,
    TO_BORIS,
    accepts,
    agents,
    group,
    is_now,
    says,
    shop,
    takes,
    transfers,
)
from tests.office import MONDAY, Office
from tests.spec import fact, given, later, settled, wait

MOMENT = timedelta(microseconds=1)
BEATS = Heartbeat(agent=ANNA, lease=60)
RINGS = LeaseOver(agent=ANNA)
WITH_ANNA = [*shop(staff=(ANNA,)), says(IVAN), accepts(ANNA)]
"""Ivan's dialog came from the group and is Anna's."""
LOST = [BEATS, wait(seconds=60)]


def looks_again(customer: str = IVAN) -> Callable[[Office], WakeDialog]:
    """Its timer rings, whether something is due or not."""
    return lambda office: WakeDialog(dialog=office.dialog_id(customer))


class TestALease:
    def test_a_sign_of_life_leaves_no_event(self) -> None:
        story = given(*agents(ANNA)).when(BEATS).then_nothing()
        story.then_answered(outcome="heard", presence="ready", until=(MONDAY + timedelta(seconds=60)).isoformat())

    @pytest.mark.requirement("F13")
    def test_it_is_over_at_its_end_and_not_a_microsecond_before(self) -> None:
        almost = timedelta(seconds=60) - MOMENT
        story = given(*agents(ANNA), BEATS, later(seconds=almost.total_seconds())).when(RINGS).then_nothing()
        lost = fact("agent.presence_changed", before="ready", to="offline", reason="lease_lost")
        story.given(later(microseconds=1)).when(RINGS).then(lost)
        assert story.caused[0].meta.actor.kind == "system"

    @pytest.mark.requirement("F13")
    def test_who_shows_signs_of_life_is_not_lost(self) -> None:
        beats = [BEATS, wait(seconds=59)] * 5
        given(*agents(ANNA), *beats).then_agent(ANNA, presence="ready").when(RINGS).then_nothing()

    def test_one_that_comes_too_late_does_not_renew_it_whether_its_timer_has_rung_or_not(self) -> None:
        story = given(*agents(ANNA), BEATS, later(seconds=60)).when(BEATS).then_nothing()
        story.then_answered(outcome="late", presence="offline", until=None)
        story.when(RINGS).then("agent.presence_changed")

    def test_who_never_showed_one_has_no_lease_to_lose(self) -> None:
        given(*agents(ANNA), wait(days=30)).then_agent(ANNA, presence="ready").when(RINGS).then_nothing()

    def test_a_declared_offline_ends_it(self) -> None:
        story = given(*agents(ANNA), BEATS, is_now(ANNA, "offline")).when(wait(hours=1)).then_nothing()
        story.then_agent(ANNA, lost_at=None)

    @pytest.mark.parametrize("presence", ["busy", "away"])
    def test_every_presence_but_offline_is_lost_with_it(self, presence: str) -> None:
        given(*agents(ANNA), is_now(ANNA, presence), *LOST).then_agent(ANNA, presence="offline", lost_at=lambda at: at)

    def test_who_was_lost_is_not_ready_before_he_says_so(self) -> None:
        story = given(*agents(ANNA), *LOST).when(BEATS).then_nothing().then_agent(ANNA, presence="offline")
        story.when(is_now(ANNA, "ready")).then(fact("agent.presence_changed", to="ready", reason="declared"))

    @pytest.mark.parametrize("seconds", [14, 601, True])
    def test_it_lasts_15_seconds_to_10_minutes(self, seconds: Any) -> None:
        given(*agents(ANNA)).when(Heartbeat(agent=ANNA, lease=seconds)).then_refused("out_of_range")

    @pytest.mark.parametrize("seconds", [15, 600])
    def test_both_ends_belong_to_it(self, seconds: int) -> None:
        given(*agents(ANNA)).when(Heartbeat(agent=ANNA, lease=seconds)).then_nothing()

    def test_nobody_unknown_shows_one(self) -> None:
        given().when(Heartbeat(agent="nobody")).then_refused("agent_unknown")

    @pytest.mark.requirement("F13")
    def test_what_was_offered_to_him_goes_to_another(self) -> None:
        story = given(*shop(staff=(ANNA, BORIS), answer_wait=600), BEATS, says(IVAN))
        story.when(later(seconds=60), RINGS, settled).then_among_others(
            fact("agent.presence_changed", reason="lease_lost"),
            fact("dialog.offers_ended", reason="agent_unavailable"),
            fact("dialog.offers_made", offers=lambda made: made[0].agent == BORIS),
        )


class TestHisDialogs:
    @pytest.mark.requirement("F31")
    def test_are_released_when_the_grace_is_over_and_not_a_microsecond_before(self) -> None:
        """Round 1, only he tried, and the place in the queue is the first one."""
        almost = timedelta(seconds=300) - MOMENT
        story = given(*WITH_ANNA, *LOST, later(seconds=almost.total_seconds())).when(looks_again()).then_nothing()
        story.given(later(microseconds=1)).when(looks_again()).then(
            fact("dialog.released", agent=ANNA, reason="agent_lost"),
            fact("agent.slot_released", reason="released"),
            fact("dialog.queued", target=SUPPORT, round=1, tried=(ANNA,), queued_at=MONDAY, reason="agent_lost"),
        )
        story.then_agent(ANNA, load=0)

    @pytest.mark.requirement("F31")
    def test_are_released_by_the_timer_that_the_loss_has_set(self) -> None:
        given(*WITH_ANNA, *LOST).when(wait(seconds=299)).then_nothing().when(wait(seconds=1)).then_among_others(
            "dialog.released", "dialog.queued"
        )

    @pytest.mark.requirement("F31")
    def test_are_offered_to_others_but_not_to_him(self) -> None:
        story = given(*shop(staff=(ANNA, BORIS)), says(IVAN), accepts(ANNA), BEATS, wait(seconds=60 + 300))
        story.then_dialog(IVAN, phase="offered", offers=lambda made: [one.agent for one in made] == [BORIS])

    def test_without_a_grace_they_are_released_with_the_loss_itself(self) -> None:
        story = given(*shop(staff=(ANNA,), agent_lost_grace=0), says(IVAN), accepts(ANNA), BEATS, later(seconds=60))
        story.when(RINGS).then("agent.presence_changed", "dialog.released", "agent.slot_released", "dialog.queued")

    def test_a_changed_grace_counts_from_the_next_loss(self) -> None:
        shorter = group(agent_lost_grace=10, members=(ANNA,))
        story = given(*WITH_ANNA, *LOST, *shorter).when(wait(seconds=299)).then_nothing()
        story.when(wait(seconds=1)).then_among_others("dialog.released")
        story.given(is_now(ANNA, "ready"), takes(ANNA), *LOST).when(wait(seconds=10)).then_among_others(
            "dialog.released"
        )

    @pytest.mark.parametrize("presence", ["ready", "busy", "away"])
    def test_stay_his_when_he_comes_back_in_time(self, presence: str) -> None:
        story = given(*WITH_ANNA, *LOST, wait(seconds=299), is_now(ANNA, presence)).when(wait(seconds=600))
        story.then_never("dialog.released").then_dialog(IVAN, assignee=ANNA)

    @pytest.mark.parametrize("presence", ["busy", "away", "offline"])
    def test_stay_his_whatever_he_declares(self, presence: str) -> None:
        given(*WITH_ANNA, is_now(ANNA, presence), wait(hours=20)).then_dialog(IVAN, assignee=ANNA)

    @pytest.mark.requirement("F31")
    def test_stay_his_where_he_is_the_receiver(self) -> None:
        story = given(*shop(staff=(ANNA,), receiver=TO_ANNA), says(IVAN), *LOST).when(wait(hours=20))
        story.then_nothing().then_dialog(IVAN, assignee=ANNA)

    def test_are_released_too_when_a_colleague_had_handed_them_over(self) -> None:
        story = given(*shop(staff=(ANNA, BORIS)), says(IVAN), accepts(ANNA), transfers(ANNA, TO_BORIS))
        story.given(Heartbeat(agent=BORIS), wait(seconds=60)).when(wait(seconds=300)).then_among_others(
            fact("dialog.released", agent=BORIS), fact("dialog.queued", target=SUPPORT, tried=(BORIS,))
        )

    def test_given_to_him_while_he_was_lost_wait_for_him_from_then_on(self) -> None:
        story = given(*shop(staff=(ANNA,)), *LOST, wait(seconds=1000), says(IVAN), takes(ANNA, by="sofia"))
        story.when(wait(seconds=299)).then_nothing().when(wait(seconds=1)).then_among_others("dialog.released")

    def test_the_loss_tells_how_long_each_group_waits(self) -> None:
        story = given(*WITH_ANNA, says(MARIA), accepts(ANNA, MARIA), BEATS, later(seconds=60))
        story.when(RINGS).then(fact("agent.presence_changed", graces={SUPPORT.id: 300}))


GAPS = st.lists(st.one_of(st.integers(1, 120), st.sampled_from([59.999999, 60.0, 60.000001])), max_size=8)


@pytest.mark.requirement("F13")
@whatever(gaps=GAPS, rings=st.booleans())
def test_he_is_lost_by_the_first_silence_of_a_lease_and_by_nothing_else(gaps: list[float], rings: bool) -> None:
    """Whether timers ring in time or only at the end, and whatever he beats after it."""
    pause = wait if rings else later
    steps = [step for gap in gaps for step in (pause(seconds=gap), BEATS)]
    story = given(*agents(ANNA), BEATS, *steps, RINGS)
    changes = [one for one in story.office.log if one.event.kind == "agent.presence_changed"][1:]
    silent = next((n for n, gap in enumerate(gaps) if gap >= 60), None)
    if silent is None:
        assert changes == []
        return
    assert [one.event.reason for one in changes] == ["lease_lost"]  # type: ignore[attr-defined]
    if rings:
        assert changes[0].recorded_at == MONDAY + sum(
            (timedelta(seconds=gap) for gap in gaps[:silent]), timedelta(minutes=1)
        )


def test_a_wait_rings_the_end_of_a_lease_at_its_moment() -> None:
    steps = [*agents(ANNA), BEATS, wait(seconds=59, microseconds=999_999)]
    given(*steps).then_agent(ANNA, presence="ready").given(wait(microseconds=1)).then_agent(ANNA, presence="offline")
