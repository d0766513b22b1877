"""The agent who served this customer last is asked first, alone; if he cannot, the group's rule decides (§6, F15)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    SENIORS,
    SOFIA,
    SUPPORT,
    VERA,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    closes,
    declines,
    group,
    is_now,
    says,
    shop,
    takes,
    transfers,
)
from tests.office import Office
from tests.spec import Story, fact, given, settled, wait

HOUR = 3600
VERA_HAD_IT = [*shop(sticky_window=HOUR), says(IVAN), takes(VERA), closes(IVAN)]
"""Nobody's turn has come yet but Anna's: she was offered Ivan's first dialog."""


def decision(office: Office) -> Any:
    return office.events("dialog.routing_decided")[-1]


def offered(office: Office) -> list[str]:
    return [one.agent for made in office.events("dialog.offers_made") for one in made.offers]


class TestTheNextDialog:
    @pytest.mark.requirement("F15")
    def test_it_is_offered_to_who_had_the_one_before_and_to_nobody_else(self) -> None:
        story = given(*VERA_HAD_IT).when(says(IVAN), settled)
        story.then_among_others(
            fact("agent.slot_reserved"),
            fact(
                "dialog.routing_decided",
                algorithm="sticky",
                chosen=(VERA,),
                attempt=1,
                sticky=lambda one: (one.agent, one.used, one.why_not) == (VERA, True, None),
            ),
            fact("dialog.offers_made", deadline=story.office.now + timedelta(seconds=60)),
        )
        story.when(wait(seconds=59)).then_nothing()

    @pytest.mark.requirement("F15")
    @pytest.mark.parametrize("end", [declines(VERA), wait(seconds=60)], ids=["declined", "expired"])
    def test_when_he_does_not_answer_the_rule_goes_on_with_the_others(self, end: Any) -> None:
        story = given(*VERA_HAD_IT, says(IVAN)).when(end, settled)
        story.then_among_others(
            fact("dialog.routing_decided", algorithm="round_robin", attempt=2, chosen=(BORIS,), sticky=None)
        )

    @pytest.mark.requirement("F15")
    @pytest.mark.parametrize(
        ("change", "why_not"),
        [
            (is_now(VERA, "offline"), "not_ready"),
            (SetAgent(agent=VERA, capacity=0), "full"),
            (SetGroup(group="support", changes={"members": [ANNA, BORIS]}), "not_member"),
            (wait(seconds=HOUR), "too_long_ago"),
        ],
        ids=["offline", "full", "left the group", "an hour later"],
    )
    def test_if_he_may_not_have_it_the_rule_decides_and_the_decision_says_why(self, change: Any, why_not: str) -> None:
        story = given(*VERA_HAD_IT, change).when(says(IVAN), settled)
        story.then_among_others(fact("dialog.routing_decided", algorithm="round_robin", chosen=(BORIS,)))
        assert (decision(story.office).sticky.used, decision(story.office).sticky.why_not) == (False, why_not)

    @pytest.mark.requirement("F15")
    def test_without_the_skill_that_is_asked_for_he_is_passed_by(self) -> None:
        from tests.examples import saves

        story = given(*VERA_HAD_IT, SetAgent(agent=ANNA, skills=["refunds"]), saves(required_skills=["refunds"]))
        story.when(says(IVAN), settled).then_among_others(fact("dialog.routing_decided", chosen=(ANNA,)))
        assert decision(story.office).sticky.why_not == "skill"

    @pytest.mark.requirement("F15")
    def test_one_moment_before_the_window_is_over_he_is_still_asked(self) -> None:
        story = given(*VERA_HAD_IT, wait(seconds=HOUR - 1)).when(says(IVAN), settled)
        story.then_among_others(fact("dialog.routing_decided", algorithm="sticky", chosen=(VERA,)))

    def test_a_window_of_nought_is_off(self) -> None:
        story = given(*VERA_HAD_IT, SetGroup(group="support", changes={"sticky_window": 0})).when(says(IVAN), settled)
        story.then_among_others(fact("dialog.routing_decided", algorithm="round_robin", sticky=None))

    def test_another_customer_of_his_is_another_matter(self) -> None:
        given(*VERA_HAD_IT).when(says(MARIA), settled).then_among_others(fact("dialog.routing_decided", sticky=None))

    def test_another_channel_is_another_matter(self) -> None:
        story = given(*VERA_HAD_IT, *channel("second")).when(says(IVAN, to="second"), settled)
        story.then_among_others(fact("dialog.routing_decided", sticky=None))

    @pytest.mark.requirement("F15")
    def test_no_further_back_than_the_dialog_before(self) -> None:
        """Vera had the first, nobody the second: the third is anybody's."""
        story = given(*VERA_HAD_IT, *(is_now(who, "away") for who in (ANNA, BORIS, VERA)), says(IVAN), closes(IVAN))
        story.given(*(is_now(who, "ready") for who in (ANNA, BORIS, VERA)))
        story.when(says(IVAN), settled).then_among_others(fact("dialog.routing_decided", sticky=None))

    @pytest.mark.requirement("F15", "F18")
    def test_if_nobody_may_have_it_the_decision_names_him_too(self) -> None:
        story = given(*VERA_HAD_IT, *(is_now(who, "away") for who in (ANNA, BORIS, VERA))).when(says(IVAN), settled)
        story.then_among_others(fact("dialog.routing_decided", outcome="none"))
        assert decision(story.office).sticky.why_not == "not_ready"
        story.when(is_now(VERA, "ready"), settled).then_among_others(fact("dialog.routing_decided", algorithm="sticky"))


