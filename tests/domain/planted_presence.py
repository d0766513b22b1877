"""Faults about who is there, and about receivers that vanish or change, each with the check that sees it."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from domain.channel import Channel, ChannelEvent, CheckReceivers
from domain.desk import administration, presence, receivers, returning, waking
from domain.desk import channels as desk_channels
from domain.desk import world as worlds
from domain.dialog import state
from domain.errors import Rejected
from tests.domain import test_a_deactivated_agent, test_a_lost_agent, test_another_receiver
from tests.domain.laws import Broken, check
from tests.domain.moves import an_office, play, random_moves
from tests.domain.planting import Patch, defect

channel_answers = importlib.import_module("domain.channel.decide")
LEASE, HIS = test_a_lost_agent.TestALease(), test_a_lost_agent.TestHisDialogs()
GONE, RECEIVER = test_a_deactivated_agent.TestEverythingHeHas(), test_a_deactivated_agent.TestHeIsTheReceiver()
NOTHING, ALERTS = (
    test_a_deactivated_agent.TestNobodyGivesHimAnything(),
    test_a_deactivated_agent.TestAlertsEndWithTheirCause(),
)
FOLLOW, STAY = test_another_receiver.TestTheWaitingOnesFollow(), test_another_receiver.TestAllOthersStay()
ARCHIVED = test_another_receiver.TestAGroupIsArchived()
MOMENT = timedelta(microseconds=1)


def days_with_losses() -> None:
    """Random days; the laws are checked after every step."""
    for seed in range(6):
        here = an_office("round_robin")
        try:
            play(here, random_moves(seed + 40, 120), check)
        except Rejected as refusal:
            raise Broken(f"a processor was refused: {refusal.code}") from refusal


def a_moment_later(function: Callable[..., Any], patch: Patch, owner: Any, name: str) -> None:
    def late(world: Any, *rest: Any) -> Any:
        world.now -= MOMENT
        try:
            return function(world, *rest)
        finally:
            world.now += MOMENT

    patch.setattr(owner, name, late)


@defect(LEASE.test_it_is_over_at_its_end_and_not_a_microsecond_before)
def a_lease_lasts_a_microsecond_longer(patch: Patch) -> None:
    from processors import ALL_HANDLERS

    right = presence.lease_over

    def late(world: Any, command: Any) -> Any:
        until = world.lease(command.agent)
        if until is not None and world.now == until:
            return {"outcome": "nothing"}
        return right(world, command)

    patch.setitem(ALL_HANDLERS, presence.LeaseOver, late)


@defect(LEASE.test_one_that_comes_too_late_does_not_renew_it_whether_its_timer_has_rung_or_not)
def a_lease_is_good_until_the_timer_has_run(patch: Patch) -> None:
    right = worlds.World.lease
    patch.setattr(worlds.World, "lease", lambda world, who: _still(right(world, who), world.now))


def _still(until: Any, now: Any) -> Any:
    return until if until is None or until > now else now + MOMENT


@defect(LEASE.test_a_declared_offline_ends_it)
def who_goes_offline_is_lost_all_the_same(patch: Patch) -> None:
    patch.setattr(worlds.World, "give_lease", lambda world, who, until: until and _given(world, who, until))


def _given(world: Any, who: str, until: Any) -> None:
    world._put(("lease", who), until)


@defect(LEASE.test_who_was_lost_is_not_ready_before_he_says_so)
def a_sign_of_life_makes_ready(patch: Patch) -> None:
    from domain.desk.administration import SetPresence
    from processors import ALL_HANDLERS

    right = presence.heartbeat

    def and_ready(world: Any, command: Any) -> Any:
        answer = right(world, command)
        administration.set_presence(world, SetPresence(agent=command.agent, to="ready"))
        return answer

    patch.setitem(ALL_HANDLERS, presence.Heartbeat, and_ready)


@defect(HIS.test_are_released_when_the_grace_is_over_and_not_a_microsecond_before)
def the_grace_lasts_a_microsecond_longer(patch: Patch) -> None:
    a_moment_later(returning.release_if_lost, patch, waking, "release_if_lost")


@defect(HIS.test_are_released_by_the_timer_that_the_loss_has_set)
def nobody_sets_a_timer_for_the_lost(patch: Patch) -> None:
    patch.setattr(waking, "lost_at", lambda *_: None)


@defect(lambda: HIS.test_stay_his_when_he_comes_back_in_time("away"))
def who_comes_back_is_lost_for_ever(patch: Patch) -> None:
    from domain.agent import Agent

    patch.setattr(Agent, "lost_at", property(lambda one: one.presence_since))


@defect(HIS.test_stay_his_where_he_is_the_receiver)
def the_receiver_himself_loses_his_dialogs(patch: Patch) -> None:
    patch.setattr(returning, "lost_to", lambda _: "support")
    patch.setattr(returning, "origin", lambda *_: (None, "channel"))


@defect(HIS.test_a_changed_grace_counts_from_the_next_loss)
def a_changed_grace_counts_at_once(patch: Patch) -> None:
    from domain.agent import Agent

    patch.setattr(Agent, "grace", lambda one, group, otherwise: timedelta(seconds=otherwise))


@defect(HIS.test_are_released_when_the_grace_is_over_and_not_a_microsecond_before)
def who_was_lost_does_not_count_as_tried(patch: Patch) -> None:
    right = returning.send_back
    patch.setattr(returning, "send_back", lambda world, name, why, tried=(): right(world, name, why))


@defect(GONE.test_is_released_with_an_event_each_and_goes_to_others)
def his_dialogs_are_taken_without_a_word(patch: Patch) -> None:
    """Chatwoot's `update_all`: who was deactivated simply has no dialogs any more (F14)."""
    patch.setattr(presence, "_release_page", lambda *_: 0)


