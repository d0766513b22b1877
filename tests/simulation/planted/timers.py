"""Faults of timers and clocks (invariants 11 to 14)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from adapters.feed.timers import TICK, Floor, wake_up
from adapters.store.requests import Request
from domain.desk import waking
from processors import ALL_HANDLERS, auto_close
from tests.memory import store
from tests.office import TENANT
from tests.simulation import lives, units
from tests.simulation.planted.registry import Patch, defect


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
    right = units.Unit.die

    def forgetting(unit: units.Unit) -> None:
        right(unit)
        unit._store.heads.timers.clear()

    patch.setattr(units.Unit, "die", forgetting)


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
