"""Faults of distribution: of the plan, of stickiness, of held dialogs, of chains, of what is read and what is told."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

from domain import agent, alert, rotation, streams
from domain.desk import administration, answering, offers, routing
from domain.desk import world as worlds
from domain.dialog import state
from domain.errors import Rejected
from processors.distribution import decision, hearing, looking, plan
from processors.distribution import desk as desks
from processors.distribution import sticky as stickiness
from tests import office
from tests.domain import test_a_dialog_offered_to_all, test_a_group
from tests.domain.laws import Broken
from tests.domain.planting import Patch, Watch, any_day, defect
from tests.processors import (
    test_distribution,
    test_distribution_held,
    test_distribution_hours,
    test_distribution_rounds,
    test_distribution_rows,
    test_distribution_sticky,
)

decide = importlib.import_module("domain.dialog.decide")
"""The module; `domain.dialog.decide` names its function."""
ROUNDS, ROWS = test_distribution_rounds.TestRounds(), test_distribution_rows
ALONE, TOGETHER = ROWS.TestNothingOfItsOwnIsPassedOver(), ROWS.TestWhatConcernsTheWholeQueue()
STICKY, HELD = test_distribution_sticky.TestTheNextDialog(), test_distribution_held.TestWhereTheyDoNotCount()
SAME, CHAIN = test_distribution_sticky.TestTheSameDialog(), test_a_group.TestOverflow()


@defect(any_day)
def capacity_is_checked_and_then_acted_on(patch: Patch) -> None:
    """Two dialogs see the same free slot, because the plan does not count what it has given away itself."""
    patch.setattr(desks.Desk, "_grows", lambda *_: None)
    patch.setattr(agent.Agent, "has_room", lambda one, weight, *_: True)


@defect(any_day)
def nobody_is_told_at_every_look(patch: Patch) -> None:
    patch.setattr(plan, "_worth_telling", lambda *_: True)
    patch.setattr(decide, "_worth_telling", lambda *_: True)


@defect(ROWS.test_more_than_a_page_of_them_does_not_hide_the_one_behind)
def the_first_whom_nobody_can_serve_blocks_the_queue(patch: Patch) -> None:
    for module in (worlds, looking, plan, office):
        patch.setattr(module, "class_of", lambda dialog: worlds.Class("", (), 1))


@defect(ROWS.test_more_than_a_page_of_them_does_not_hide_the_one_behind)
def only_the_first_page_is_read(patch: Patch) -> None:
    patch.setattr(desks.Desk, "somebody_free", lambda _: False)


@defect(ROUNDS.test_a_round_is_exhausted_also_when_those_who_were_tried_have_left)
def a_round_ends_only_while_somebody_is_there(patch: Patch) -> None:
    right = plan._exhausted
    patch.setattr(plan, "_exhausted", lambda *of: right(*of) if of[-1].somebody_free() else [])


@defect(STICKY.test_it_is_offered_to_who_had_the_one_before_and_to_nobody_else)
def nobody_remembers_who_served_the_customer(patch: Patch) -> None:
    patch.setattr(looking, "served", lambda *_: None)


@defect(lambda: STICKY.test_if_he_may_not_have_it_the_rule_decides_and_the_decision_says_why(*AN_HOUR_LATER))
def a_sticky_agent_is_remembered_for_ever(patch: Patch) -> None:
    right = stickiness.sticky

    def ever(last: Any, may: Any, attempt: int, desk: Any) -> Any:
        return right(last and dataclasses.replace(last, until=desk.now), may, attempt, desk)

    patch.setattr(plan, "sticky", ever)


AN_HOUR_LATER = (test_distribution_sticky.wait(seconds=3600), "too_long_ago")


@defect(test_distribution_sticky.test_the_turn_does_not_move_with_him)
def a_regular_customer_takes_others_their_turn(patch: Patch) -> None:
    right = plan._offer

    def moving(name: str, dialog: Any, round_: int, attempt: int, may: Any, known: Any, desk: Any) -> Any:
        made = right(name, dialog, round_, attempt, may, known, desk)
        if known is None or not known.used:
            return made
        moved = made.decision.model_copy(update={"cursor_after": known.agent})
        return dataclasses.replace(made, decision=moved)

    patch.setattr(plan, "_offer", moving)
    patch.setattr(rotation, "STICKY", "never")


@defect(SAME.test_who_gave_it_to_the_group_is_not_asked_first)
def who_gave_it_away_gets_it_back(patch: Patch) -> None:
    right = state._transferred

    def remembering(dialog: Any, event: Any, stamp: Any) -> Any:
        after = right(dialog, event, stamp)
        return dataclasses.replace(after, last_agent=dialog.last_agent, last_agent_at=dialog.last_agent_at)

    patch.setattr(state, "_transferred", remembering)


@defect(HELD.test_a_hold_makes_room_at_once)
def held_dialogs_always_count(patch: Patch) -> None:
    patch.setattr(desks, "uncounted", lambda *_: 0)


@defect(lambda: heard(HELD.test_a_hold_makes_room_at_once))
def the_accept_counts_otherwise_than_the_plan(patch: Patch) -> None:
    for module in (routing, offers):
        patch.setattr(module, "uncounted", lambda *_: 0)


def heard(watch: Watch) -> None:
    """A processor that is refused is a broken law as well."""
    try:
        watch()
    except Rejected as refusal:
        raise Broken(f"a processor was refused: {refusal.code}") from refusal


@defect(HELD.test_a_hold_makes_room_at_once)
def a_hold_wakes_nobody(patch: Patch) -> None:
    patch.setattr(hearing, "counting_groups", lambda *_: [])


@defect(lambda: HELD.test_when_a_hold_makes_him_full_what_reserved_nothing_ends(ENDS))
def the_end_of_a_hold_is_not_noticed(patch: Patch) -> None:
    patch.setattr(answering, "hold_ended", lambda *_: None)


ENDS = test_distribution_held.tells(test_distribution_held.Unhold())


@defect(CHAIN.test_nor_may_a_chain_be_lengthened_at_its_far_end_or_joined_in_the_middle)
def only_the_way_ahead_of_a_group_is_measured(patch: Patch) -> None:
    right = administration._way
    begin: list[str] = []

    def ahead(start: str, overflows: Any) -> list[str]:
        return right(start, overflows) if not begin or start == begin[0] else [start]

    wrong = administration._check_overflow

    def check(world: Any, command: Any) -> None:
        begin[:] = [command.group]
        wrong(world, command)

    patch.setattr(administration, "_way", ahead)
    patch.setattr(administration, "_check_overflow", check)


@defect(ROWS.test_classes_that_are_mixed_are_all_met_on_one_page)
def the_whole_queue_is_read_at_every_trigger(patch: Patch) -> None:
    patch.setattr(looking, "PAGE", 100_000)


@defect(ROWS.test_twenty_classes_that_nobody_can_serve_cost_twenty_pages_at_most_and_not_the_queue)
def no_class_is_passed_over(patch: Patch) -> None:
    patch.setattr(plan, "_pass_over", lambda *_: None)


@defect(ALONE.test_its_longest_wait_falls_due)
def what_is_due_itself_is_passed_over_with_its_class(patch: Patch) -> None:
    patch.setattr(looking, "_not_seen", lambda _: [])


@defect(TOGETHER.test_every_timer_is_set_anew)
def a_shorter_wait_rings_no_timer(patch: Patch) -> None:
    patch.setattr(looking, "ALL", 10)


@defect(any_day)
def a_dialog_left_in_the_queue_alarms_nobody(patch: Patch) -> None:
    right = alert.decide
    silent = lambda ask, of: [] if isinstance(ask, alert.Raise) and ask.alert == "left_in_queue" else right(ask, of)  # noqa: E731
    patch.setitem(streams.AGGREGATES, "alert", dataclasses.replace(streams.AGGREGATES["alert"], decide=silent))


@defect(test_distribution.TestWhoMay().test_only_ten_others_are_shown_but_all_are_counted)
def all_others_are_shown(patch: Patch) -> None:
    patch.setattr(decision, "SHOWN_OTHERS", 1_000)


@defect(test_distribution_hours.TestHours().test_at_opening_they_are_dispatched_even_where_a_night_is_too_long_a_wait)
def a_night_is_too_long_a_wait(patch: Patch) -> None:
    patch.setattr(plan, "_first_chance", lambda *_: False)


@defect(test_a_dialog_offered_to_all.TestToAllAtOnce().test_the_first_accept_wins_and_the_others_end_together)
def the_others_hear_before_it_is_assigned(patch: Patch) -> None:
    right = answering.assign

    def late(world: Any, dialog: str, who: str, *of: Any, **more: Any) -> None:
        offers.end_offers(world, dialog, "accepted_by_other")
        right(world, dialog, who, *of, **more)

    patch.setattr(answering, "assign", late)
