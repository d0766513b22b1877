"""Nobody waits while somebody may take him; nobody who left is asked (invariant 8, F13)."""

from __future__ import annotations

from domain.desk.hours import works_now
from domain.dialog.state import Dialog
from tests.domain.laws import must
from tests.simulation.machine import Simulation
from tests.simulation.truths.registry import at_rest


@at_rest
def nobody_waits_while_somebody_has_room(sim: Simulation) -> None:
    """8: a dialog that may be offered is offered, if there is anybody to offer it to."""
    world = sim.world()
    for name, dialog in sim.heads.dialogs():
        if dialog.phase != "queued" or dialog.in_group is None or dialog.blocked:
            continue
        channel = world.channel(dialog.channel)
        if channel.working and works_now(world, channel):
            free = [agent for agent in world.group(dialog.in_group).members if _may_take(sim, agent, dialog)]
            must(not free, f"{name} waits in {dialog.in_group}, though {', '.join(free)} have room")


@at_rest
def only_who_is_ready_is_offered_anything(sim: Simulation) -> None:
    """F13: whoever has left has no offer any more."""
    for name, dialog in sim.heads.dialogs():
        for one in dialog.offers:
            must(sim.state(f"agent-{one.agent}").ready, f"{name} is still offered to {one.agent}, who has left")


def _may_take(sim: Simulation, name: str, dialog: Dialog) -> bool:
    agent = sim.state(f"agent-{name}")
    able = agent.active and agent.ready and set(dialog.skills) <= set(agent.skills)
    return bool(able and name not in dialog.tried and agent.load + dialog.weight <= agent.capacity)
