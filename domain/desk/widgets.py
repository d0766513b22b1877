"""Widgets, and which provider of a service a widget has: one at a time, changed by a second consent (A23, C07, C08)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import channel, widget
from domain.desk.blocking import follow_channel
from domain.desk.registering import unregister
from domain.desk.world import World
from domain.errors import Conflict, NotFound
from domain.kinds import KINDS, ChannelKind

COUNTED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWidget:
    widget: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWidget:
    widget: str


def create_widget(world: World, command: CreateWidget) -> dict[str, Any]:
    events = world.do(f"widget-{command.widget}", widget.Create(name=command.name))
    return {"outcome": "created" if events else "unchanged", "widget": command.widget}


def archive_widget(world: World, command: ArchiveWidget) -> dict[str, Any]:
    """Only when none of its channels works any more: nobody would find them in the settings."""
    used = tuple(one for one in world.widget(command.widget).channels if world.channel(one).working)
    events = world.do(f"widget-{command.widget}", widget.Archive(used_by=used))
    return {"outcome": "archived" if events else "unchanged", "widget": command.widget}


def add_to_widget(world: World, widget_id: str, channel_id: str, kind: ChannelKind) -> None:
    world.do(f"widget-{widget_id}", widget.AddChannel(channel=channel_id, kind=kind))


def provider_beside(world: World, widget_id: str | None, channel_id: str, kind: ChannelKind) -> str | None:
    """The widget's other channel that works for the same service, if there is one."""
    service = KINDS[kind].service
    if service is None or widget_id is None:
        return None
    others = (one for one in world.widget(widget_id).channels if one != channel_id)
    working = (one for one in others if world.channel(one).working)
    return next((one for one in working if KINDS[world.channel(one).kind].service == service), None)


def refuse_second_provider(world: World, widget_id: str, channel_id: str, kind: ChannelKind) -> None:
    if found := provider_beside(world, widget_id, channel_id, kind):
        raise Conflict(
            "provider_exists", "This widget has a provider already; change the provider instead.", channel=found
        )


def ask_to_replace(world: World, new: str, old: str) -> dict[str, Any]:
    """The second consent: the user is told what stops, and nothing has changed yet (C07)."""
    answer = request_consent(world, old, world.actor.id)
    return answer | {"channel": new, "replaces": old}


def request_consent(world: World, channel_id: str, user: str) -> dict[str, Any]:
    consent = world.choices.new_id()
    waiting = len(world.open_in_channel(channel_id, COUNTED))
    wanted = channel.RequestDisconnect(consent_id=consent, user=user, at=world.now, open_dialogs=waiting)
    world.do(f"channel-{channel_id}", wanted)
    return {"outcome": "consent_needed", "consent_id": consent, "channel": channel_id, "open_dialogs": waiting}


def change_provider(world: World, new: str, old: str, consent: str) -> None:
    """The new channel has just been connected: in the same transaction the old one goes (C08)."""
    before, after = world.channel(old), world.channel(new)
    wanted = widget.ChangeProvider(old_kind=before.kind, new_kind=after.kind, old_channel=old, new_channel=new)
    world.do(f"widget-{after.widget}", wanted)
    let_go(
        world,
        old,
        channel.ConfirmDisconnect(consent_id=consent, user=world.actor.id, at=world.now, cause="provider_changed"),
    )


def let_go(world: World, channel_id: str, confirm: channel.ConfirmDisconnect, account_key: str = "") -> None:
    """Disconnected, its account free, its dialogs blocked (A19). `account_key` counts where the channel knows none."""
    key = world.channel(channel_id).link.account_key or account_key
    world.do(f"channel-{channel_id}", confirm)
    unregister(world, channel_id, key)
    follow_channel(world, channel_id)


def open_widget(world: World, widget_id: str) -> None:
    """Raises where no channel can be put into it."""
    found = world.widget(widget_id)
    if not found.exists:
        raise NotFound("widget_unknown", "There is no such widget.")
    if found.archived:
        raise Conflict("widget_archived", "The widget is archived.")
