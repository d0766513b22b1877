"""Every decision explains itself: who was looked at, what was compared, what was against the others (§6, F18)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.dialog.events import RoutingDecided
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    SENIORS,
    SHOP,
    TO_ANNA,
    VERA,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    declines,
    group,
    hours,
    is_now,
    says,
    shop,
    takes,
)
from tests.office import Office
from tests.spec import given, settled, wait


def last(office: Office) -> RoutingDecided:
    found: RoutingDecided = office.events("dialog.routing_decided")[-1]
    return found


def policies(office: Office, kind: str) -> dict[str, int]:
    """The settings that the envelope of the last event of this kind names, with their versions."""
    recorded = next(one for one in reversed(office.log) if one.event.kind == kind)
    return {one.stream: one.version for one in recorded.meta.policies}


@pytest.mark.requirement("F04", "F18")
@pytest.mark.parametrize(
    ("rules", "keys"),
    [
        ({"algorithm": "round_robin"}, {ANNA: "2", BORIS: "0", VERA: "1"}),
        ({"algorithm": "in_order"}, {ANNA: "0", BORIS: "1", VERA: "2"}),
        ({"algorithm": "least_busy"}, {ANNA: "1,1,0", BORIS: "0,-1,1", VERA: "0,-1,2"}),
        ({"algorithm": "least_busy", "by_ratio": True}, {ANNA: "1/5,1,0", BORIS: "0,-1,1", VERA: "0,-1,2"}),
        ({"algorithm": "random"}, {ANNA: "0", BORIS: "1", VERA: "2"}),
        ({"algorithm": "all_at_once"}, {ANNA: "0", BORIS: "1", VERA: "2"}),
    ],
    ids=lambda one: str(one.get("algorithm", "")) if "algorithm" in one else "",
)
def test_what_was_compared_stands_beside_each_candidate(rules: dict[str, Any], keys: dict[str, str]) -> None:
    office = given(*shop(**rules), says(IVAN), says(MARIA)).office
    assert {one.agent: one.key for one in last(office).candidates} == keys
    assert last(office).seq == 2


@pytest.mark.requirement("F18")
def test_the_chosen_stand_first_then_the_others_in_their_order() -> None:
    office = given(*shop(), is_now(VERA, "away"), says(IVAN), says(MARIA)).office
    decided = last(office)
    assert [(one.agent, one.ordinal, one.eligible, one.reject) for one in decided.candidates] == [
        (BORIS, 1, True, None),
        (ANNA, 0, True, None),
        (VERA, 2, False, "not_ready"),
    ]
    assert [(one.load, one.capacity) for one in decided.candidates] == [(0, 5), (1, 5), (0, 5)]
    assert (decided.cursor_before, decided.cursor_after, decided.rejected) == (ANNA, BORIS, {"not_ready": 1})
    assert decided.seed is None


@pytest.mark.requirement("F18", "F06")
def test_each_reason_has_its_word() -> None:
    names = ("away", "tried", "unskilled", "full", "may")
    story = given(*agents(*names, skills=("refunds",)), *group(members=("tried", *[n for n in names if n != "tried"])))
    story.given(*channel(required_skills=["refunds"]), SetAgent(agent="unskilled", skills=[]))
    story.given(SetAgent(agent="full", capacity=0), is_now("away", "away"), says(IVAN), declines("tried"))
    assert {one.agent: one.reject for one in last(story.office).candidates} == {
        "may": None,
        "tried": "tried",
        "away": "not_ready",
        "unskilled": "skill",
        "full": "full",
    }
    assert last(story.office).rejected == {"tried": 1, "not_ready": 1, "skill": 1, "full": 1}


@pytest.mark.requirement("F18")
def test_the_cause_of_nobody_is_counted_over_all_however_many() -> None:
    names = tuple(f"agent-{n:02}" for n in range(30))
    office = given(*shop(staff=names, capacity=0), says(IVAN)).office
    decided = last(office)
    assert (len(decided.candidates), decided.rejected, decided.outcome) == (10, {"full": 30}, "none")


@pytest.mark.requirement("F01", "F23")
def test_a_named_receiver_is_a_decision_about_one_candidate() -> None:
    story = given(*agents(ANNA, capacity=1), *channel(receiver=TO_ANNA), says(IVAN), is_now(ANNA, "offline"))
    story.when(says(MARIA)).then_among_others("dialog.routing_decided", "dialog.assigned")
    decided = last(story.office)
    assert (decided.algorithm, decided.outcome, decided.chosen) == ("direct", "direct", (ANNA,))
    (only,) = decided.candidates
    assert (only.agent, only.eligible, only.load, only.capacity) == (ANNA, True, 1, 1)


class TestTheSettingsThatCounted:
    """The envelope names every version of settings that the decision looked at (§2 `policies`)."""

    @pytest.mark.requirement("F24")
    def test_an_offer_names_the_group_the_channel_and_the_schedule(self) -> None:
        office = given(*agents(ANNA), *group(members=(ANNA,)), hours(), *channel(schedule="office-hours")).office
        office.do(says(IVAN)(office))
        office.settle()
        for kind in ("dialog.routing_decided", "dialog.offers_made", "agent.slot_reserved"):
            named = policies(office, kind)
            assert named["group-support"] == last(office).group_version == office.heads.head("group-support").version
            assert named[f"channel-{SHOP}"] == office.heads.head(f"channel-{SHOP}").version
            assert named["schedule-office-hours"] == 1

    @pytest.mark.requirement("F01")
    def test_a_direct_assignment_names_the_channel(self) -> None:
        office = given(*agents(ANNA), *channel(receiver=TO_ANNA), says(IVAN)).office
        version = office.heads.head(f"channel-{SHOP}").version
        assert policies(office, "dialog.assigned")[f"channel-{SHOP}"] == version
        assert policies(office, "dialog.routing_decided")[f"channel-{SHOP}"] == version

    def test_an_overflow_names_both_groups(self) -> None:
        story = given(*agents(ANNA, BORIS), *group(SENIORS, members=(BORIS,)), *group(members=(ANNA,), max_rounds=1))
        story.given(SetGroup(group="support", changes={"overflow": "seniors"}), *channel(), says(IVAN), declines(ANNA))
        assert {"group-support", "group-seniors"} <= set(policies(story.office, "dialog.overflowed"))

    @pytest.mark.requirement("F25")
    def test_a_first_reply_that_falls_due_names_the_group_that_set_it(self) -> None:
        story = given(*shop(staff=(ANNA,), first_reply_wait=60), says(IVAN), accepts(ANNA))
        assert policies(story.office, "dialog.assigned")["group-support"] > 0

    def test_a_take_by_hand_names_the_channel_whose_weight_it_takes(self) -> None:
        story = given(*shop(staff=(ANNA,)), says(IVAN), takes(ANNA), wait(seconds=1), settled)
        assert f"channel-{SHOP}" in policies(story.office, "agent.slot_occupied")
