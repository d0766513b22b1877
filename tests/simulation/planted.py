"""Faults planted into the engine, one at least for each invariant, each with the truths that may find it out.

A truth that no fault has ever broken proves nothing. Numbers are those of the invariants in the reliability page.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from adapters import intake_commands
from adapters.feed.timers import TICK, Floor, wake_up
from adapters.kafka import following
from adapters.store.heads import Kept
from adapters.store.requests import Outcome, Request
from domain import agent
from domain.desk import arrival, waking
from domain.desk.world import Head, World
from domain.distribution import RULES, Choice
from domain.recorded import Recorded
from processors import ALL_HANDLERS, auto_close
from processors.distribution import desk, looking, plan
from tests.memory import outbox, store, topics
from tests.office import TENANT
from tests.simulation import clients, lives, machine, moves

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


class Planted(NamedTuple):
    """`found_by`: truths of which at least one must break."""

    plant: Plant
    invariant: int
    found_by: tuple[str, ...]


DEFECTS: dict[str, Planted] = {}
HASHED: dict[str, Plant] = {}
"""Faults that only show between two processes, which hash differently: by comparing what they have logged."""


def defect(invariant: int, *found_by: str) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        DEFECTS[plant.__name__.replace("_", " ")] = Planted(plant, invariant, found_by)
        return plant

    return register


# -- intake and commands -----------------------------------------------------------------------------------------------


@defect(1, "what_was_answered_is_in_the_log")
def the_door_answers_before_it_has_committed(patch: Patch) -> None:
    def hasty(api: Any, book: clients.Book, channel: str, question: Any) -> Iterator[str]:
        request = Request(tenant=TENANT, command=question.command, key=question.key)
        if question.key not in book.heard:
            book.messages[question.key] = request
            book.note(question.key, Outcome())
            yield "answered 200"
            api().execute_all([request])

    patch.setattr(moves, "delivering", hasty)


@defect(2, "what_was_answered_is_in_the_log")
def a_message_is_not_known_by_its_providers_id(patch: Patch) -> None:
    drawn = iter(range(1_000_000))
    patch.setattr(intake_commands._Door, "key", lambda door, thing: f"delivery {next(drawn)}")


@defect(3, "one_key_has_one_outcome")
def outcomes_of_commands_are_not_kept(patch: Patch) -> None:
    patch.setattr(store.Batch, "_remember", lambda *_: None)


@defect(4, "topics_are_the_log")
def records_are_keyed_by_their_own_ids(patch: Patch) -> None:
    patch.setattr(topics, "place_of", lambda event, n: topics._partition(event.event_id, n))


@defect(5, "a_customer_has_one_open_dialog_a_channel")
def a_dialog_is_looked_for_and_then_opened(patch: Patch) -> None:
    """The door looks for the customer's open dialog first, and asks for a new one where it has found none."""
    seen: list[Any] = []
    drawn = iter(range(1_000_000))
    right, delivering = World.conversation, clients.delivering

    def looking_first(api: Any, book: clients.Book, channel: str, question: Any) -> Iterator[str]:
        rows, asked = api().store.heads, question.command
        known = rows.known(f"{asked.provider}:{channel}", asked.sender_key)
        found = rows.conversation(channel, known.customer) if known else None
        yield "has looked for an open dialog"
        steps = delivering(api, book, channel, question)
        while True:
            seen[:] = [found]
            word = next(steps, None)
            seen.clear()
            if word is None:
                return
            yield word

    def as_seen(world: World, channel: str, customer: str) -> Any:
        return seen[0] if seen else right(world, channel, customer)

    patch.setattr(moves, "delivering", looking_first)
    patch.setattr(World, "conversation", as_seen)
    patch.setattr(arrival, "dialog_id", lambda *_: f"dialog {next(drawn)}")


# -- distribution ------------------------------------------------------------------------------------------------------


@defect(6, "every_slot_has_its_dialog", "every_head_is_the_fold_of_its_stream")
def heads_are_loaded_before_the_lane_is_locked(patch: Patch) -> None:
    """What a process has kept is not compared with what others have written since; only versions are right."""
    right = store.KeptHeads.head

    def old_state(heads: store.KeptHeads, stream: str) -> Head:
        return Head(right(heads, stream).state, heads._rows.head(stream).version)

    patch.setattr(Kept, "follow", lambda *_: None)
    patch.setattr(store.KeptHeads, "head", old_state)


@defect(7, "load_is_what_the_events_say")
def capacity_is_checked_and_then_acted_on(patch: Patch) -> None:
    patch.setattr(desk.Desk, "_grows", lambda *_: None)
    patch.setattr(agent.Agent, "has_room", lambda one, weight, *_: True)


