"""Channels: made, saved, disconnected (behaviour.md §3, §10). What providers answer is carried in by `connecting`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain import channel
from domain.channel import Channel
from domain.desk.blocking import follow_channel
from domain.desk.receivers import check_receivers, names_receivers
from domain.desk.references import missing_references
from domain.desk.registering import refuse_foreign, register, would_replace
from domain.desk.services import require_entitled, require_service
from domain.desk.widgets import (
    add_to_widget,
    ask_to_replace,
    change_provider,
    let_go,
    open_widget,
    provider_beside,
    refuse_second_provider,
    request_consent,
)
from domain.desk.world import World
from domain.errors import Conflict, Invalid, NotFound, Problem
from domain.kinds import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateChannel:
    """`change_provider`: it is made to take the place of the widget's present provider, which goes on until then."""

    channel: str
    kind: ChannelKind
    name: str = ""
    widget: str | None = None
    change_provider: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveChannel:
    """One Save. `account_key` = keyed hash of the connected account, for channels whose check did not tell it.

    `restored_from` = the settings version whose values these are, where somebody goes back to it (L07). `consent` = the
    second consent, where this Save replaces the widget's provider (C08).
    """

    channel: str
    changes: Mapping[str, object]
    expected: int | None = None
    restored_from: int | None = None
    account_key: str = ""
    consent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectChannel:
    """Two steps: with `consent` None it asks for one, with a consent it disconnects; `decline` takes it back."""

    channel: str
    user: str
    consent: str | None = None
    decline: bool = False
    account_key: str = ""


def create_channel(world: World, command: CreateChannel) -> dict[str, Any]:
    before = world.channel(command.channel)
    is_new = before.phase == "unknown"
    if is_new:
        _may_be_made(world, command)
    elif before.kind == command.kind and not _same(command, before):
        raise Conflict("channel_exists", "There is a channel of this id, with another name or in another widget.")
    wanted = channel.Create(kind=command.kind, name=command.name, widget=command.widget)
    events = world.do(f"channel-{command.channel}", wanted)
    if is_new and command.widget is not None:
        add_to_widget(world, command.widget, command.channel, command.kind)
    return {"outcome": "created" if events else "unchanged", "channel": command.channel}


def _same(command: CreateChannel, before: Channel) -> bool:
    """What is not said is not different."""
    return command.name in ("", before.name) and command.widget in (None, before.widget)


def _may_be_made(world: World, command: CreateChannel) -> None:
    require_entitled(world, command.kind)
    if command.widget is None:
        return
    open_widget(world, command.widget)
    if not command.change_provider:
        refuse_second_provider(world, command.widget, command.channel, command.kind)


def save_channel(world: World, command: SaveChannel) -> dict[str, Any]:
    before = world.channel(command.channel)
    if before.phase == "unknown":
        raise NotFound("channel_unknown", "There is no such channel.")
    require_service(world, command.channel)
    wanted = _save(world, command, before)
    connects = _connecting(wanted, before)
    if connects is None:
        return _saved(world, command.channel, wanted)
    if refused := refuse_foreign(world, command.channel, connects.account_key):
        return refused | _standing(world, command.channel)
    old = provider_beside(world, before.widget, command.channel, before.kind)
    if old is not None and command.consent is None:
        return ask_to_replace(world, command.channel, old) | _standing(world, command.channel)
    return _connected(world, command, wanted, connects, old)


def _save(world: World, command: SaveChannel, before: Channel) -> channel.Save:
    return channel.Save(
        changes=dict(command.changes),
        at=world.now,
        expected=command.expected,
        restored_from=command.restored_from,
        problems=missing_references(world, before, command.changes),
        account_key=command.account_key,
    )


def _connecting(wanted: channel.Save, before: Channel) -> channel.Connected | None:
    """What this Save would connect, if it were done; raises what it would be refused with."""
    events = channel.decide(wanted, before)
    return next((event for event in events if isinstance(event, channel.Connected)), None)


def _connected(
    world: World, command: SaveChannel, wanted: channel.Save, connects: channel.Connected, old: str | None
) -> dict[str, Any]:
    """One transaction: the settings, the connection, the account, and whatever it takes the place of (D17, C08)."""
    before = world.channel(command.channel)
    replaced = would_replace(world, command.channel, connects.account_key)
    answer = _saved(world, command.channel, replace(wanted, replaces=replaced))
    register(world, command.channel, before)
    if old is not None and command.consent is not None:
        change_provider(world, command.channel, old, command.consent)
    follow_channel(world, command.channel)
    stopped = {"supersedes": [replaced] if replaced else None, "replaces": old}
    return answer | {name: told for name, told in stopped.items() if told}


def _saved(world: World, channel_id: str, wanted: channel.Save) -> dict[str, Any]:
    events = world.do(f"channel-{channel_id}", wanted)
    if any(isinstance(event, channel.SettingsChanged) and names_receivers(event) for event in events):
        check_receivers(world, channel_id)
    return {"outcome": "saved" if events else "unchanged"} | _standing(world, channel_id)


def _standing(world: World, channel_id: str) -> dict[str, Any]:
    found = world.channel(channel_id)
    return {"channel": channel_id, "settings_version": found.settings_version, "state": found.phase}


def disconnect_channel(world: World, command: DisconnectChannel) -> dict[str, Any]:
    if command.consent is None and command.decline:
        raise Invalid([Problem(field="consent", code="required", sentence="consent must name the request to decline.")])
    if command.consent is None:
        return request_consent(world, command.channel, command.user)
    if command.decline:
        declined = channel.CancelDisconnect(consent_id=command.consent)
        events = world.do(f"channel-{command.channel}", declined)
        return {"outcome": "cancelled" if events else "unchanged", "channel": command.channel}
    confirm = channel.ConfirmDisconnect(consent_id=command.consent, user=command.user, at=world.now)
    let_go(world, command.channel, confirm, command.account_key)
    return {"outcome": "disconnected", "channel": command.channel}
