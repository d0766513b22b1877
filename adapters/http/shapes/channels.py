"""Channels and their history, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from adapters.http.shapes.base import Listed, Shape


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