@defect(8, "nobody_waits_while_somebody_has_room", "only_who_is_ready_is_offered_anything")
def the_position_is_saved_before_the_events_are_heard(patch: Patch) -> None:
    def page(follower: topics.Follower, limit: int) -> Iterator[str]:
        events = follower.store.log[follower.position : follower.position + limit]
        follower.store.tracking[follower.name] = events[-1].position
        yield "the position is saved"
        heard = [one for one in events if follower.hears is None or one.event.kind in follower.hears]
        follower.consumer.apply(heard)
        yield "the events are heard"

    def following_(kept: store.MemoryStore, consumer: Any, limit: int, *, unpublished: bool = False) -> lives.Life:
        follower = topics.Follower(kept, consumer, unpublished=unpublished)
        while True:
            if follower.position < len(kept.log):
                yield from page(follower, limit)
            else:
                yield lives.IDLE

    right = lives.following
    ears = ("processor:distribution", "processor:presence")
    patch.setattr(
        lives,
        "following",
        lambda kept, consumer, limit, **more: (following_ if consumer.name in ears else right)(
            kept, consumer, limit, **more
        ),
    )
    patch.setattr(store.MemoryStore, "sweep", lambda *_: None)
    patch.setitem(moves.MOVES, "a_mark_is_lost", lambda *_: None)


@defect(8, "nobody_waits_while_somebody_has_room")
def nobody_sweeps(patch: Patch) -> None:
    """F29: a lost mark is found by the sweep."""
    patch.setattr(store.MemoryStore, "sweep", lambda *_: None)


@defect(9, "only_who_is_ready_is_asked_and_only_through_a_working_channel", "load_is_what_the_events_say")
def the_rules_look_at_a_stale_projection(patch: Patch) -> None:
    """Agents as they were when the group was last looked at."""
    seen: dict[str, Any] = {}
    right = looking.desk_of

    def stale(world: Any, group_id: str) -> desk.Desk:
        here = right(world, group_id)
        old = {name: seen.get(name, one) for name, one in here.agents.items()}
        seen.update(here.agents)
        return dataclasses.replace(here, agents=old)

    patch.setattr(looking, "desk_of", stale)


@defect(10, "the_same_run_is_the_same_log")
def a_rule_looks_at_the_wall_clock(patch: Patch) -> None:
    right = plan.choose

    def by_the_clock(algorithm: Any, eligible: Sequence[Any], question: Any) -> Choice:
        micros = datetime.now().microsecond  # noqa: DTZ005 - the fault
        return (
            Choice((eligible[micros % len(eligible)].agent,), None)
            if eligible
            else right(algorithm, eligible, question)
        )

    patch.setattr(plan, "choose", by_the_clock)


def a_rule_iterates_a_set(patch: Patch) -> None:
    for name in RULES:
        patch.setitem(RULES, name, lambda eligible, _: Choice((next(iter({one.agent for one in eligible})),), None))


HASHED["a rule iterates a set"] = a_rule_iterates_a_set


# -- timers ------------------------------------------------------------------------------------------------------------


@defect(11, "nothing_is_closed_for_idleness_too_early")
def the_timer_closes_without_looking_again(patch: Patch) -> None:
    def as_it_was_at_the_opening(dialog: Any, of: Any) -> Any:
        period = of.settings.auto_close
        return dialog.opened_at + timedelta(seconds=period.seconds) if period and dialog.opened_at else None

    patch.setattr(waking, "deadline", as_it_was_at_the_opening)


@defect(12, "an_open_dialog_is_never_without_a_timer")
def the_timer_is_deleted_before_the_close_commits(patch: Patch) -> None:
    def ticking(kept: store.MemoryStore, executor: store.MemoryExecutor, page: int) -> lives.Life:
        while True:
            due = kept.heads.due(datetime.min.replace(tzinfo=kept.now.tzinfo), kept.now, page)
            for stream in due:
                kept.heads.timers.pop(stream, None)
                yield f"the timer of {stream} is deleted"
                executor.execute_all([Request(tenant=TENANT, command=wake_up(stream), remember=False)])
            yield f"{len(due)} timers" if due else lives.IDLE

    patch.setattr(lives, "ticking", ticking)


@defect(12, "every_open_dialog_has_its_timer", "whatever_can_become_idle_has_been_closed")
def timers_live_in_memory_only(patch: Patch) -> None:
    right = machine.Unit.die

    def forgetting(unit: machine.Unit) -> None:
        right(unit)
        unit._store.heads.timers.clear()

    patch.setattr(machine.Unit, "die", forgetting)


