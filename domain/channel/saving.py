"""One Save: all settings or none, one event that lists every change, and the connection that it puts into effect.

A12-A14, A28, A29, B11, C16, C17, D08, D09.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.change import replace
from domain.channel.checking import unchecked
from domain.channel.commands import Save
from domain.channel.events import Change, ChannelEvent, Connected, Degraded, SettingsChanged
from domain.channel.logging_in import trouble_after_login
from domain.channel.state import HAS_BEEN_CONNECTED, SETTINGS, Channel
from domain.errors import Conflict, Invalid, Problem
from domain.kinds import KINDS
from domain.settings import FIELDS, HOUR, Settings, check, public_name

CAN_BE_SAVED = HAS_BEEN_CONNECTED | {"verified"}


WAY_THERE = frozenset({"base_url", "proxy"})
"""How the provider is reached: without it nothing can be checked, so it may be saved before. It connects nothing."""


def save(command: Save, channel: Channel) -> list[ChannelEvent]:
    if channel.phase not in CAN_BE_SAVED:
        return _save_the_way(command, channel)
    if command.expected is not None and command.expected != channel.settings_version:
        raise _conflict(command.expected, channel)
    after = _settings_after(command, channel)
    changes = _differences(channel.settings, after)
    version = channel.settings_version + bool(changes)
    events: list[ChannelEvent] = []
    if changes:
        floor = floor_after(channel, after, command.at)
        changed = SettingsChanged(
            settings_version=version, changes=changes, floor_until=floor, restored_from=command.restored_from
        )
        events.append(changed)
    return [*events, *_connecting(command, channel, after, version)]


def _save_the_way(command: Save, channel: Channel) -> list[ChannelEvent]:
    """A channel whose provider could not be reached at a wrong address would otherwise never get another one."""
    if not command.changes or not command.changes.keys() <= WAY_THERE or KINDS[channel.kind].connects_by == "manager":
        raise unchecked(channel)
    if command.expected is not None and command.expected != channel.settings_version:
        raise _conflict(command.expected, channel)
    after, problems = check(channel.settings, command.changes, KINDS[channel.kind])
    wrong = [problem for problem in (*problems, *command.problems) if problem.field in command.changes]
    if wrong:
        raise Invalid(wrong)
    changes = _differences(channel.settings, after)
    version = channel.settings_version + 1
    return (
        [SettingsChanged(settings_version=version, changes=changes, restored_from=command.restored_from)]
        if changes
        else []
    )


def _settings_after(command: Save, channel: Channel) -> Settings:
    """Raises `Invalid` with everything that is wrong with this Save, whoever found it."""
    kind = KINDS[channel.kind]
    after, problems = check(channel.settings, command.changes, kind)
    wrong = {problem.field for problem in problems}
    if kind.named_by is not None and kind.named_by not in wrong:
        after = _named(channel, after, kind.named_by in command.changes)
        problems += _unnamed(channel, after)
    problems += command.problems
    if problems:
        raise Invalid(problems)
    return after


def _named(channel: Channel, after: Settings, typed: bool) -> Settings:
    """A mailbox names itself when it is authorised; a number is chosen by whoever saves."""
    found = channel.candidate_external_id
    if typed or found is None or KINDS[channel.kind].named_by != "address":
        return after
    return replace(after, address=found)


def _unnamed(channel: Channel, after: Settings) -> list[Problem]:
    """The setting must name what the provider has confirmed (C16, D08, D09)."""
    name = KINDS[channel.kind].named_by
    wanted = None if name is None else getattr(after, name)
    if name is None or wanted in _confirmed(channel):
        return []
    code, why = _UNCONFIRMED[name] if wanted is not None else ("required", "must be given")
    return [Problem(field=name, code=code, sentence=f"{name} {why}.")]


_UNCONFIRMED = {
    "number": ("number_not_offered", "must be one of the numbers that the provider lists"),
    "address": ("not_authorised", "must be authorised before it is saved"),
}


def _confirmed(channel: Channel) -> set[str | None]:
    offered: set[str | None] = {one.external_id for one in channel.objects}
    if channel.phase in HAS_BEEN_CONNECTED and not offered:
        offered.add(channel.external_id)
    return (offered | {channel.candidate_external_id}) - {None}


def _connecting(command: Save, channel: Channel, after: Settings, version: int) -> list[ChannelEvent]:
    """The first valid Save connects; a later one connects again only to put a checked candidate in place."""
    wanted = _external_id(channel, after)
    if not _is_new(channel, wanted):
        return []
    key = channel.next_link.key_of(wanted) or channel.link.key_of(wanted) or command.account_key
    connected = Connected(external_id=wanted, settings_version=version, account_key=key, replaces=command.replaces)
    trouble = trouble_after_login(channel)
    return [connected, Degraded(cause=trouble)] if trouble else [connected]


def _external_id(channel: Channel, after: Settings) -> str:
    name = KINDS[channel.kind].named_by
    chosen = channel.next_link.external_id if name is None else getattr(after, name)
    return chosen or ""


def _is_new(channel: Channel, wanted: str) -> bool:
    if channel.phase == "verified" or wanted != channel.external_id:
        return True
    found = channel.candidate
    if found is None or found.external_id not in (None, wanted):
        return False
    renewed = channel.causes & {"authorisation", "provider"}
    return bool(renewed) or replace(channel.next_link, account_key="") != replace(channel.link, account_key="")


def _differences(before: Settings, after: Settings) -> tuple[Change, ...]:
    """Every changed field with its old and new value as plain JSON values (A12)."""
    old, new = SETTINGS.dump_python(before, mode="json"), SETTINGS.dump_python(after, mode="json")
    return tuple(Change(field=name, old=old[name], new=new[name]) for name in FIELDS if old[name] != new[name])


def _conflict(expected: int, channel: Channel) -> Conflict:
    """Tells which fields were saved since the version that the user saw (A14)."""
    since = [names for version, names in channel.changed_fields if version > expected]
    changed = sorted({public_name(name) for names in since for name in names})
    return Conflict(
        "version_conflict",
        f"These settings were saved in the meantime (version {channel.settings_version}, you saw {expected}).",
        settings_version=channel.settings_version,
        changed_since=changed,
    )


def floor_after(channel: Channel, after: Settings, at: datetime) -> datetime | None:
    """No open dialog closes earlier than this after a change of the period or the mode (G07)."""
    before = channel.settings
    if (before.auto_close, before.idle_mode) == (
        after.auto_close,
        after.idle_mode,
    ) or after.auto_close is None:
        return None
    return at + timedelta(seconds=min(after.auto_close.seconds, HOUR))
