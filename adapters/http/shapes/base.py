"""What all answers share: made from rows, columns that are not named stay inside; lists say how fresh they are."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from adapters.http.reading import Lag


class Shape(BaseModel):
    """Made from a row of a view: columns that are not named here stay inside."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class Listed(Shape):
    """`position` = up to where the log is contained in this answer."""

    position: int
    lag: Lag


class MadeChannel(BaseModel):
    channel: str
    external_id: str


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
    reason: str | None = Field(None, description="why a login has failed")
    url: str | None = Field(None, description="where to send the user, to log in; or our address, for the provider")
    expires_at: datetime | None = Field(None, description="until when he may come back")
    phone: str | None = Field(None, description="the number behind the keys")
    numbers: list[str] | None = Field(None, description="one of these must be saved")
    address: str | None = Field(None, description="the mailbox that was authorised")
    chat_id: str | None = Field(None, description="to be copied into the provider's form")
    widget: str | None = None
    service: str | None = None
    channels: list[MadeChannel] | None = Field(None, description="one for each object that was chosen")
    open_dialogs: int | None = Field(None, description="with a consent: how many the disconnection would leave waiting")
    supersedes: list[str] | None = Field(None, description="channels of the same account that have stopped by this")
    would_supersede: list[str] | None = Field(None, description="channels that stop once this one is saved")
    replaces: str | None = Field(None, description="the widget's provider so far, which stops with the second consent")
    sentence: str | None = None
    foreign_webhook: str | None = Field(None, description="another product's host that gets this bot's updates now")
    webhook: str | None = Field(None, description="set, no_public_url, or why the provider refused our address")