@defect(12, "every_open_dialog_has_its_timer", "whatever_can_become_idle_has_been_closed")
def the_ticker_never_looks_below_its_floor(patch: Patch) -> None:
    """And the floor has no margin: what is set late is never found."""

    def drained(floor: Floor, now: datetime) -> None:
        floor._end = now + timedelta(seconds=TICK)
        floor._swept = float("inf")

    patch.setattr(Floor, "drained", drained)


@defect(13, "every_open_dialog_has_its_timer", "whatever_can_become_idle_has_been_closed")
def a_deadline_is_computed_at_the_opening_only(patch: Patch) -> None:
    patch.setitem(ALL_HANDLERS, auto_close.LookAtChannels, lambda world, command: {"outcome": "nothing"})


@defect(13, "an_open_dialog_is_never_without_a_timer")
def a_reopened_dialog_has_no_timer(patch: Patch) -> None:
    right = store.Rows._keep_timers

    def only_new_ones(rows: Any, world: Any, dialogs: Any, before: Any) -> None:
        known = dict(rows.timers)
        right(rows, world, dialogs, before)
        for name, was in before.items():
            if was is not None and was.phase == "closed" and f"dialog-{name}" not in known:
                rows.timers.pop(f"dialog-{name}", None)

    patch.setattr(store.Rows, "_keep_timers", only_new_ones)


@defect(14, "nothing_is_closed_for_idleness_too_early")
def the_worker_has_a_clock_of_its_own(patch: Patch) -> None:
    """It is an hour fast."""
    right = waking._close_if_idle

    def an_hour_fast(world: Any, dialog: str) -> None:
        now, world.now = world.now, world.now + timedelta(hours=1)
        try:
            right(world, dialog)
        finally:
            world.now = now

    patch.setattr(waking, "_close_if_idle", an_hour_fast)


@defect(14, "time_never_goes_back")
def each_batch_takes_the_time_of_its_process(patch: Patch) -> None:
    chance = random.Random(14)
    fast = property(lambda kept: kept.clock() + timedelta(seconds=chance.choice((0, 5))))
    patch.setattr(store.MemoryStore, "now", fast)


# -- copies ------------------------------------------------------------------------------------------------------------


@defect(15, "views_are_what_the_log_says")
def a_view_counts_a_repeat_again(patch: Patch) -> None:
    def naive(view: topics.MemoryView, events: Sequence[Recorded]) -> None:
        for one in events:
            for key in view._projection.keys(one):
                row: Any = view.rows.get(key)
                fold = view._projection.folds.get(type(one.event))
                if fold is not None:
                    view.rows[key] = fold(row, one.event, one)

    patch.setattr(topics.MemoryView, "apply", naive)


@defect(16, "topics_are_the_log")
def the_cursor_is_saved_before_the_page_is_sent(patch: Patch) -> None:
    async def cursor_then_topics(send: Any, save: Any, records: Any, last: int) -> None:
        save(last)
        await lives._Pause()
        await send(records)

    patch.setattr(lives, "topics_then_cursor", cursor_then_topics)


@defect(17, "a_follower_skips_and_repeats_nothing", "nothing_is_left_to_do", "views_are_what_the_log_says")
def a_follower_moves_to_the_end_of_the_log(patch: Patch) -> None:
    right = topics.Follower.page

    def to_the_end(follower: topics.Follower, limit: int) -> int:
        read = right(follower, limit)
        follower.store.tracking[follower.name] = len(follower.store.log)
        return read

    patch.setattr(topics.Follower, "page", to_the_end)


@defect(17, "a_follower_skips_and_repeats_nothing")
def versions_that_came_already_are_handed_on(patch: Patch) -> None:
    right = following.follow_on
    patch.setattr(topics, "follow_on", lambda rows, known, tally: right(rows, {}, tally))


@defect(18, "what_we_said_was_delivered_in_order")
def a_message_that_is_heard_of_again_is_sent_again(patch: Patch) -> None:
    def each_time(box: outbox.Outbox, events: Sequence[Recorded]) -> None:
        for event in events:
            if (one := outbox.outgoing(event)) is not None:
                box._keep(outbox.Parcel(one, event.recorded_at))

    patch.setattr(outbox.Outbox, "apply", each_time)


@defect(18, "what_we_said_was_delivered_in_order")
def a_lost_answer_is_taken_for_a_refusal(patch: Patch) -> None:
    right = lives.verdict
    patch.setattr(
        lives, "verdict", lambda said, *of, **more: right("retry" if said == "unknown" else said, *of, **more)
    )
