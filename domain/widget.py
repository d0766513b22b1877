"""A widget: the container of channels that an administrator configures (A23, C08)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from pydantic import ConfigDict, Field

from domain.change import replace
from domain.errors import Conflict, NotFound
from domain.kinds import ChannelKind
from domain.recorded import ChannelId, Event, Stamp


class Created(Event):
    kind: Literal["widget.created"] = "widget.created"
    name: str


class ChannelAdded(Event):
    kind: Literal["widget.channel_added"] = "widget.channel_added"
    channel: ChannelId
    channel_kind: ChannelKind


class ProviderChanged(Event):
    kind: Literal["widget.provider_changed"] = "widget.provider_changed"
    old_kind: ChannelKind = Field(alias="from", serialization_alias="from")
    new_kind: ChannelKind = Field(alias="to", serialization_alias="to")
    old_channel: ChannelId
    new_channel: ChannelId

    model_config = ConfigDict(populate_by_name=True)


class Archived(Event):
    kind: Literal["widget.archived"] = "widget.archived"


WidgetEvent = Created | ChannelAdded | ProviderChanged | Archived


@dataclass(frozen=True)
class Widget:
    exists: bool = False
    archived: bool = False
    channels: tuple[ChannelId, ...] = ()


def evolve(widget: Widget, event: WidgetEvent, stamp: Stamp) -> Widget:
    match event:
        case Created():
            return replace(widget, exists=True)
        case ChannelAdded():
            return replace(widget, channels=(*widget.channels, event.channel))
        case ProviderChanged():
            return widget
        case Archived():
            return replace(widget, archived=True)
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddChannel:
    channel: ChannelId
    kind: ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProvider:
    old_kind: ChannelKind
    new_kind: ChannelKind
    old_channel: ChannelId
    new_channel: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """`used_by` = its channels that still work."""

    used_by: tuple[ChannelId, ...] = ()


WidgetCommand = Create | AddChannel | ChangeProvider | Archive


def decide(command: WidgetCommand, widget: Widget) -> list[WidgetEvent]:
    match command:
        case Create():
            return [] if widget.exists else [Created(name=command.name)]
        case _ if not widget.exists:
            raise NotFound("widget_unknown", "There is no such widget.")
        case AddChannel() if widget.archived:
            raise Conflict("widget_archived", "The widget is archived.")
        case AddChannel():
            if command.channel in widget.channels:
                return []
            return [ChannelAdded(channel=command.channel, channel_kind=command.kind)]
        case ChangeProvider():
            return [
                ProviderChanged(
                    old_kind=command.old_kind,
                    new_kind=command.new_kind,
                    old_channel=command.old_channel,
                    new_channel=command.new_channel,
                )
            ]
        case Archive() if command.used_by and not widget.archived:
            raise Conflict("in_use", "Disconnect the channels of this widget first.", channels=list(command.used_by))
        case Archive():
            return [] if widget.archived else [Archived()]
        case _:
            assert_never(command)
