"""Whose a dialog is to work on: its holder's, those it is offered to, its group's, and nobody's is everybody's.

Who leads may do what he likes with any dialog; then nobody is named and nothing is asked.
"""

from __future__ import annotations

from domain.desk.load import group_of
from domain.desk.world import World
from domain.dialog.state import Dialog
from domain.errors import NotAllowed
from domain.recorded import AgentId

HIS_ALONE = frozenset({"direct", "transferred", "outbound"})


def must_concern(world: World, dialog_id: str, by: AgentId | None) -> None:
    """Raises `NotAllowed` where `by` has nothing to do with the dialog. None = somebody who leads, or the engine."""
    dialog = world.dialog(dialog_id)
    if by is not None and dialog.phase != "unknown" and not concerns(world, dialog, by):
        raise NotAllowed(
            "not_your_dialog",
            "Only the agent who has the dialog, the agents of its group, or a supervisor may do this; take it first.",
        )


def concerns(world: World, dialog: Dialog, agent: AgentId) -> bool:
    """What came to one agent by name is his, and no more his predecessor's and their group's."""
    had = dialog.last_agent if dialog.phase == "closed" else dialog.assignee
    if agent in (had, *(one.agent for one in dialog.offers)):
        return True
    his_alone = dialog.assignee is not None and dialog.assigned_reason in HIS_ALONE
    if not his_alone and (group := group_of(dialog)):
        return agent in world.group(group).members
    if dialog.assignee is not None or dialog.phase == "bot":
        return False
    return dialog.last_agent in (None, agent)
