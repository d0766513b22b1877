"""The rows that a plan looks at. Loads and turns move on with each decision, so that the next dialog sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.agent import Agent
from domain.desk.load import uncounted
from domain.desk.world import Class, World
from domain.dialog.events import RoutingDecided
from domain.dialog.state import Dialog
from domain.group import Group
from domain.recorded import AgentId
from domain.rotation import Rotation, decided
from processors.distribution.lineup import Lineup, line_up


@dataclass
class Desk:
    """`agents` in the group's order; `loads` as the group counts them, with what this plan has given away.

    `overflow` = where dialogs go that nobody took, if it takes any. `hopeless` = classes of dialogs that nobody at all
    can serve, or whose channel is closed: loads only grow while a plan is made, so they stay so.
    """

    group_id: str
    group: Group
    group_version: int
    agents: Mapping[AgentId, Agent]
    loads: dict[AgentId, int]
    rotation: Rotation
    now: datetime
    overflow: str | None = None
    hopeless: set[Class] = field(default_factory=set)
    lineups: dict[tuple[tuple[str, ...], int], Lineup] = field(default_factory=dict)
    places: dict[AgentId, int] = field(init=False)
    free: set[AgentId] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {agent: place for place, agent in enumerate(self.agents)}
        self.free = {name for name, agent in self.agents.items() if agent.ready and self.loads[name] < agent.capacity}

    def somebody_free(self) -> bool:
        return bool(self.free)

    def lineup(self, dialog: Dialog) -> Lineup:
        kind = (dialog.skills, dialog.weight)
        found = self.lineups.get(kind)
        if found is None:
            found = line_up(self.agents, self.loads, set(dialog.skills), dialog.weight)
            self.lineups[kind] = found
        return found

    def decided(self, decision: RoutingDecided, reserved: int) -> None:
        """A choice was made; each chosen agent's load grows by what is kept free for it (0: nothing is)."""
        self.rotation = decided(self.rotation, decision)
        if reserved:
            for agent in decision.chosen:
                self._grows(agent, reserved)

    def _grows(self, agent: AgentId, weight: int) -> None:
        load = self.loads[agent] = self.loads[agent] + weight
        capacity = self.agents[agent].capacity
        if load >= capacity:
            self.free.discard(agent)
        for lineup in self.lineups.values():
            lineup.takes(agent, self.places[agent], load, capacity)


def desk_of(world: World, group_id: str) -> Desk:
    group = world.group(group_id)
    agents = {agent: world.agent(agent) for agent in group.members}
    return Desk(
        group_id=group_id,
        group=group,
        group_version=world.version(f"group-{group_id}"),
        agents=agents,
        loads={name: agent.load - uncounted(world, name, group_id) for name, agent in agents.items()},
        rotation=world.rotation(group_id),
        now=world.now,
        overflow=_open_overflow(world, group),
    )


def _open_overflow(world: World, group: Group) -> str | None:
    if group.overflow is None:
        return None
    target = world.group(group.overflow)
    return group.overflow if target.exists and not target.archived else None
