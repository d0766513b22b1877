"""Agents, groups and schedules, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.http.shapes.base import Listed, Shape


class AgentRow(Shape):
    agent: str
    version: int
    name: str
    active: bool
    presence: str
    presence_reason: str | None = None
    since: datetime
    capacity: int
    skills: list[str]
    load: int
    reserved: int
    occupied: int
    dialogs: int
    groups: list[str] = Field(default_factory=list)


class Agents(Listed):
    agents: list[AgentRow]


class OneAgent(Listed):
    agent: AgentRow


class SignOfLife(BaseModel):
    """`heard`: believed until `until`. `late`: the lease was over already, so he is offline and must declare."""

    model_config = ConfigDict(extra="ignore")

    outcome: str
    agent: str
    presence: str
    until: datetime | None
    lease: int = Field(description="seconds that a sign of life counts")


class GroupRow(Shape):
    """Times in seconds; 0 switches a rule off."""

    group: str
    version: int
    name: str
    archived: bool
    members: list[str]
    algorithm: str
    by_ratio: bool
    width: int
    answer_wait: int
    max_rounds: int
    retry_pause: int
    overflow: str | None = None
    max_queue_wait: int
    sticky_window: int
    first_reply_wait: int
    agent_lost_grace: int
    held_counts: bool
    waiting: int = 0
    longest_since: datetime | None = None


class Groups(Listed):
    groups: list[GroupRow]


class OneGroup(Listed):
    group: GroupRow


class ScheduleRow(Shape):
    schedule: str
    version: int
    name: str
    zone: str
    week: list[list[dict[str, int]]]
    exceptions: list[dict[str, Any]]
    changed_at: datetime
    changed_by: str


class Schedules(Listed):
    schedules: list[ScheduleRow]


class OneSchedule(Listed):
    schedule: ScheduleRow
