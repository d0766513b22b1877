"""Faults of routing and offers: whom a receiver means, what a rule compares, what an offer keeps and ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from domain import agent, rotation
from domain.desk import answering, arrival, offers, routing, waking
from domain.desk import world as worlds
from domain.desk.administration import SetGroup
from domain.desk.answering import TransferDialog
from domain.dialog import state
from domain.distribution import RULES, Choice, Member, Question
from processors import ALL_HANDLERS
from processors.distribution import plan
from tests import office
from tests.domain import (
    test_a_dialog_offered_to_all,
    test_a_new_dialog,
    test_a_queued_dialog,
    test_an_assigned_dialog,
    test_an_offered_dialog,
    test_rules,
)
from tests.domain.planting import Patch, any_day, defect
from tests.processors import test_distribution, test_distribution_explained, test_distribution_sticky

NEW, OFFERED, ASSIGNED = test_a_new_dialog, test_an_offered_dialog, test_an_assigned_dialog
TURN, ORDER, BUSY, DRAWN = (
    test_rules.TestRoundRobin(),
    test_rules.TestInOrder(),
    test_rules.TestLeastBusy(),
    test_rules.TestRandom(),
)
MAY, TO_ALL = test_distribution.TestWhoMay(), test_a_dialog_offered_to_all.TestToAllAtOnce()


# -- receivers ------------------------------------------------------------------------------------------------------


@defect(lambda: NEW.test_a_named_agent_gets_it_at_once_whatever_his_presence("offline"))
def a_named_agent_is_asked_like_a_group(patch: Patch) -> None:
    patch.setattr(routing, "_active_agent", lambda world, who: world.agent(who).ready)


@defect(NEW.test_a_named_agent_gets_it_also_above_his_capacity_and_the_log_says_so)
def above_the_capacity_goes_unsaid(patch: Patch) -> None:
    right = agent._occupy
    within = {"over_capacity": False}
    patch.setattr(agent, "_occupy", lambda *of: [one.model_copy(update=within) for one in right(*of)])


@defect(test_distribution_explained.test_a_named_receiver_is_a_decision_about_one_candidate)
def a_direct_assignment_is_not_explained(patch: Patch) -> None:
    right = routing.assign
    patch.setattr(routing, "_direct", lambda world, dialog, who: right(world, dialog, who, "direct", force=True))


@defect(NEW.test_the_first_message_opens_a_dialog_and_queues_it_for_the_group)
def a_group_that_receives_is_forgotten(patch: Patch) -> None:
    right = arrival.route
    patch.setattr(arrival, "route", lambda world, dialog, target, *of: right(world, dialog, None, *of))


@defect(NEW.test_a_bot_gets_it_where_the_kind_allows_bots)
def no_bot_is_known(patch: Patch) -> None:
    patch.setattr(routing, "known_bot", lambda *_: False)


# -- the five rules -------------------------------------------------------------------------------------------------

Rule = Callable[[Sequence[Member], Question], Choice]


def instead(name: str, rule: Rule) -> Callable[[Patch], None]:
    return lambda patch: patch.setitem(RULES, name, rule)  # type: ignore[arg-type]


@defect(TURN.test_it_skips_who_may_not)
def the_turn_begins_with_whoever_had_it(patch: Patch) -> None:
    patch.setattr("domain.distribution.next_place", lambda turn, order: order.index(turn.cursor) if turn.cursor else 0)


@defect(ORDER.test_every_dialog_starts_from_the_top)
def in_order_goes_round(patch: Patch) -> None:
    patch.setitem(RULES, "in_order", RULES["round_robin"])


@defect(BUSY.test_of_equals_the_one_whose_last_offer_is_longest_ago)
def of_the_equally_busy_the_first_of_the_list_is_asked(patch: Patch) -> None:
    right = RULES["least_busy"]
    blank = rotation.Rotation()
    instead("least_busy", lambda may, asked: right(may, dataclasses.replace(asked, rotation=blank)))(patch)


@defect(BUSY.test_azures_published_example)
def a_ratio_is_compared_as_a_load(patch: Patch) -> None:
    right = RULES["least_busy"]
    instead("least_busy", lambda may, asked: right(may, dataclasses.replace(asked, by_ratio=False)))(patch)


@defect(lambda: DRAWN.test_the_worked_vectors("d4", 2))
def the_draw_uses_the_last_byte_alone(patch: Patch) -> None:
    patch.setattr("domain.distribution.draw", lambda seed, text, n: test_rules.draw(seed, text, 256) % n)


@defect(TO_ALL.test_at_most_width_are_offered_it)
def all_at_once_means_all(patch: Patch) -> None:
    right = RULES["all_at_once"]
    instead("all_at_once", lambda may, asked: right(may, dataclasses.replace(asked, width=500)))(patch)


# -- the queue ------------------------------------------------------------------------------------------------------


@defect(MAY.test_thirty_wait_and_one_with_room_for_five_is_offered_the_five_oldest)
def the_newest_go_first(patch: Patch) -> None:
    for module in (worlds, office):
        patch.setattr(module, "queue_order", lambda dialog: (-dialog.priority, -dialog.queued_position))


@defect(test_a_queued_dialog.test_the_more_urgent_one_goes_before_the_older_one)
def urgency_is_ignored(patch: Patch) -> None:
    for module in (worlds, office):
        patch.setattr(module, "queue_order", lambda dialog: (0, dialog.queued_position))


@defect(MAY.test_a_heavy_dialog_needs_that_much_room)
def every_dialog_weighs_one(patch: Patch) -> None:
    right = state._queued
    patch.setattr(state, "_queued", lambda *of: dataclasses.replace(right(*of), weight=1))


@defect(test_a_queued_dialog.test_a_transfer_to_a_group_gives_it_a_new_place_and_fresh_rounds)
def a_transfer_keeps_its_place(patch: Patch) -> None:
    right = state._transferred

    def keeping(dialog: Any, event: Any, stamp: Any) -> Any:
        kept = {name: getattr(dialog, name) for name in ("queued_at", "queued_position")}
        return dataclasses.replace(right(dialog, event, stamp), **kept)

    patch.setattr(state, "_transferred", keeping)
    right_route = answering.route
    patch.setattr(answering, "route", lambda *of, fresh: right_route(*of, fresh=not fresh))


# -- offers ---------------------------------------------------------------------------------------------------------


@defect(OFFERED.test_an_agent_who_is_not_ready_cannot_accept_from_that_moment_on)
def whoever_was_ready_once_may_accept(patch: Patch) -> None:
    patch.setattr(agent.Agent, "ready", property(lambda one: one.exists and one.active))


@defect(OFFERED.test_a_lowered_capacity_takes_nothing_away_and_what_was_kept_may_be_accepted)
def a_lowered_capacity_takes_away_what_was_kept(patch: Patch) -> None:
    def take(world: Any, who: str) -> None:
        for dialog in world.offered_to(who) if world.agent(who).full else ():
            offers.end_offers(world, dialog, "agent_full", who)

    patch.setattr("domain.desk.administration.end_offers_of_full", take)


@defect(OFFERED.test_a_change_of_the_answer_wait_leaves_the_pending_offer_its_deadline)
def a_changed_answer_wait_ends_what_is_pending(patch: Patch) -> None:
    right = ALL_HANDLERS[SetGroup]

    def ending(world: Any, command: Any) -> Any:
        answer = right(world, command)
        for who in world.group(command.group).members if "answer_wait" in command.changes else ():
            for dialog in world.offered_to(who):
                offers.end_offers(world, dialog, "policy_changed", who)
        return answer

    patch.setitem(ALL_HANDLERS, SetGroup, ending)


@defect(OFFERED.test_a_take_by_another_ends_the_offer_and_frees_the_slot)
def a_take_leaves_the_offer_standing(patch: Patch) -> None:
    patch.setattr(answering, "end_offers", lambda *_: None)


@defect(TO_ALL.test_everybody_who_may_is_offered_it_in_one_attempt_and_nothing_is_kept_free)
def all_at_once_keeps_slots_free(patch: Patch) -> None:
    patch.setattr(plan, "RESERVING", frozenset(RULES))


@defect(TO_ALL.test_an_accept_without_room_is_refused_and_the_offer_stays_pending)
def an_accept_needs_no_room(patch: Patch) -> None:
    right = answering.assign
    patch.setattr(answering, "assign", lambda *of, **more: right(*of, **{**more, "force": True}))


@defect(ASSIGNED.test_without_a_first_answer_in_time_it_goes_back_and_only_he_counts_as_tried)
def who_did_not_answer_is_asked_again(patch: Patch) -> None:
    right = waking.send_back
    patch.setattr(waking, "send_back", lambda world, dialog, reason, tried=(): right(world, dialog, reason))


@defect(ASSIGNED.test_not_to_himself)
def a_transfer_to_himself_goes_through(patch: Patch) -> None:
    patch.setitem(ALL_HANDLERS, TransferDialog, lambda world, command: {"outcome": "transferred"})


@defect(any_day)
def the_turn_forgets_who_was_offered(patch: Patch) -> None:
    right = worlds.World._turn
    blank = lambda world, group, turn: right(world, group, dataclasses.replace(turn, last_offered={}))  # noqa: E731
    patch.setattr(worlds.World, "_turn", blank)


@defect(test_distribution_sticky.TestTheSameDialog().test_reopened_it_goes_to_who_had_it)
def a_close_forgets_who_had_it(patch: Patch) -> None:
    right = state._closed
    patch.setattr(state, "_closed", lambda *of: dataclasses.replace(right(*of), last_agent=None, last_agent_at=None))