class TestTheSameDialog:
    @pytest.mark.requirement("F15")
    def test_reopened_it_goes_to_who_had_it(self) -> None:
        story = given(*shop(sticky_window=HOUR, settings={"reopen_window": 1}), says(IVAN), takes(VERA), closes(IVAN))
        story.when(says(IVAN), settled).then_among_others(
            "dialog.reopened", "dialog.queued", fact("dialog.routing_decided", algorithm="sticky", chosen=(VERA,))
        )

    @pytest.mark.requirement("F15", "F31")
    def test_whose_assignment_expired_is_tried_and_not_asked_again(self) -> None:
        story = given(*shop(sticky_window=HOUR, first_reply_wait=60), says(IVAN), accepts(ANNA)).when(wait(seconds=60))
        story.then_among_others(fact("dialog.routing_decided", chosen=(BORIS,)))
        assert decision(story.office).sticky.why_not == "tried"

    def test_who_gave_it_to_the_group_is_not_asked_first(self) -> None:
        story = given(*shop(sticky_window=HOUR), says(IVAN), takes(VERA)).when(transfers(VERA, SUPPORT), settled)
        story.then_among_others(fact("dialog.routing_decided", algorithm="round_robin", sticky=None))

    def test_in_each_round_he_is_asked_first(self) -> None:
        story = given(*VERA_HAD_IT, is_now(ANNA, "away"), is_now(BORIS, "away"), says(IVAN), declines(VERA))
        story.when(wait(seconds=30)).then_among_others(fact("dialog.routing_decided", algorithm="sticky", round=2))

    def test_in_the_group_it_overflows_to_he_is_asked_first_as_well(self) -> None:
        story = given(*agents("lev"), *VERA_HAD_IT, *group(SENIORS, members=("lev", VERA), sticky_window=HOUR))
        story.given(SetGroup(group="support", changes={"members": [ANNA], "overflow": "seniors", "max_rounds": 1}))
        story.given(says(IVAN)).when(declines(ANNA), settled)
        story.then_among_others("dialog.overflowed", fact("dialog.routing_decided", algorithm="sticky", chosen=(VERA,)))


@pytest.mark.requirement("F15", "F16")
def test_the_turn_does_not_move_with_him() -> None:
    """Else Boris, who stands between, would lose his turn to a regular customer of Vera's."""
    story: Story = given(*VERA_HAD_IT, says(IVAN), says(MARIA), says("petr"))
    assert offered(story.office) == [ANNA, VERA, BORIS, VERA]
    assert story.office.state("rotation-support").cursor == VERA
    assert [one.seq for one in story.office.events("dialog.routing_decided")] == [1, 2, 3, 4]


@pytest.mark.requirement("F15")
def test_among_the_equally_busy_he_does_not_count_as_offered() -> None:
    story = given(*shop(sticky_window=HOUR, algorithm="least_busy"), says(IVAN), takes(VERA), closes(IVAN))
    story.given(says(IVAN)).then_check(lambda office: VERA not in office.state("rotation-support").last_offered)


@pytest.mark.requirement("F15", "F28")
def test_where_all_are_asked_at_once_he_is_asked_alone_and_nothing_is_kept_free() -> None:
    story = given(*shop(sticky_window=HOUR, algorithm="all_at_once"), says(IVAN), takes(VERA), closes(IVAN))
    story.given(says(IVAN)).then_dialog(IVAN, offers=lambda offers: [one.agent for one in offers] == [VERA])
    story.then_agent(VERA, load=0)
    story.when(wait(seconds=60)).then_dialog(
        IVAN, offers=lambda offers: [one.agent for one in offers] == [ANNA, BORIS], tried=(VERA,)
    )


def test_a_supervisors_transfer_does_not_hide_who_had_the_dialog_before() -> None:
    """Maria's earlier dialog was with Vera; nobody has had this one yet, so moving it to a group keeps the memory."""
    story = given(*VERA_HAD_IT, says(IVAN)).when(transfers(SOFIA, SUPPORT, supervises=True), settled)
    story.then_among_others("dialog.transferred", fact("dialog.routing_decided", algorithm="sticky", chosen=(VERA,)))
