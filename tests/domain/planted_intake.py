"""Faults of arrival, quarantine, first words, hours and closing: each is found by the check that watches for it."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain import window
from domain.desk import arrival, hours, intake, outbound, quarantining, waking
from domain.desk import world as worlds
from domain.desk.quarantining import ReleaseQuarantined
from domain.dialog import state
from domain.dialog.events import AutoReplySent, MessageSent
from domain.quarantine import InboundQuarantined, QuarantineReleased
from domain.schedule import Schedule
from tests.domain import (
    test_a_closed_dialog,
    test_a_quarantined_message,
    test_idleness,
    test_out_of_hours,
    test_writing_first,
)
from tests.domain.planting import Patch, defect

decide = importlib.import_module("domain.dialog.decide")
NIGHT = test_out_of_hours.TestTheReplyOfTheNight()
QUARANTINE, FIRST, CLOSED = test_a_quarantined_message, test_writing_first, test_a_closed_dialog


@defect(NIGHT.test_three_messages_in_one_night_get_one_and_those_of_the_next_night_one_more)
def every_message_of_the_night_is_answered(patch: Patch) -> None:
    right = decide._auto_reply
    patch.setattr(decide, "_auto_reply", lambda ask, dialog: right(ask, replace(dialog, auto_replied_at=None)))


@defect(NIGHT.test_three_messages_in_one_night_get_one_and_those_of_the_next_night_one_more)
def one_reply_is_for_all_nights(patch: Patch) -> None:
    right = decide._auto_reply
    patch.setattr(
        decide,
        "_auto_reply",
        lambda ask, dialog: [] if dialog.auto_replied_at is not None else right(ask, dialog),
    )


@defect(lambda: NIGHT.test_hours_that_are_changed_in_the_night_do_not_make_two_nights_of_one(19))
def new_hours_begin_a_new_night(patch: Patch) -> None:
    from domain.working_time import last_closing

    patch.setattr(Schedule, "closed_since", lambda one, at: last_closing(one.calendar, at))


@defect(NIGHT.test_another_schedule_in_the_night_goes_on_with_the_same_night)
def another_schedule_is_another_night(patch: Patch) -> None:
    def its_own(world: Any, of: Any) -> Any:
        return world.schedule(of.settings.schedule).closed_since(world.now)

    patch.setattr(arrival, "closed_since", its_own)


@defect(NIGHT.test_it_is_no_activity_and_no_first_reply)
def the_automatic_reply_is_activity(patch: Patch) -> None:
    right = state._evolved

    def lively(dialog: Any, event: Any, stamp: Any) -> Any:
        after = right(dialog, event, stamp)
        return replace(after, last_activity_by="agent", replied=True) if isinstance(event, AutoReplySent) else after

    patch.setattr(state, "_evolved", lively)


@defect(test_out_of_hours.TestOneTimerOfASchedule().test_it_follows_a_change_of_the_hours)
def a_schedule_keeps_its_old_timer(patch: Patch) -> None:
    from domain.desk import administration

    right = hours.arm
    armed: set[str] = set()

    def once(world: Any, schedule: str) -> None:
        if schedule not in armed:
            armed.add(schedule)
            right(world, schedule)

    patch.setattr(administration, "arm", once)


@defect(QUARANTINE.test_a_later_message_of_the_same_customer_does_not_overtake_an_earlier_one)
def a_release_looks_at_its_own_item_only(patch: Patch) -> None:
    right = quarantining._may_go
    patch.setattr(quarantining, "_may_go", lambda world, ask, found: right(world, ask, {**found, "before": None}))


@defect(QUARANTINE.test_twice_is_once_with_the_same_answer)
def a_released_item_is_forgotten(patch: Patch) -> None:
    right = worlds.World._follow

    def forgets(world: Any, stream: str, event: Any) -> None:
        if not isinstance(event, QuarantineReleased):
            right(world, stream, event)

    patch.setattr(worlds.World, "_follow", forgets)


@defect(QUARANTINE.test_while_the_channel_does_not_work_nothing_is_released)
def a_release_does_not_ask_the_channel(patch: Patch) -> None:
    patch.setattr(quarantining, "outbound_refusal", lambda _: None)


@defect(QUARANTINE.test_what_nobody_can_read_and_what_came_to_no_channel_cannot_be_released)
def anything_can_be_released(patch: Patch) -> None:
    patch.setattr(quarantining, "STUCK", frozenset())


@defect(QUARANTINE.test_nothing_of_the_message_is_lost)
def the_quarantine_keeps_the_text_alone(patch: Patch) -> None:
    right = worlds.World.record

    def plain(world: Any, stream: str, *events: Any) -> None:
        kept = [
            one.model_copy(update={"attachments": (), "provider_id": ""})
            if isinstance(one, InboundQuarantined)
            else one
            for one in events
        ]
        right(world, stream, *kept)

    patch.setattr(worlds.World, "record", plain)


@defect(QUARANTINE.test_the_providers_time_is_shown_and_moves_no_timer)
def what_is_released_counts_from_the_providers_time(patch: Patch) -> None:
    right = quarantining.release

    def in_the_past(world: Any, ask: ReleaseQuarantined) -> Any:
        world.now = ask.provider_time or world.now
        return right(world, ask)

    from processors import ALL_HANDLERS

    patch.setitem(ALL_HANDLERS, ReleaseQuarantined, in_the_past)
    plain = state._received
    patch.setattr(
        state,
        "_received",
        lambda dialog, stamp: plain(dialog, stamp._replace(at=stamp.at - timedelta(days=400))),
    )


@defect(QUARANTINE.test_it_is_counted_when_it_came_and_not_again)
def a_release_is_counted_as_received_again(patch: Patch) -> None:
    right = quarantining.arrive

    def counted(world: Any, channel: str, *of: Any) -> Any:
        world.count(channel, "routed")
        return right(world, channel, *of)

    patch.setattr(quarantining, "arrive", counted)


@defect(FIRST.test_an_open_dialog_of_the_customer_is_told_instead)
def a_second_open_dialog_may_be_begun(patch: Patch) -> None:
    right = outbound.start_dialog

    def regardless(world: Any, ask: Any) -> Any:
        known = world.conversation
        patch.setattr(worlds.World, "conversation", lambda self, *of: None)
        try:
            return right(world, ask)
        finally:
            patch.setattr(worlds.World, "conversation", known.__func__)

    from processors import ALL_HANDLERS

    patch.setitem(ALL_HANDLERS, outbound.StartDialog, regardless)


@defect(lambda: FIRST.test_to_a_stranger_only_where_the_kind_allows_it("viber", None, "first_contact_not_allowed"))
def strangers_may_be_written_to_everywhere(patch: Patch) -> None:
    patch.setattr(outbound, "RULES", dict.fromkeys(outbound.RULES, outbound.Rule()))


@defect(FIRST.test_above_the_capacity_only_by_force_and_then_it_is_recorded)
def a_first_word_needs_no_room(patch: Patch) -> None:
    right = outbound.assign
    patch.setattr(outbound, "assign", lambda *of, **more: right(*of, **{**more, "force": True}))


@defect(FIRST.test_it_is_opened_said_and_assigned_in_one_transaction)
def a_first_word_is_a_first_reply(patch: Patch) -> None:
    right = worlds.World.record

    def reply(world: Any, stream: str, *events: Any) -> None:
        told = [one.model_copy(update={"first_reply": True}) if isinstance(one, MessageSent) else one for one in events]
        right(world, stream, *told)

    patch.setattr(worlds.World, "record", reply)


@defect(FIRST.TestAfterwards().test_the_window_of_a_provider_is_closed_until_he_answers)
def a_window_is_open_before_he_has_written(patch: Patch) -> None:
    def lax(dialog: Any, kind: Any, now: Any) -> bool:
        return dialog.last_customer_at is None or window.in_window(dialog, kind, now)

    patch.setattr(waking, "in_window", lax)


@defect(CLOSED.test_a_reopening_names_the_version_of_the_close_whatever_was_noted_since)
def a_reopening_names_the_last_version(patch: Patch) -> None:
    patch.setattr(state, "evolve", state._evolved)
    from domain.streams import AGGREGATES

    patch.setitem(AGGREGATES, "dialog", replace(AGGREGATES["dialog"], evolve=state._evolved))


@defect(CLOSED.test_in_a_channel_that_is_degraded_a_new_dialog_begins_instead)
def a_degraded_channel_reopens(patch: Patch) -> None:
    right = arrival._may_reopen
    patch.setattr(arrival, "_may_reopen", lambda world, of, last: right(world, replace(of, phase="connected"), last))


@defect(CLOSED.test_after_spam_it_is_not)
def spam_may_be_reopened(patch: Patch) -> None:
    patch.setattr(arrival, "MAY_BE_REOPENED", frozenset({"idle", "agent", "bot", "spam"}))


@defect(lambda: test_idleness.test_outside_whatsapps_window_the_closing_message_is_skipped(24, "skipped_window"))
def the_window_never_closes(patch: Patch) -> None:
    patch.setattr(waking, "in_window", lambda *_: True)


@defect(QUARANTINE.TestWhatIsDoneToAMessageThatWaits().test_it_waits_behind_the_message_and_is_released_after_it)
def an_edit_of_what_waits_is_ignored(patch: Patch) -> None:
    patch.setattr(intake, "message_waits", lambda *_: False)
