"""Every guard can fail: a fault is planted in the engine, and the check that watches for it turns red.

Each row plants one fault, mostly one that somebody has really made (tag C of the behaviour page), and names its watch.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain import agent, channel, idleness, rotation, settings, working_time
from domain.desk import answering, channels, offers, routing, waking, widgets
from domain.desk import world as worlds
from domain.dialog import state
from domain.dialog.events import Opened
from domain.distribution import RULES, Choice, Member, Question
from tests import office
from tests.domain import (
    test_a_channels_settings,
    test_a_dialog_offered_to_all,
    test_a_new_dialog,
    test_a_queued_dialog,
    test_an_agent,
    test_an_assigned_dialog,
    test_an_offered_dialog,
    test_connecting_a_channel,
    test_idleness,
    test_laws,
    test_rotation,
    test_working_time,
)
from tests.domain.planting import DEFECTS, Patch, any_day, defect
from tests.processors import test_distribution

decide = importlib.import_module("domain.dialog.decide")
channels_answer = importlib.import_module("domain.channel.decide")
saving = importlib.import_module("domain.channel.saving")
"""The module; `domain.dialog.decide` names its function."""
OFFERED, QUEUED, TURNS = test_an_offered_dialog, test_a_queued_dialog, test_distribution.TestTakingTurns()
TO_ALL = test_a_dialog_offered_to_all.TestToAllAtOnce()


def test_without_a_defect_every_watch_is_content() -> None:
    for _, watch in DEFECTS.values():
        watch()


@defect(lambda: OFFERED.test_the_deadline_counts_to_the_microsecond_whether_the_timer_ran_or_not(0, False))
def an_offer_may_be_accepted_at_its_deadline(patch: Patch) -> None:
    right = decide._accept
    early = timedelta(microseconds=1)
    patch.setattr(decide, "_accept", lambda ask, dialog: right(dataclasses.replace(ask, at=ask.at - early), dialog))


@defect(any_day)
def an_offer_is_good_until_the_timer_has_run(patch: Patch) -> None:
    right = decide._accept
    ages = timedelta(days=99)
    patch.setattr(decide, "_accept", lambda ask, dialog: right(dataclasses.replace(ask, at=ask.at - ages), dialog))


@defect(test_idleness.test_a_message_that_came_before_the_close_wins_even_past_the_deadline)
def the_timer_closes_without_looking_again(patch: Patch) -> None:
    patch.setattr(waking, "deadline", _stale_deadline)


def _stale_deadline(dialog: Any, of: Any) -> Any:
    """What the timer was set to when the dialog began."""
    period = of.settings.auto_close
    return dialog.opened_at + timedelta(seconds=period.seconds) if period and dialog.opened_at else None


@defect(test_idleness.test_a_shortened_period_closes_nothing_before_the_floor)
def a_shorter_period_closes_everything_at_once(patch: Patch) -> None:
    patch.setattr(saving, "floor_after", lambda *_: None)


@defect(test_idleness.TestWaitingForTheCustomer().test_the_customers_last_word_keeps_it_open_for_ever)
def a_waiting_customer_is_closed(patch: Patch) -> None:
    right = idleness.deadline

    def whoever_waits(dialog: Any, of: Any) -> Any:
        return right(dataclasses.replace(dialog, last_activity_by="agent"), of)

    patch.setattr(idleness, "deadline", whoever_waits)
    patch.setattr(waking, "deadline", whoever_waits)


@defect(test_idleness.test_held_without_an_end_it_never_closes_and_when_the_hold_ends_it_closes_at_once)
def a_moment_that_is_past_is_forgotten(patch: Patch) -> None:
    def only_future(world: Any, dialog: Any) -> Any:
        moment = waking.due_at(world, dialog)
        return moment if moment is not None and moment > world.now else None

    patch.setattr(office, "due_at", only_future)


@defect(any_day)
def a_slot_leaks_when_an_offer_expires(patch: Patch) -> None:
    patch.setattr(waking, "free_slots", lambda *_: None)


@defect(any_day)
def a_slot_leaks_when_a_dialog_is_closed(patch: Patch) -> None:
    patch.setattr(answering, "leave", lambda *_: None)


@defect(any_day)
def a_slot_leaks_when_an_offer_is_taken_back(patch: Patch) -> None:
    patch.setattr(offers, "free_slots", lambda *_: None)


@defect(any_day)
def an_offer_outlives_its_dialog(patch: Patch) -> None:
    patch.setattr(decide, "_last_offers", lambda _: [])


@defect(any_day)
def who_declined_is_asked_again(patch: Patch) -> None:
    patch.setattr(state, "TRIED_ENDS", frozenset({"expired"}))


@defect(any_day)
def who_was_merely_rescinded_counts_as_tried(patch: Patch) -> None:
    patch.setattr(state, "TRIED_ENDS", frozenset({"declined", "expired", "agent_unavailable", "agent_full"}))


@defect(TURNS.test_the_turn_moves_with_the_offer_so_a_silent_agent_is_not_asked_first_for_ever)
def the_turn_moves_only_with_the_accept(patch: Patch) -> None:
    patch.setattr(rotation, "decided", lambda turn, decision: dataclasses.replace(turn, seq=decision.seq))


@defect(test_rotation.TestAfterARemoval().test_of_the_one_last_offered_the_one_who_followed_him_is_next)
def a_change_of_members_resets_the_turn(patch: Patch) -> None:
    patch.setattr(test_rotation, "members_changed", lambda _, event: rotation.Rotation(order=event.order))


@defect(lambda: [test_laws.test_the_same_day_again_is_the_same_log(seed) for seed in range(4, 60, 5)])
def random_is_not_drawn_from_the_seed(patch: Patch) -> None:
    asked_before: Counter[tuple[str, int, int]] = Counter()

    def another_each_time(eligible: Sequence[Member], asked: Question) -> Choice:
        question = (asked.dialog, asked.round, asked.attempt)
        asked_before[question] += 1
        return Choice((eligible[asked_before[question] % len(eligible)].agent,), None)

    patch.setitem(RULES, "random", another_each_time)


@defect(test_a_new_dialog.test_two_first_messages_in_one_batch_make_one_dialog)
def a_second_first_message_does_not_see_the_first(patch: Patch) -> None:
    right = worlds.World._follow
    patch.setattr(
        worlds.World,
        "_follow",
        lambda world, stream, event: None if isinstance(event, Opened) else right(world, stream, event),
    )


@defect(TO_ALL.test_an_agent_who_has_become_full_loses_his_other_offers_and_does_not_count_as_tried)
def an_agent_who_is_full_keeps_his_offers(patch: Patch) -> None:
    for module in (routing, offers):
        patch.setattr(module, "end_offers_of_full", lambda *_: None)


@defect(test_an_agent.TestSlots().test_but_not_more_than_was_kept_free)
def what_was_kept_free_may_grow_for_nothing(patch: Patch) -> None:
    patch.setattr(agent.Agent, "has_room", lambda one, weight, *_: bool(one.slots) or one.capacity >= weight)


@defect(test_an_offered_dialog.test_disconnecting_the_channel_ends_the_offer_and_blocks_the_dialog)
def a_disconnected_channel_keeps_its_offers(patch: Patch) -> None:
    patch.setattr(widgets, "follow_channel", lambda *_: None)


@defect(QUEUED.test_a_transfer_while_the_channel_is_disconnected_waits_blocked_and_goes_on_when_it_is_connected_again)
def a_blocked_dialog_is_forgotten(patch: Patch) -> None:
    patch.setattr(channels, "follow_channel", lambda *_: None)


@defect(test_an_assigned_dialog.test_to_a_full_agent_only_by_force)
def a_transfer_needs_no_room(patch: Patch) -> None:
    right = answering.assign
    patch.setattr(answering, "assign", lambda *of, **more: right(*of, **{**more, "force": True}))


@defect(test_working_time.test_nine_to_six_begins_at_nine_and_is_over_at_six)
def six_o_clock_belongs_to_the_day(patch: Patch) -> None:
    moment = timedelta(microseconds=1)
    right = working_time.is_open
    patch.setattr(
        test_working_time, "is_open", lambda calendar, at: right(calendar, at) or right(calendar, at - moment)
    )


@defect(test_a_channels_settings.test_a_save_of_what_somebody_else_saved_meanwhile_is_refused_with_what_he_changed)
def the_last_save_wins(patch: Patch) -> None:
    lax = lambda ask, of: saving.save(dataclasses.replace(ask, expected=None), of)  # noqa: E731
    patch.setitem(channels_answer.ANSWERS, channel.Save, lax)


@defect(lambda: test_a_channels_settings.test_the_period_is_a_whole_number_above_zero("telegram", True, "not_integer"))
def true_is_one_hour(patch: Patch) -> None:
    right = settings._auto_close
    lax = lambda value, kind: right({**value, "value": int(value["value"])}, kind)  # noqa: E731
    patch.setitem(settings._CHECKS, "auto_close", lax)


@defect(lambda: test_connecting_a_channel.test_a_consent_that_is_not_valid_leaves_it_connected("anna", None, []))
def anybodys_consent_will_do(patch: Patch) -> None:
    right = channels_answer._confirm_disconnect
    lax = lambda ask, of: right(dataclasses.replace(ask, user=of.consent.user if of.consent else ""), of)  # noqa: E731
    patch.setitem(channels_answer.ANSWERS, channel.ConfirmDisconnect, lax)


for _area in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if _area.name.startswith("planted_"):
        importlib.import_module(f"tests.domain.{_area.name}")


@pytest.mark.parametrize("name", list(DEFECTS))
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, watch = DEFECTS[name]
    plant(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        watch()
