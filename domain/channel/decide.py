"""What a channel answers (behaviour.md §3, A12-A20). A repeated command changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from domain.channel.commands import (
    CancelDisconnect,
    ChannelCommand,
    CheckReceivers,
    ConfirmDisconnect,
    Create,
    RequestDisconnect,
    Save,
    VerifyToken,
)
from domain.channel.events import (
    Change,
    ChannelEvent,
    Connected,
    Created,
    DisconnectCancelled,
    Disconnected,
    DisconnectRequested,
    ReceiverInvalid,
    ReceiverRestored,
    ReconnectStarted,
    SettingsChanged,
    TokenRejected,
    TokenVerified,
)
from domain.channel.state import SETTINGS, Channel
from domain.errors import Conflict, Invalid, NotFound
from domain.kinds import KINDS
from domain.settings import FIELDS, HOUR, Settings, check, public_name

CONSENT_LASTS = timedelta(minutes=10)
CAN_BE_DISCONNECTED = frozenset({"verified", "connected", "degraded", "superseded"})


def decide(command: ChannelCommand, channel: Channel) -> list[ChannelEvent]:
    match command:
        case Create():
            return _create(command, channel)
        case _ if channel.phase == "unknown":
            raise NotFound("channel_unknown", "There is no such channel.")
        case VerifyToken():
            return _verify_token(command, channel)
        case Save():
            return _save(command, channel)
        case CheckReceivers():
            return _check_receivers(command, channel)
        case RequestDisconnect():
            return _request_disconnect(command, channel)
        case ConfirmDisconnect():
            return _confirm_disconnect(command, channel)
        case CancelDisconnect():
            consent = channel.consent
            if consent is None or consent.id != command.consent_id:
                return []
            return [DisconnectCancelled(consent_id=consent.id)]
        case _:
            assert_never(command)


def _create(command: Create, channel: Channel) -> list[ChannelEvent]:
    if channel.phase == "unknown":
        return [Created(channel_kind=command.kind, widget_id=command.widget, name=command.name)]
    if channel.kind == command.kind:
        return []
    raise Conflict("kind_immutable", "A channel keeps its kind; make another channel instead.")


def _verify_token(command: VerifyToken, channel: Channel) -> list[ChannelEvent]:
    candidate = channel.working
    again: list[ChannelEvent] = [ReconnectStarted()] if channel.phase == "disconnected" else []
    if command.bot_name is None:
        return [*again, TokenRejected(candidate=candidate)]
    return [
        *again,
        TokenVerified(
            bot_name=command.bot_name,
            external_id=command.external_id,
            fingerprint=command.fingerprint,
            candidate=candidate,
        ),
    ]


def _save(command: Save, channel: Channel) -> list[ChannelEvent]:
    if command.expected is not None and command.expected != channel.settings_version:
        raise _conflict(command.expected, channel)
    if channel.phase not in CAN_BE_DISCONNECTED:
        raise Conflict("not_verified", "The channel must be verified at the provider before it can be saved.")
    after, problems = check(channel.settings, command.changes, KINDS[channel.kind])
    if problems:
        raise Invalid(problems)
    changes = _differences(channel.settings, after)
    connecting = _connecting(channel)
    version = channel.settings_version + bool(changes)
    events: list[ChannelEvent] = []
    if changes:
        floor = floor_after(channel, after, command.at)
        events.append(
            SettingsChanged(
                settings_version=version,
                changes=changes,
                floor_until=floor,
                restored_from=command.restored_from,
            )
        )
    if connecting:
        external_id = channel.candidate_external_id or channel.external_id or ""
        events.append(Connected(external_id=external_id, settings_version=version))
    return events


def _connecting(channel: Channel) -> bool:
    """The first valid Save connects; a later one connects again only to swap in a checked candidate (A28, A29)."""
    swap = channel.candidate_external_id not in (None, channel.external_id)
    return channel.phase == "verified" or (channel.working and swap)


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


def _check_receivers(command: CheckReceivers, channel: Channel) -> list[ChannelEvent]:
    """Each target that has gone is told once; restored is the channel only when none of them is left."""
    new = [receiver for receiver in sorted(command.gone) if receiver not in channel.invalid]
    if new:
        return [ReceiverInvalid(receiver=receiver, cause=command.gone[receiver]) for receiver in new]
    return [ReceiverRestored()] if channel.invalid and not command.gone else []


def _request_disconnect(command: RequestDisconnect, channel: Channel) -> list[ChannelEvent]:
    if channel.phase == "disconnected":
        raise Conflict("already_disconnected", "The channel is disconnected already.")
    if channel.phase not in CAN_BE_DISCONNECTED:
        raise Conflict("not_connected", "Only a verified or connected channel can be disconnected.")
    if channel.consent is not None and channel.consent.id == command.consent_id:
        return []
    return [
        DisconnectRequested(
            consent_id=command.consent_id,
            user=command.user,
            expires_at=command.at + CONSENT_LASTS,
            settings_version=channel.settings_version,
            open_dialogs=command.open_dialogs,
        )
    ]


def _confirm_disconnect(command: ConfirmDisconnect, channel: Channel) -> list[ChannelEvent]:
    if channel.phase == "disconnected":
        raise Conflict("already_disconnected", "The channel is disconnected already.")
    consent = channel.consent
    valid = (
        consent is not None
        and consent.id == command.consent_id
        and consent.user == command.user
        and command.at < consent.expires_at
        and consent.settings_version == channel.settings_version
    )
    if not valid:
        raise Conflict("consent_invalid", "This consent is not valid (any more); ask to disconnect again.")
    return [Disconnected(consent_id=command.consent_id, cause="requested")]


def floor_after(channel: Channel, after: Settings, at: datetime) -> datetime | None:
    """No open dialog closes earlier than this after a change of the period or the mode (G07)."""
    before = channel.settings
    if (before.auto_close, before.idle_mode) == (
        after.auto_close,
        after.idle_mode,
    ) or after.auto_close is None:
        return None
    return at + timedelta(seconds=min(after.auto_close.seconds, HOUR))
