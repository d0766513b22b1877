"""Faults around bots: most of them leave a customer talking to nobody."""

from __future__ import annotations

import importlib
from typing import Any

from domain.desk import answering, bot_turns, bots, routing
from domain.dialog import state
from tests.domain import test_a_bot_out_of_hours as nights
from tests.domain import test_a_bots_dialog as days
from tests.domain import test_bots
from tests.domain.planting import Patch, defect
from tests.processors import test_bots as calls

decide = importlib.import_module("domain.dialog.decide")
arrival = importlib.import_module("domain.desk.arrival")
waking = importlib.import_module("domain.desk.waking")


@defect(days.test_the_time_limit_counts_to_the_microsecond)
def a_silent_bot_keeps_its_dialog(patch: Patch) -> None:
    patch.setattr(bot_turns, "answer_due", lambda dialog, channel: None)


@defect(days.test_it_counts_from_the_first_message_that_was_not_answered)
def every_message_gives_the_bot_new_time(patch: Patch) -> None:
    patch.setattr(state, "_with", lambda unanswered, stamp: (state.Asked(stamp.at, stamp.position),))


@defect(days.test_an_answer_to_an_earlier_message_leaves_the_later_ones_waiting)
def any_word_of_the_bot_answers_everything(patch: Patch) -> None:
    patch.setattr(state, "_left", lambda unanswered, event: ())


@defect(days.test_of_a_flood_neither_the_first_nor_the_last_is_forgotten)
def of_a_flood_only_the_beginning_is_remembered(patch: Patch) -> None:
    right = state._with
    full = state.MOST_UNANSWERED
    patch.setattr(state, "_with", lambda owed, stamp: owed if len(owed) == full else right(owed, stamp))


@defect(lambda: days.test_its_late_message_after_that_is_refused(days.replies("greeter", bot=True)))
def the_bot_talks_over_people(patch: Patch) -> None:
    right = decide._speak
    patch.setattr(decide, "_speak", lambda command, dialog: right(command, _lent(command, dialog)))


def _lent(command: Any, dialog: Any) -> Any:
    author = getattr(command, "author", None)
    return state.replace(dialog, bot=author.id) if author is not None and author.kind == "bot" else dialog


@defect(lambda: days.test_what_only_looks_like_a_keyword_does_not("cooperator"))
def a_keyword_is_found_inside_other_words(patch: Patch) -> None:
    patch.setattr(bot_turns, "says_one_of", lambda text, words: any(word in text for word in words))


@defect(lambda: days.test_a_keyword_hands_it_off("дайте Живой  Человек, прошу"))
def keywords_are_compared_letter_by_letter(patch: Patch) -> None:
    patch.setattr(bot_turns, "_folded", lambda text: text)


@defect(days.test_without_a_fallback_it_is_unrouted_and_somebody_is_alerted)
def without_a_fallback_the_channels_receiver_gets_it(patch: Patch) -> None:
    patch.setattr(bot_turns, "hand_off", _to_the_receiver)
    patch.setattr(bots, "hand_off", _to_the_receiver)


def _to_the_receiver(world: Any, dialog: str, reason: Any) -> None:
    world.do(f"dialog-{dialog}", bot_turns.ask.HandOff(reason=reason))
    routing.route(world, dialog, days.GREETER, "hand_off", "handed_off")


@defect(days.test_without_leave_to_close_its_whole_answer_is_refused)
def a_bot_may_always_close(patch: Patch) -> None:
    right = answering.close
    patch.setattr(bots, "close", lambda world, command: right(world, bots.CloseDialog(dialog=command.dialog)))


@defect(days.test_a_failure_of_an_earlier_turn_changes_nothing)
def an_old_failure_ends_a_new_turn(patch: Patch) -> None:
    def report(world: Any, command: bots.ReportBotFailed) -> dict[str, Any]:
        bot_turns.hand_off(world, command.dialog, "error")
        return {}

    from processors import ALL_HANDLERS

    patch.setitem(ALL_HANDLERS, bots.ReportBotFailed, report)


@defect(nights.test_at_opening_it_is_handed_off_to_the_channels_receiver)
def the_nights_bot_stays_in_the_morning(patch: Patch) -> None:
    patch.setattr(bot_turns, "opening", lambda world, channel: None)


@defect(nights.test_a_named_agent_is_not_stopped_by_the_hour)
def at_night_the_bot_takes_from_everybody(patch: Patch) -> None:
    patch.setattr(arrival, "start_out_of_hours", _for_everybody)


def _for_everybody(world: Any, dialog: str, *, is_new: bool) -> bool:
    world.do(f"dialog-{dialog}", bot_turns.ask.StartBot(bot="greeter", reason="out_of_hours"))
    return True


@defect(test_bots.test_a_bot_in_use_is_not_removed)
def a_bot_is_removed_from_under_its_channel(patch: Patch) -> None:
    patch.setattr(bots, "_names", lambda world, channel, bot: False)


@defect(days.test_where_the_bot_does_not_exist_the_dialog_is_unrouted_with_an_alert)
def a_dialog_is_given_to_a_bot_that_is_gone(patch: Patch) -> None:
    patch.setattr(routing, "known_bot", lambda world, bot: True)


@defect(calls.test_a_call_that_failed_is_repeated_with_the_same_messages)
def a_repeated_call_tells_more_under_the_same_id(patch: Patch) -> None:
    right = calls.to_tell
    patch.setattr(calls, "to_tell", lambda events, **where: right(events, **(where | {"asking": 0})))


@defect(lambda: calls.test_a_call_never_lasts_beyond_the_time_limit(4, 4))
def a_call_lasts_ten_seconds_whatever_is_left(patch: Patch) -> None:
    patch.setattr(calls, "time_for_call", lambda due, now: calls.ONE_CALL)


@defect(calls.test_it_is_tried_three_times)
def a_dead_bot_is_tried_for_ever(patch: Patch) -> None:
    patch.setattr(calls, "again_at", lambda attempts, now: now)


@defect(calls.test_at_the_begin_it_is_told_what_nobody_has_answered)
def a_bot_answers_again_what_people_have_answered(patch: Patch) -> None:
    right = calls.to_tell
    patch.setattr(calls, "to_tell", lambda events, **where: right(events, **(where | {"started": 0})))
