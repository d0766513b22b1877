"""Who may be offered dialogs of one kind (skills and weight), and why the others may not (§6 "Eligible").

Made once for all dialogs of the kind and kept in step as slots fill, so that two hundred agents are not asked anew for
each of a thousand dialogs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.agent import Agent
from domain.dialog.events import RejectReason
from domain.distribution import BY_PLACE, Member
from domain.recorded import AgentId

BEFORE_TRIED = frozenset({"deactivated", "not_ready"})
"""Reasons that say more than that he was asked before."""


@dataclass(slots=True)
class Lineup:
    """`eligible` in configured order; `rejects` = the reason of everybody else, in configured order too."""

    weight: int
    eligible: list[Member]
    rejects: dict[AgentId, RejectReason]
    rejected: Counter[RejectReason] = field(default_factory=Counter)

    def takes(self, agent: AgentId, place: int, load: int, capacity: int) -> None:
        """The agent's load has grown: he stays with it, or is full."""
        at = bisect_left(self.eligible, place, key=BY_PLACE)
        if at == len(self.eligible) or self.eligible[at].agent != agent:
            return
        if load + self.weight <= capacity:
            self.eligible[at] = Member(agent, place, load, capacity)
        else:
            del self.eligible[at]
            self.rejects[agent] = "full"
            self.rejected["full"] += 1


@dataclass(frozen=True, slots=True)
class Eligible:
    """Those who may be offered one dialog now, and the reasons of the others."""

    members: Sequence[Member]
    rejects: Mapping[AgentId, RejectReason]
    rejected: Mapping[RejectReason, int]


def line_up(agents: Mapping[AgentId, Agent], loads: Mapping[AgentId, int], skills: set[str], weight: int) -> Lineup:
    """`agents` in configured order; `loads` as the group counts them."""
    lineup = Lineup(weight, [], {})
    for place, (name, agent) in enumerate(agents.items()):
        reason = _reject(agent, loads[name], skills, weight)
        if reason is None:
            lineup.eligible.append(Member(name, place, loads[name], agent.capacity))
        else:
            lineup.rejects[name] = reason
    lineup.rejected.update(lineup.rejects.values())
    return lineup


def _reject(agent: Agent, load: int, skills: set[str], weight: int) -> RejectReason | None:
    if not agent.active:
        return "deactivated"
    if not agent.ready:
        return "not_ready"
    if not skills.issubset(agent.skills):
        return "skill"
    return "full" if load + weight > agent.capacity else None


def untried(lineup: Lineup, tried: Collection[AgentId]) -> Eligible:
    """Without those who were asked in this round; they are named as tried even if they have no room either."""
    if not tried:
        return Eligible(lineup.eligible, lineup.rejects, lineup.rejected)
    members = [member for member in lineup.eligible if member.agent not in tried]
    asked: dict[AgentId, RejectReason] = {member.agent: "tried" for member in lineup.eligible if member.agent in tried}
    rejects: dict[AgentId, RejectReason] = {
        agent: "tried" if agent in tried and reason not in BEFORE_TRIED else reason
        for agent, reason in lineup.rejects.items()
    } | asked
    return Eligible(members, rejects, Counter(rejects.values()))
