"""The shapes that the API answers: exactly these fields and no others, whatever columns a view gets later (S3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.http.reading import Lag


class Shape(BaseModel):
    """Made from a row of a view: columns that are not named here stay inside."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class Listed(Shape):
    """`position` = up to where the log is contained in this answer."""

    position: int
    lag: Lag


class DialogRow(Shape):
    dialog: str
    version: int
    channel: str
    channel_kind: str | None = None
    channel_name: str | None = None
    customer: str
    customer_name: str | None = Field(None, description="readable for those who may; absent after an erasure")
    erased: bool = False
    session: int
    previous_dialog: str | None = None
    phase: str
    priority: int
    opened_at: datetime
    last_activity_at: datetime
    last_activity_by: str
    group: str | None = None
    target_kind: str | None = None
    target: str | None = None
    blocked: bool = False
    queued_at: datetime | None = None
    assignee: str | None = None
    assigned_at: datetime | None = None
    last_agent: str | None = None
    bot: str | None = None
    offers: dict[str, str] | None = Field(None, description="pending offers: offer id → agent")
    offer_deadline: datetime | None = None
    last_text: str | None = None
    last_files: bool = False
    last_message_at: datetime | None = None
    last_message_by: str | None = None
    messages: int = 0
    unread: int = 0
    unanswered_since: datetime | None = None
    first_reply_at: datetime | None = None
    held: bool = False
    hold_until: datetime | None = None
    closes_at: datetime | None = Field(None, description="when it closes for idleness, as things stand")
    tags: list[str] = Field(default_factory=list)
    topic: str | None = None
    attributes: dict[str, str] | None = None
    transfers: int = 0
    reopens: int = 0
    closed_at: datetime | None = None
    closed_cause: str | None = None
    outcome: str | None = None


class Dialogs(Listed):
    dialogs: list[DialogRow]
    counters: dict[str, int] = Field(description="how long each list is")
    next: str | None = Field(None, description="the cursor of the next page; absent = this was the last")


class OneDialog(Listed):
    dialog: DialogRow


class Entry(Shape):
    """`what` = message, note or line; a line tells what happened between the messages, `facts` with which values."""

    entry: str
    position: int
    what: Literal["message", "note", "line"]
    kind: str
    recorded_at: datetime
    provider_time: datetime | None = None
    by: str
    author: str
    recorded_as: str | None = None
    body: str | None = None
    files: list[dict[str, Any]] | None = None
    erased: bool = False
    status: str | None = None
    status_at: datetime | None = None
    failure: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reaction: str | None = None
    facts: dict[str, Any] | None = None


class Messages(Listed):
    dialog: str
    messages: list[Entry]
    next: int | None = Field(None, description="give it to `before` (or `after`) for the next page")


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


class ChannelRow(Shape):
    """`trouble` = why it is degraded, or its receiver invalid. No secret is ever part of it."""

    channel: str
    version: int
    kind: str
    name: str
    widget: str | None = None
    state: str
    created_at: datetime
    bot_name: str | None = None
    external_id: str | None = None
    fingerprint: str | None = None
    receiver_valid: bool = True
    trouble: str | None = None
    settings_version: int
    settings: dict[str, Any] | None = None
    saved_at: datetime | None = None
    saved_by: str | None = None


class Channels(Listed):
    channels: list[ChannelRow]


class OneChannel(Listed):
    """`links.distribution` is there only where the receiver is a group (A03)."""

    channel: ChannelRow
    allows: dict[str, Any] = Field(description="what this kind of channel can do")
    links: dict[str, str]


class HistoryRow(Shape):
    """Who (`actor`), when, from where (`ip`, `user_agent`), which fields from old to new, by which command."""

    channel: str
    version: int
    position: int
    event_id: str
    kind: str
    recorded_at: datetime
    actor_kind: str
    actor: str
    on_behalf_of: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    command: str | None = None
    command_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    policies: list[dict[str, Any]]
    settings_version: int | None = None
    fields: list[str]
    changes: list[dict[str, Any]]
    facts: dict[str, Any]


class History(Listed):
    history: list[HistoryRow]
    next: int | None = Field(None, description="give it to `before` for the next page")


class Events(BaseModel):
    """`next` = the position to ask after; it also moves on over events that the filter left out."""

    events: list[dict[str, Any]]
    next: int
    head: int


class Saved(BaseModel):
    """What became of a change; `position` = its last event, or the log's end if it changed nothing."""

    model_config = ConfigDict(extra="ignore")

    outcome: str
    position: int
    agent: str | None = None
    presence: str | None = None
    group: str | None = None
    schedule: str | None = None
    channel: str | None = None
    settings_version: int | None = None
    state: str | None = None
    consent_id: str | None = None
    bot_name: str | None = None
    sentence: str | None = None
    foreign_webhook: str | None = Field(None, description="another product's host that gets this bot's updates now")
    webhook: str | None = Field(None, description="set, no_public_url, or why the provider refused our address")


class IntakeRow(BaseModel):
    """received = routed + duplicate + quarantined + ignored + rejected, always (E11)."""

    channel: str
    received: int
    routed: int
    duplicate: int
    quarantined: int
    ignored: int
    rejected: int


class IntakeCounts(BaseModel):
    channels: list[IntakeRow]
