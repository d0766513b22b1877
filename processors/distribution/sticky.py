"""The sticky agent: whoever last held a dialog with this customer in this channel is asked first, alone (§6, F15).

This dialog's last agent, where it was reopened or comes back to a queue; otherwise the last one of the dialog before,
and no further back. Only in the first attempt of a round, for one answer-wait; then the group's rule goes on. He keeps
his turn and his place among equals: see `domain.rotation.decided`. Whoever gave the dialog to a group is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.desk.world import World
from domain.dialog.events import Sticky
from domain.dialog.state import Dialog
from domain.recorded import AgentId
from processors.distribution.desk import Desk
from processors.distribution.lineup import Eligible


@dataclass(frozen=True, slots=True)
class Served:
    """Who held a dialog with this customer last, and until when."""

    agent: AgentId
    until: datetime


def served(world: World, dialog: Dialog) -> Served | None:
    last = dialog if dialog.ever_assigned or dialog.previous is None else world.dialog(dialog.previous)
    if last.last_agent is None or last.last_agent_at is None:
        return None
    return Served(last.last_agent, last.last_agent_at)


def sticky(last: Served | None, may: Eligible, attempt: int, desk: Desk) -> Sticky | None:
    """None: nobody to be asked first. `why_not` is the reason against him, which the decision keeps."""
    window = desk.group.sticky_window
    if last is None or not window or attempt != 1:
        return None
    if desk.now >= last.until + timedelta(seconds=window):
        return Sticky(agent=last.agent, used=False, why_not="too_long_ago")
    if last.agent not in desk.places:
        return Sticky(agent=last.agent, used=False, why_not="not_member")
    why_not = may.rejects.get(last.agent)
    return Sticky(agent=last.agent, used=why_not is None, why_not=why_not)
