"""Where held dialogs do not count, an agent may have more of them than he has room for (§6, `held_counts`)."""

from typing import Any

import pytest

from domain.agent import Agent
from domain.dialog.commands import Unhold
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    PETR,
    SENIORS,
    SOFIA,
    TO_ANNA,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    group,
    holds,
    says,
    shop,
    takes,
    tells,
    transfers,
)
from tests.spec import fact, given, settled, wait

LENIENT = shop(staff=(ANNA,), capacity=1, held_counts=False)
STRICT = shop(staff=(ANNA,), capacity=1)
HELD: list[Any] = [says(IVAN), accepts(ANNA), says(MARIA), holds(IVAN)]
"""Anna has one place; Ivan's dialog is hers and held, Maria waits."""
BACK = SetGroup(group="support", changes={"held_counts": True})


def of(*names: str) -> Any:
    return lambda offers: tuple(one.agent for one in offers) == names


@pytest.mark.requirement("F11", "F12")
class TestWhereTheyDoNotCount:
    def test_a_hold_makes_room_at_once(self) -> None:
        story = given(*LENIENT, *HELD[:-1]).when(HELD[-1], settled)
        story.then_among_others(
            "dialog.held", "agent.slot_reserved", fact("dialog.routing_decided", outcome="offered", chosen=(ANNA,))
        )
        candidate = story.office.events("dialog.routing_decided")[-1].candidates[0]
        assert (candidate.load, candidate.capacity) == (0, 1)

    def test_the_load_of_the_agent_himself_still_counts_everything(self) -> None:
        given(*LENIENT, *HELD).then_agent(ANNA, load=2, capacity=1)

    def test_what_was_offered_may_be_accepted(self) -> None:
        story = given(*LENIENT, *HELD).when(accepts(ANNA, MARIA))
        story.then_among_others(fact("agent.slot_occupied", over_capacity=False), "dialog.assigned")

    def test_but_not_a_second_one_that_is_not_held(self) -> None:
        given(*LENIENT, *HELD, accepts(ANNA, MARIA)).when(says(PETR), settled).then_never("dialog.offers_made")

    def test_a_take_by_hand_sees_the_same_room(self) -> None:
        story = given(*LENIENT, *HELD[:-1], holds(IVAN)).when(takes(ANNA, MARIA)).then_answered(outcome="assigned")
        story.given(says(PETR)).when(takes(ANNA, PETR)).then_refused("agent_full")

    def test_when_the_hold_ends_nothing_is_taken_away_and_nothing_more_is_offered(self) -> None:
        story = given(*LENIENT, *HELD, accepts(ANNA, MARIA), says(PETR)).when(tells(Unhold()), settled)
        story.then("dialog.unheld").then_agent(ANNA, load=2)

    @pytest.mark.parametrize(
        "end", [tells(Unhold()), says(IVAN), wait(seconds=60)], ids=["by hand", "he wrote", "over"]
    )
    def test_when_a_hold_makes_him_full_what_reserved_nothing_ends(self, end: Any) -> None:
        """F26, whatever ends the hold."""
        story = given(
            *shop(staff=(ANNA, BORIS), capacity=1, algorithm="all_at_once", held_counts=False, answer_wait=90)
        )
        story.given(says(IVAN), accepts(ANNA), holds(IVAN, seconds=60), says(MARIA))
        story.then_dialog(MARIA, offers=of(ANNA, BORIS)).when(end)
        story.then_among_others("dialog.unheld", fact("dialog.offers_ended", reason="agent_full", offers=of(ANNA)))
        story.then_dialog(MARIA, offers=of(BORIS), tried=())

    def test_as_soon_as_they_count_again_he_is_full(self) -> None:
        story = given(*shop(staff=(ANNA, BORIS), capacity=1, algorithm="all_at_once", held_counts=False))
        story.given(says(IVAN), accepts(ANNA), holds(IVAN), says(MARIA)).when(BACK)
        story.then("group.policy_set", fact("dialog.offers_ended", reason="agent_full", offers=of(ANNA)))

    def test_a_named_receiver_is_told_to_be_above_his_capacity_all_the_same(self) -> None:
        """By name it is no group's rule that counts."""
        story = given(*LENIENT, *channel("vip", receiver=TO_ANNA), says(IVAN), accepts(ANNA), holds(IVAN))
        story.when(says(MARIA, to="vip")).then_among_others(
            fact("dialog.assigned", reason="direct", over_capacity=True)
        )

    def test_a_transfer_to_him_by_name_needs_room_for_everything_he_has(self) -> None:
        story = given(*LENIENT, *agents(BORIS), says(IVAN), accepts(ANNA), holds(IVAN), says(MARIA))
        story.when(transfers(SOFIA, TO_ANNA, MARIA, supervises=True)).then_refused("agent_full")

    def test_a_held_dialog_that_waits_needs_room_of_its_own_but_takes_none(self) -> None:
        """Ivan is held while he waits; Maria after him fits into the one place too."""
        story = given(*LENIENT, SetAgent(agent=ANNA, capacity=0), says(IVAN), says(MARIA), holds(IVAN))
        story.when(SetAgent(agent=ANNA, capacity=1), settled).then_dialog(IVAN, phase="offered")
        story.then_dialog(MARIA, phase="offered").then_agent(ANNA, load=2)


class TestWhereTheyCount:
    def test_a_hold_makes_no_room(self) -> None:
        given(*STRICT, *HELD[:-1]).when(HELD[-1], settled).then("dialog.held")

    def test_the_setting_is_looked_at_at_once(self) -> None:
        story = given(*STRICT, *HELD).when(SetGroup(group="support", changes={"held_counts": False}), settled)
        story.then_among_others("group.policy_set", fact("dialog.offers_made", offers=of(ANNA)))

    def test_each_group_sees_it_its_own_way(self) -> None:
        """Anna is in both: for the seniors she has room, for the support group she is full."""
        story = given(*STRICT, *group(SENIORS, members=(ANNA,), held_counts=False), *channel("vip", receiver=SENIORS))
        story.given(says(IVAN), accepts(ANNA), holds(IVAN)).when(says(MARIA), settled).then_never("dialog.offers_made")
        story.when(says(PETR, to="vip"), settled).then_among_others(fact("dialog.offers_made", offers=of(ANNA)))


def test_room_is_what_is_left_after_what_counts() -> None:
    full = Agent(exists=True, capacity=0)
    assert not full.has_room(1) and full.has_room(1, uncounted=1)
