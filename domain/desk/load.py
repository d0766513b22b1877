"""How loaded an agent is in the eyes of a group: held dialogs count, unless the group says otherwise (§6).

The agent's stream counts every slot; which of his dialogs are held stands in theirs. So what a group leaves out is
computed from both at the moment of the decision, and the plan, the reservation and the accept all use this one number.
When a hold ends the load comes back, and may then stand above the capacity: nothing is taken away for that.
"""

from __future__ import annotations

from domain.desk.world import World
from domain.dialog.state import Dialog
from domain.recorded import AgentId, GroupId


def uncounted(world: World, agent: AgentId, group: GroupId | None) -> int:
    """Weights of the agent's held dialogs, if this group does not count them."""
    if group is None or world.group(group).held_counts:
        return 0
    return sum(slot.weight for slot in world.agent(agent).slots if world.dialog(slot.dialog).held)


def group_of(dialog: Dialog) -> GroupId | None:
    """The group whose rules a dialog is offered and taken by."""
    return dialog.target.id if dialog.target is not None and dialog.target.kind == "group" else None


def counting_groups(world: World, agent: AgentId) -> list[GroupId]:
    """Groups of the agent in which a hold changes how loaded he is."""
    return [group for group in world.groups_of(agent) if not world.group(group).held_counts]
