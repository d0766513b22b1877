"""Channels: made, checked at the provider, saved, disconnected (behaviour.md §3, §10).

References to other streams are checked here, because one aggregate cannot see another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain import account, channel
from domain.channel import Channel, ChannelEvent
from domain.desk.blocking import follow_channel
from domain.desk.receivers import check_receivers, names_receivers
from domain.desk.routing import known_bot
from domain.desk.world import World
from domain.dialog.events import Target
from domain.errors import Invalid, NotFound, Problem
from domain.kinds import KINDS, ChannelKind
from domain.settings import Settings, check


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateChannel:
    channel: str
    kind: ChannelKind
    name: str = ""
    widget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyChannel:
    """What the provider answered to a check of the token."""

    channel: str
    bot_name: str | None
    external_id: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveChannel:
    """One Save. `account_key` = keyed hash of the connected account, made at the door.

    `restored_from` = the settings version whose values these are, where somebody goes back to it (L07).
    """

    channel: str
    changes: Mapping[str, object]
    expected: int | None = None
    restored_from: int | None = None
    account_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectChannel:
    """Two steps: with `consent` None it asks for one, with a consent it disconnects; `decline` takes it back."""

    channel: str
    user: str
    consent: str | None = None
    decline: bool = False
    account_key: str = ""


def create_channel(world: World, command: CreateChannel) -> dict[str, Any]:
    wanted = channel.Create(kind=command.kind, name=command.name, widget=command.widget)
    events = world.do(f"channel-{command.channel}", wanted)
    return {"outcome": "created" if events else "unchanged", "channel": command.channel}


def verify_channel(world: World, command: VerifyChannel) -> dict[str, Any]:
    wanted = channel.VerifyToken(
        bot_name=command.bot_name, external_id=command.external_id, fingerprint=command.fingerprint
    )
    world.do(f"channel-{command.channel}", wanted)
    return {"outcome": "verified" if command.bot_name else "bot_not_found", "bot_name": command.bot_name}


def save_channel(world: World, command: SaveChannel) -> dict[str, Any]:
    stream, before = f"channel-{command.channel}", world.channel(command.channel)
    _check_references(world, before, command.changes)
    wanted = channel.Save(
        changes=dict(command.changes),
        at=world.now,
        expected=command.expected,
        restored_from=command.restored_from,
    )
    events: list[ChannelEvent] = world.do(stream, wanted)
    if any(isinstance(event, channel.Connected) for event in events):
        _register(world, command, before)
        follow_channel(world, command.channel)
    if any(isinstance(event, channel.SettingsChanged) and names_receivers(event) for event in events):
        check_receivers(world, command.channel)
    after = world.channel(command.channel)
    return {
        "outcome": "saved" if events else "unchanged",
        "channel": command.channel,
        "settings_version": after.settings_version,
        "state": after.phase,
    }


def _register(world: World, command: SaveChannel, before: Channel) -> None:
    """The first Save registers the external account; what it supersedes changes in the same transaction (D17)."""
    kind = KINDS[before.kind]
    stream = f"account-{world.tenant}:{before.kind}:{command.account_key}"
    registered = world.do(stream, account.Register(channel=command.channel, supersedes=kind.second_supersedes))
    for event in registered:
        if isinstance(event, account.Registered) and event.replaces is not None:
            world.record(f"channel-{event.replaces}", channel.Superseded(by_channel=command.channel))
            follow_channel(world, event.replaces)


def _check_references(world: World, before: Channel, changes: Mapping[str, object]) -> None:
    """Receivers, fallbacks and schedules must exist; reported together with whatever else is wrong in this Save."""
    if before.phase == "unknown":
        raise NotFound("channel_unknown", "There is no such channel.")
    after, problems = check(before.settings, changes, KINDS[before.kind])
    wrong = [problem.field for problem in problems]
    if "receiver" in changes and "receiver" not in wrong:
        problems += _missing_target(world, "receiver", after.receiver)
    if "out_of_hours.bot" in changes and "out_of_hours.bot" not in wrong and after.out_of_hours_bot is not None:
        problems += _missing_target(world, "out_of_hours.bot", Target(kind="bot", id=after.out_of_hours_bot))
    if "bot.fallback" in changes and "bot.fallback" not in wrong:
        problems += _missing_target(world, "bot.fallback", after.bot_fallback)
    problems += _missing_schedule(world, after) if "schedule" in changes else []
    if problems:
        raise Invalid(problems)


def _missing_target(world: World, name: str, target: Target | None) -> list[Problem]:
    if target is None:
        return []
    if target.kind == "bot":
        exists = active = known_bot(world, target.id)
    elif target.kind == "agent":
        found = world.agent(target.id)
        exists, active = found.exists, found.active
    else:
        there = world.group(target.id)
        exists, active = there.exists, not there.archived
    if not exists:
        return [Problem(field=name, code="receiver_unknown", sentence=f"There is no {target.kind} {target.id}.")]
    if not active:
        return [Problem(field=name, code="receiver_inactive", sentence=f"The {target.kind} {target.id} is not active.")]
    return []


def _missing_schedule(world: World, settings: Settings) -> list[Problem]:
    if settings.schedule is None or world.schedule(settings.schedule).exists:
        return []
    sentence = f"There is no schedule {settings.schedule}."
    return [Problem(field="schedule", code="schedule_unknown", sentence=sentence)]


def disconnect_channel(world: World, command: DisconnectChannel) -> dict[str, Any]:
    stream, before = f"channel-{command.channel}", world.channel(command.channel)
    if command.consent is None:
        consent = world.choices.new_id()
        world.do(stream, channel.RequestDisconnect(consent_id=consent, user=command.user, at=world.now))
        return {"outcome": "consent_needed", "consent_id": consent, "channel": command.channel}
    if command.decline:
        events = world.do(stream, channel.CancelDisconnect(consent_id=command.consent))
        return {"outcome": "cancelled" if events else "unchanged", "channel": command.channel}
    world.do(stream, channel.ConfirmDisconnect(consent_id=command.consent, user=command.user, at=world.now))
    world.do(f"account-{world.tenant}:{before.kind}:{command.account_key}", account.Unregister(channel=command.channel))
    follow_channel(world, command.channel)
    return {"outcome": "disconnected", "channel": command.channel}
