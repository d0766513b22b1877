"""Channels and their history, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from adapters.http.shapes.base import Listed, Shape


class ProviderObject(Shape):
    """A group or page that the login offers."""

    external_id: str
    name: str
    permissions: list[str] = Field(default_factory=list)
    receives_messages: bool = True


class Pending(Shape):
    """What a check of a working channel has found: it takes effect at Save."""

    bot_name: str | None = None
    objects: list[ProviderObject] | None = None


class ChannelRow(Shape):
    """`trouble` = why it is degraded, or its receiver invalid. `objects` = what its login offers. No secret is ever
    part of it."""

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
    objects: list[ProviderObject] | None = None
    pending: Pending | None = None
    receiver_valid: bool = True
    trouble: str | None = None
    settings_version: int
    settings: dict[str, Any] | None = None
    saved_at: datetime | None = None
    saved_by: str | None = None


class Channels(Listed):
    channels: list[ChannelRow]


class Allows(Shape):
    """What a kind of channel can do. `notice` = what to know of messages out of hours, where there is such a text;
    `checklist` = what must be ready at the provider, not validated; texts in the reader's language."""

    connects_by: str
    how_to_connect: str
    receivers: list[str]
    auto_close_units: list[str]
    must_have_receiver: bool
    must_have_auto_close: bool
    out_of_hours_notice: bool
    notice: str | None = None
    buttons: list[str]
    first_contact: str
    first_contact_rule: str
    checklist: list[str]
    chooses: str = Field(description="what a login offers to be chosen: none, one or several")
    service: str | None = Field(None, description="the contract's service without which it cannot be connected")
    own_settings: list[str] = Field(description="settings of this kind alone")
    later_supersedes: bool = Field(description="a later channel takes the account over; else a second one is refused")


class Kind(Allows):
    kind: str


class Kinds(Shape):
    kinds: list[Kind]


class OneChannel(Listed):
    """`links.distribution` is there only where the receiver is a group (A03)."""

    channel: ChannelRow
    allows: Allows = Field(description="what this kind of channel can do")
    links: dict[str, str]


class Following(Shape):
    """The event elsewhere that made the engine look at the channel: who caused it, and what it says of the reason."""

    position: int
    stream: str
    kind: str
    recorded_at: datetime
    actor_kind: str
    actor: str
    cause: str | None = None
    reason: str | None = None
    code: str | None = None
    agent: str | None = None


class Cause(Shape):
    """What is known of the reason; only what applies is there. `sentence` says it in the reader's language."""

    sentence: str | None = None
    cause: str | None = None
    since: datetime | None = None
    by_channel: str | None = None
    superseded_by: str | None = None
    consent_id: str | None = None
    requested_by: str | None = None
    requested_at: datetime | None = None
    requested_position: int | None = None
    open_dialogs: int | None = None
    expires_at: datetime | None = None
    restored_from: int | None = None
    restored_saved_by: str | None = None
    restored_saved_at: datetime | None = None
    receiver: str | None = None
    first_save: bool | None = None
    swapped: bool | None = None
    following: Following | None = None

    @model_serializer(mode="wrap")
    def _only_what_applies(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialise(self).items() if value is not None}


class HistoryRow(Shape):
    """Who (`actor`), when, from where (`ip`, `user_agent`), which fields from old to new, by which command, and why:
    `cause` says what lies behind the event, `state_before` and `state_after` what it did to the channel's state."""

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
    state_before: str
    state_after: str
    cause: Cause
    closed_idle: int | None = Field(None, description="dialogs closed for idleness under this Save, where asked for")


class History(Listed):
    history: list[HistoryRow]
    next: int | None = Field(None, description="give it to `before` for the next page")