@defect(days_with_losses)
def who_is_deactivated_keeps_what_he_has(patch: Patch) -> None:
    patch.setattr(presence, "_release_page", lambda *_: 0)


@defect(days_with_losses)
def what_is_released_keeps_its_slot(patch: Patch) -> None:
    right = returning.agents.Release
    elsewhere = SimpleNamespace(Release=lambda dialog, reason: right(dialog="another", reason=reason))
    patch.setattr(returning, "agents", elsewhere)


@defect(GONE.test_by_pages_where_it_is_much)
def only_the_first_page_is_released(patch: Patch) -> None:
    right = worlds.World.wake
    patch.setattr(worlds.World, "wake", lambda world, who, key: None if who == "presence" else right(world, who, key))


@defect(GONE.test_never_back_to_a_bot_but_to_who_takes_over_from_it)
def back_to_the_bot(patch: Patch) -> None:
    patch.setattr(returning, "home", lambda world, dialog: (world.channel(dialog.channel).settings.receiver, "channel"))


@defect(lambda: NOTHING.test_he_declares_nothing("ready"))
def who_is_deactivated_may_be_ready(patch: Patch) -> None:
    def active(world: Any, who: str) -> Any:
        return dataclasses.replace(world.head(f"agent-{who}").state, active=True)

    patch.setattr(worlds.World, "agent", active)


@defect(RECEIVER.test_the_channel_and_the_watchers_are_told)
def nobody_is_told_that_the_receiver_is_gone(patch: Patch) -> None:
    patch.setattr(presence, "check_receivers_of", lambda *_: None)


@defect(RECEIVER.test_a_save_with_another_receiver_restores_it_too)
def a_save_does_not_restore(patch: Patch) -> None:
    patch.setattr(desk_channels, "check_receivers", lambda *_: None)


@defect(RECEIVER.test_when_he_is_back_they_are_his_and_the_alerts_are_gone)
def the_unrouted_stay_unrouted(patch: Patch) -> None:
    from processors import receivers as processor

    patch.setattr(processor, "follow_receiver", lambda *_: False)


@defect(RECEIVER.test_one_of_two_that_comes_back_restores_nothing_yet)
def half_a_channel_counts_as_whole(patch: Patch) -> None:
    right = channel_answers._check_receivers

    def lax(ask: CheckReceivers, of: Channel) -> list[ChannelEvent]:
        new = ask.gone - set(of.invalid)
        return right(ask if new else dataclasses.replace(ask, gone=frozenset()), of)

    patch.setitem(channel_answers.ANSWERS, CheckReceivers, lax)


@defect(lambda: ALERTS.test_unrouted(test_a_deactivated_agent.closes()))
def an_alert_outlives_its_cause(patch: Patch) -> None:
    patch.setattr(worlds.World, "_settle_alerts", lambda *_: None)


@defect(FOLLOW.test_into_another_group_in_their_old_place)
def who_follows_goes_to_the_end_of_the_queue(patch: Patch) -> None:
    right = receivers.enqueue
    patch.setattr(receivers, "enqueue", lambda *of: right(*of, fresh=True))


@defect(lambda: STAY.test_where_they_are(test_another_receiver.TRANSFERRED))
def the_transferred_follow_too(patch: Patch) -> None:
    patch.setattr(
        receivers, "_where_now", lambda world, dialog: (world.channel(dialog.channel).settings.receiver, "channel")
    )


@defect(lambda: STAY.test_where_they_are(test_another_receiver.ASSIGNED))
def the_assigned_follow_too(patch: Patch) -> None:
    right = receivers.follow_receiver

    def whoever(world: Any, name: str) -> bool:
        presence.release(world, name, "agent_lost")
        return right(world, name)

    patch.setattr(test_another_receiver.receivers, "follow_receiver", whoever)


@defect(STAY.test_a_stale_or_repeated_look_changes_nothing)
def each_look_queues_again(patch: Patch) -> None:
    right = receivers._where_now
    patch.setattr(receivers, "_where_now", lambda world, dialog: _equal_to_nothing(*right(world, dialog)))


def _equal_to_nothing(target: Any, came_from: Any) -> tuple[Any, Any]:
    return target and _Unequal(kind=target.kind, id=target.id), came_from


class _Unequal(test_another_receiver.Target):
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = test_another_receiver.Target.__hash__


@defect(ARCHIVED.test_not_while_another_overflows_into_it)
def an_overflow_is_no_use(patch: Patch) -> None:
    patch.setattr(receivers, "_overflows_into", lambda *_: False)


@defect(ARCHIVED.test_what_waits_in_it_or_is_offered_there_goes_to_its_channels_receiver)
def an_archived_group_keeps_its_queue(patch: Patch) -> None:
    from processors import receivers as processor

    patch.setattr(processor, "leave_archived", lambda *_: 0)


@defect(test_another_receiver.test_a_dialog_that_is_opened_again_forgets_where_it_waited_before)
def a_reopened_dialog_remembers_its_group(patch: Patch) -> None:
    right = state._reopened
    patch.setattr(state, "_reopened", lambda dialog, at: dataclasses.replace(right(dialog, at), target=dialog.target))
