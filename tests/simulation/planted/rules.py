"""Faults of distribution: who is offered what, and by what it is decided (invariants 6 to 10)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from adapters.store.heads import Kept
from domain import agent
from domain.desk.world import Head
from domain.distribution import RULES, Choice
from processors.distribution import desk, looking, plan
from tests.memory import store, topics
from tests.simulation import feeds, lives, moves
from tests.simulation.planted.registry import HASHED, Patch, defect


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

    right = feeds.following
    ears = ("processor:distribution", "processor:presence")
    patch.setattr(
        feeds,
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
