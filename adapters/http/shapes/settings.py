"""Settings of a channel as of a moment, what lies between two moments, and what a Save would do, as the API answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from adapters.http.shapes.base import Shape
from adapters.http.shapes.channels import HistoryRow


class Moment(Shape):
    """What was asked, and the last event of the channel up to it: the fold ends there."""

    asked: str
    version: int
    position: int
    recorded_at: datetime


class SettingsThen(Shape):
    """`position` = the log's end when this was read. `saved_*` are absent where nothing had been saved yet."""

    channel: str
    kind: str
    name: str
    state: str
    as_of: Moment
    settings_version: int
    settings: dict[str, Any] = Field(description="every setting by its name; what was never saved has its default")
    saved_at: datetime | None = None
    saved_by: str | None = None
    saved_command: str | None = None
    saved_position: int | None = None
    saved_event_id: str | None = None
    restored_from: int | None = None
    floor_until: datetime | None = None
    position: int


class FieldDifference(Shape):
    """`positions` = the Saves between that touched this field, in order; they stand in `events`."""

    field: str
    old: Any = None
    new: Any = None
    positions: list[int]


class SettingsDiff(Shape):
    """`fields` is net: what was changed and changed back stands in `events` alone."""

    channel: str
    since: Moment = Field(serialization_alias="from")
    until: Moment = Field(serialization_alias="to")
    state_before: str
    state_after: str
    settings_version_before: int
    settings_version_after: int
    fields: list[FieldDifference]
    events: list[HistoryRow]
    position: int


class PreviewedChange(Shape):
    """`effect` = when it reaches dialogs that are open already: recomputed (their deadline, never before the floor),
    rerouted, at_closing, next_message, next_queueing, at_once, hand_off, none."""

    field: str
    old: Any = None
    new: Any = None
    effect: str


class PreviewedDialogs(Shape):
    """Open dialogs: how many were looked at, the Save reaches, would be overdue now, would close when the floor ends
    (the former among them), and would be sent to the new receiver. `next` = there are more: ask again with it."""

    looked_at: int
    concerned: int
    due_now: int
    due_at_floor: int
    rerouted: int
    next: str | None = None


class SavePreview(Shape):
    """`outcome` = `would_save` or `unchanged`. Nothing was written; the same Save later may find other dialogs."""

    outcome: str
    channel: str
    settings_version: int = Field(description="as it is now; the Save would make the next one")
    state_before: str
    state_after: str
    changes: list[PreviewedChange]
    floor_until: datetime | None = Field(None, description="nothing closes by the new period before this moment")
    supersedes: list[str] = Field(description="channels of the same account that would stop")
    replaces: str | None = Field(None, description="the widget's provider, for which a second consent is needed")
    dialogs: PreviewedDialogs
    position: int
