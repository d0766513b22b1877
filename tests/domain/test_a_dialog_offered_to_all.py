"""It is offered to everybody at once: the first accept wins, the others hear why (F08, F26, F28)."""

import pytest

from domain.errors import Rejected
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    TO_ANNA,
    VERA,
    accepts,
    agents,
    channel,
    closes,
    declines,
    group,
    says,
    shop,
    takes,
)
from tests.spec import Story, fact, given, settled, wait

OFFERED = [*shop(staff=(ANNA, BORIS)), says(IVAN)]
TO_ALL = [*shop(algorithm="all_at_once"), says(IVAN)]


def agents_of(*names: str):  # type: ignore[no-untyped-def]
    return lambda offers: tuple(one.agent for one in offers) == names


class TestToAllAtOnce:
    @pytest.mark.requirement("F28", "F04")
    def test_everybody_who_may_is_offered_it_in_one_attempt_and_nothing_is_kept_free(self) -> None:
        given(*TO_ALL).then_dialog(IVAN, offers=agents_of(ANNA, BORIS, VERA)).then_agent(ANNA, load=0)

    @pytest.mark.requirement("F08")
    def test_the_first_accept_wins_and_the_others_end_together(self) -> None:
        given(*TO_ALL).when(accepts(BORIS)).then(
            fact("dialog.offer_accepted", agent=BORIS),
            "agent.slot_occupied",
            fact("dialog.assigned", agent=BORIS),
            fact("dialog.offers_ended", reason="accepted_by_other", offers=agents_of(ANNA, VERA)),
        ).then_dialog(IVAN, phase="assigned", offers=(), offer_deadline=None)

    @pytest.mark.requirement("F08")
    def test_of_fifty_accepts_at_once_one_wins_and_every_other_hears_why(self) -> None:
        names = tuple(f"agent-{n}" for n in range(50))
        office = given(*shop(staff=names, algorithm="all_at_once"), says(IVAN)).office
        outcomes = office.batch(*(accepts(name)(office) for name in names))
        codes = [one.code for one in outcomes if isinstance(one, Rejected)]
        assert codes == ["offer_rescinded"] * 49
        assert office.kinds().count("dialog.assigned") == 1
        assert [len(one.offers) for one in office.events("dialog.offers_ended")] == [49]

    @pytest.mark.requirement("F28")
    def test_at_most_width_are_offered_it(self) -> None:
        given(*shop(algorithm="all_at_once", width=2), says(IVAN)).then_dialog(IVAN, offers=agents_of(ANNA, BORIS))

    @pytest.mark.requirement("F26")
    def test_an_agent_who_has_become_full_loses_his_other_offers_and_does_not_count_as_tried(self) -> None:
        story = given(*shop(algorithm="all_at_once", capacity=1), says(IVAN), says(MARIA)).when(accepts(ANNA, IVAN))
        story.then_among_others(
            fact("dialog.assigned", agent=ANNA),
            fact("dialog.offers_ended", reason="agent_full", offers=agents_of(ANNA)),
        ).then_dialog(MARIA, offers=agents_of(BORIS, VERA), tried=())

    @pytest.mark.requirement("F26")
    def test_so_does_one_who_takes_by_hand_or_is_assigned_directly(self) -> None:
        story = given(
            *shop(algorithm="all_at_once", capacity=1), *channel("vip", receiver=TO_ANNA), says(IVAN), says(MARIA)
        )
        story.when(says("petr", to="vip")).then_dialog(IVAN, offers=agents_of(BORIS, VERA))
        story.when(takes(BORIS, MARIA)).then_dialog(IVAN, offers=agents_of(VERA))

    @pytest.mark.requirement("F26")
    def test_an_accept_without_room_is_refused_and_the_offer_stays_pending(self) -> None:
        story = given(
            *agents(ANNA, capacity=2),
            *group(members=(ANNA,), algorithm="all_at_once"),
            *channel(),
            *channel("vip", weight=2),
            says(IVAN, to="vip"),
            says(MARIA),
            accepts(ANNA, MARIA),
        )
        story.when(accepts(ANNA, IVAN)).then_refused("agent_full").then_dialog(IVAN, offers=agents_of(ANNA))
        story.given(closes(MARIA)).when(accepts(ANNA, IVAN)).then_answered(outcome="accepted")

    @pytest.mark.requirement("F06")
    def test_one_who_declines_leaves_it_to_the_others(self) -> None:
        given(*TO_ALL).when(declines(ANNA), settled).then(
            fact("dialog.offers_ended", reason="declined", offers=agents_of(ANNA))
        ).then_dialog(IVAN, phase="offered", tried=(ANNA,))

    @pytest.mark.requirement("F28", "F05")
    def test_at_the_deadline_all_that_are_pending_expire_together(self) -> None:
        story = given(*TO_ALL, declines(VERA)).when(wait(seconds=60))
        story.then_among_others(fact("dialog.offers_ended", reason="expired", offers=agents_of(ANNA, BORIS)))
        story.then_dialog(IVAN, tried=(VERA, ANNA, BORIS))


def test_every_late_accept_of_a_wide_attempt_hears_why() -> None:
    """The state remembers the ends of the running attempt, however wide, and some of those before."""
    story: Story = given(*shop(staff=tuple(f"agent-{n}" for n in range(40)), algorithm="all_at_once"), says(IVAN))
    story.given(wait(seconds=70))
    for name in ("agent-0", "agent-39"):
        story.when(accepts(name)).then_refused("offer_expired")
    story.given(wait(hours=2))
    assert len(story.office.dialog(IVAN).ended_offers) <= 20 + 40
