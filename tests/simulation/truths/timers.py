"""Timers: there, early enough, and acted upon (invariants 12 and 13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.store.derived import NEVER
from domain.desk.waking import due_at
from domain.dialog.state import Dialog
from domain.idleness import deadline
from tests.domain.laws import must
from tests.simulation.machine import Simulation
from tests.simulation.truths.registry import always, at_home, at_rest

LATEST_CLOSE = timedelta(seconds=12)
"""Two ticks and ten seconds (G02, invariant 12)."""


@always
def an_open_dialog_is_never_without_a_timer(sim: Simulation) -> None:
    """12: the row comes and goes in the transaction of the opening and of the close."""
    rows = sum(stream.startswith("dialog-") for stream in sim.heads.timers)
    must(rows == sim.heads.open_dialogs, f"{sim.heads.open_dialogs} dialogs are open, {rows} have timers")


@at_rest
def every_open_dialog_has_its_timer(sim: Simulation) -> None:
    """12, 13: one row each, never later than what is due; a closed dialog has none; nothing is overdue."""
    world = sim.world()
    for name, dialog in sim.heads.dialogs():
        row = sim.heads.timers.get(f"dialog-{name}")
        must((row is not None) == dialog.open, f"{name} is {dialog.phase}, and its timer is {row}")
        if row is not None:
            due = due_at(world, dialog) or NEVER
            woken = min(row, _hours_turn(sim, dialog))
            must(woken <= max(due, sim.now), f"the timer of {name} is set to {row}, but it is due at {due}")
    for stream, moment in sim.heads.timers.items():
        must(moment > sim.now, f"the timer of {stream} was due at {moment}, and nobody has looked")


def _hours_turn(sim: Simulation, dialog: Dialog) -> datetime:
    """When its channel opens or closes next, the schedule's own timer wakes whatever waits for that."""
    schedule = sim.state(f"channel-{dialog.channel}").settings.schedule
    return sim.heads.timers.get(f"schedule-{schedule}", NEVER)


@at_home
def whatever_can_become_idle_has_been_closed(sim: Simulation) -> None:
    """12: and in time, once the machines ran without faults."""
    for name, dialog in sim.heads.dialogs():
        must(deadline(dialog, sim.state(f"channel-{dialog.channel}")) is None, f"{name} was never closed")
    begun = sim.log[sim.faultless_from - 1].recorded_at
    unheld: dict[str, datetime] = {}
    for one in sim.log[sim.faultless_from :]:
        if one.event.kind == "dialog.unheld":
            unheld[one.stream] = one.recorded_at
        elif one.event.kind == "dialog.closed" and one.event.cause == "idle":
            due = max(one.event.deadline, unheld.get(one.stream, begun), begun)
            must(one.recorded_at - due <= LATEST_CLOSE, f"{one.stream} was closed {one.recorded_at - due} too late")


@at_home
def nobody_closes_twice(sim: Simulation) -> None:
    """13: between two closes stands a reopening."""
    open_: dict[str, bool] = {}
    for one in sim.log:
        if one.event.kind in ("dialog.opened", "dialog.reopened"):
            open_[one.stream] = True
        elif one.event.kind == "dialog.closed":
            must(open_.get(one.stream, False), f"{one.stream} was closed twice")
            open_[one.stream] = False
