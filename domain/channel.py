"""A channel: one connected account at one provider. Auditors read exactly this stream.

States and their changes are those of behaviour.md §3. `settings_version` counts `settings_changed` events and is moved
by nothing else, so that a degraded or recovered channel neither breaks a Save (A14) nor voids a consent (A17).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

from pydantic import TypeAdapter

from domain.change import replace
from domain.errors import Conflict, Invalid, NotFound, Problem
from domain.kinds import KINDS, ChannelKind
from domain.recorded import ChannelId, Event, Frozen, Stamp
from domain.settings import FIELDS, HOUR, Settings, check, public_name

Phase = Literal[
    "unknown",
    "draft",
    "authorising",
    "choosing",
    "verified",
    "connected",
    "degraded",
    "superseded",
    "disconnected",
]
Degradation = Literal["provider", "authorisation", "receiving_disabled", "entitlement"]
CONSENT_LASTS = timedelta(minutes=10)
CAN_BE_DISCONNECTED = frozenset({"verified", "connected", "degraded", "superseded"})
WORKING = frozenset({"connected", "degraded"})


class ProviderObject(Frozen):
    """A group or page that an administrator may connect."""

    external_id: str
    name: str
    permissions: tuple[str, ...] = ()
    receives_messages: bool = True


class Change(Frozen):
    """One changed setting, as the auditor reads it."""

    field: str
    old: Any
    new: Any


class Created(Event):
    kind: Literal["channel.created"] = "channel.created"
    channel_kind: ChannelKind
    widget_id: str | None = None
    name: str = ""


class AuthStarted(Event):
    kind: Literal["channel.auth_started"] = "channel.auth_started"


class AuthFailed(Event):
    kind: Literal["channel.auth_failed"] = "channel.auth_failed"
    reason: Literal["not_admin", "denied", "expired", "scope_missing"]


class AccountAuthorised(Event):
    kind: Literal["channel.account_authorised"] = "channel.account_authorised"
    external_id: str
    name: str
    scopes: tuple[str, ...] = ()
    objects: tuple[ProviderObject, ...] = ()


class ObjectChosen(Event):
    kind: Literal["channel.object_chosen"] = "channel.object_chosen"
    external_id: str
    name: str
    permissions: tuple[str, ...] = ()
    receives_messages: bool = True


class TokenVerified(Event):
    """The provider knows the token. `fingerprint` is a keyed hash of it, never the token (A24, A25)."""

    kind: Literal["channel.token_verified"] = "channel.token_verified"
    bot_name: str
    external_id: str
    fingerprint: str
    candidate: bool = False


class TokenRejected(Event):
    kind: Literal["channel.token_rejected"] = "channel.token_rejected"
    reason: Literal["bot_not_found"] = "bot_not_found"
    candidate: bool = False


class KeysVerified(Event):
    kind: Literal["channel.keys_verified"] = "channel.keys_verified"
    phone: str | None = None
    numbers: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    namespace_set: bool = False
    candidate: bool = False


class MailboxAuthorised(Event):
    kind: Literal["channel.mailbox_authorised"] = "channel.mailbox_authorised"
    address: str
    candidate: bool = False


class IdentifierIssued(Event):
    kind: Literal["channel.identifier_issued"] = "channel.identifier_issued"
    chat_id: str


class WebhookUrlIssued(Event):
    kind: Literal["channel.webhook_url_issued"] = "channel.webhook_url_issued"


class ActivatedByManager(Event):
    kind: Literal["channel.activated_by_manager"] = "channel.activated_by_manager"


class SettingsChanged(Event):
    kind: Literal["channel.settings_changed"] = "channel.settings_changed"
    settings_version: int
    changes: tuple[Change, ...]
    floor_until: datetime | None = None
    restored_from: int | None = None


class Connected(Event):
    kind: Literal["channel.connected"] = "channel.connected"
    external_id: str
    settings_version: int


class Degraded(Event):
    kind: Literal["channel.degraded"] = "channel.degraded"
    cause: Degradation


class Recovered(Event):
    kind: Literal["channel.recovered"] = "channel.recovered"


class ReceiverInvalid(Event):
    kind: Literal["channel.receiver_invalid"] = "channel.receiver_invalid"
    receiver: str
    cause: str


class ReceiverRestored(Event):
    kind: Literal["channel.receiver_restored"] = "channel.receiver_restored"


class Superseded(Event):
    kind: Literal["channel.superseded"] = "channel.superseded"
    by_channel: ChannelId


class Reactivated(Event):
    kind: Literal["channel.reactivated"] = "channel.reactivated"


class DisconnectRequested(Event):
    kind: Literal["channel.disconnect_requested"] = "channel.disconnect_requested"
    consent_id: str
    user: str
    expires_at: datetime
    settings_version: int
    open_dialogs: int = 0


class DisconnectCancelled(Event):
    kind: Literal["channel.disconnect_cancelled"] = "channel.disconnect_cancelled"
    consent_id: str


class Disconnected(Event):
    kind: Literal["channel.disconnected"] = "channel.disconnected"
    consent_id: str | None
    cause: Literal["requested", "provider_changed"] = "requested"
    wiped_secrets: tuple[str, ...] = ()


class ReconnectStarted(Event):
    kind: Literal["channel.reconnect_started"] = "channel.reconnect_started"


ChannelEvent = (
    Created
    | AuthStarted
    | AuthFailed
    | AccountAuthorised
    | ObjectChosen
    | TokenVerified
    | TokenRejected
    | KeysVerified
    | MailboxAuthorised
    | IdentifierIssued
    | WebhookUrlIssued
    | ActivatedByManager
    | SettingsChanged
    | Connected
    | Degraded
    | Recovered
    | ReceiverInvalid
    | ReceiverRestored
    | Superseded
    | Reactivated
    | DisconnectRequested
    | DisconnectCancelled
    | Disconnected
    | ReconnectStarted
)


@dataclass(frozen=True)
class Consent:
    id: str
    user: str
    expires_at: datetime
    settings_version: int


@dataclass(frozen=True)
class Channel:
    """What a decision needs of a channel. `settings_stream_version` is named in the policies of a decision."""

    phase: Phase = "unknown"
    kind: ChannelKind = "telegram"
    name: str = ""
    widget: str | None = None
    external_id: str | None = None
    candidate_external_id: str | None = None
    objects: tuple[ProviderObject, ...] = ()
    settings: Settings = field(default_factory=Settings)
    settings_version: int = 0
    changed_fields: tuple[tuple[int, tuple[str, ...]], ...] = ()
    floor_until: datetime | None = None
    consent: Consent | None = None
    receiver_valid: bool = True

    @property
    def working(self) -> bool:
        """Inbound is routed and offers are made only in these phases (§3, A30)."""
        return self.phase in WORKING


REMEMBERED_SAVES = 20


def evolve(channel: Channel, event: ChannelEvent, stamp: Stamp) -> Channel:
    match event:
        case Created():
            return replace(channel, phase="draft", kind=event.channel_kind, widget=event.widget_id, name=event.name)
        case AuthStarted():
            return channel if channel.phase in WORKING else replace(channel, phase="authorising")
        case AuthFailed():
            return channel if channel.phase in WORKING else replace(channel, phase="draft")
        case AccountAuthorised():
            phase: Phase = "choosing" if event.objects else "verified"
            return _verified(channel, event.external_id, phase, objects=event.objects)
        case ObjectChosen():
            return _verified(channel, event.external_id, "verified")
        case TokenVerified():
            return _verified(channel, event.external_id, "verified")
        case KeysVerified():
            return _verified(channel, event.phone or "", "verified")
        case MailboxAuthorised():
            return _verified(channel, event.address, "verified")
        case IdentifierIssued():
            return _verified(channel, event.chat_id, "verified")
        case ActivatedByManager():
            return _verified(channel, channel.external_id or "", "verified")
        case SettingsChanged():
            return _changed(channel, event)
        case Connected():
            return replace(channel, phase="connected", external_id=event.external_id, candidate_external_id=None)
        case Degraded():
            return replace(channel, phase="degraded")
        case Recovered() | Reactivated():
            return replace(channel, phase="connected")
        case ReceiverInvalid():
            return replace(channel, receiver_valid=False)
        case ReceiverRestored():
            return replace(channel, receiver_valid=True)
        case Superseded():
            return replace(channel, phase="superseded")
        case DisconnectRequested():
            consent = Consent(event.consent_id, event.user, event.expires_at, event.settings_version)
            return replace(channel, consent=consent)
        case DisconnectCancelled():
            return replace(channel, consent=None)
        case Disconnected():
            return replace(channel, phase="disconnected", consent=None, candidate_external_id=None)
        case ReconnectStarted():
            return replace(channel, phase="draft")
        case TokenRejected() | WebhookUrlIssued():
            return channel
        case _:
            assert_never(event)


def _verified(
    channel: Channel, external_id: str, phase: Phase, *, objects: tuple[ProviderObject, ...] | None = None
) -> Channel:
    """A check never connects; on a working channel it touches only the candidate (A28, A29)."""
    objects = channel.objects if objects is None else objects
    kept = channel.phase if channel.phase in WORKING or channel.phase == "superseded" else phase
    return replace(channel, phase=kept, candidate_external_id=external_id, objects=objects)


_SETTINGS: TypeAdapter[Settings] = TypeAdapter(Settings)


def _changed(channel: Channel, event: SettingsChanged) -> Channel:
    known = {field: getattr(channel.settings, field) for field in FIELDS}
    names = tuple(change.field for change in event.changes)
    known |= {change.field: change.new for change in event.changes}
    return replace(
        channel,
        settings=_SETTINGS.validate_python(known),
        settings_version=event.settings_version,
        changed_fields=(*channel.changed_fields, (event.settings_version, names))[-REMEMBERED_SAVES:],
        floor_until=event.floor_until or channel.floor_until,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    kind: ChannelKind
    name: str = ""
    widget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyToken:
    """What the provider said of a token: its bot, or None where it does not know it."""

    bot_name: str | None
    external_id: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One Save. `expected` = the settings version that the user saw; None = whatever it is now."""

    changes: dict[str, object]
    at: datetime
    expected: int | None = None
    restored_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDisconnect:
    consent_id: str
    user: str
    at: datetime
    open_dialogs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDisconnect:
    consent_id: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDisconnect:
    consent_id: str


ChannelCommand = Create | VerifyToken | Save | RequestDisconnect | ConfirmDisconnect | CancelDisconnect


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
        floor = _floor(channel, after, command.at)
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
    old, new = _SETTINGS.dump_python(before, mode="json"), _SETTINGS.dump_python(after, mode="json")
    return tuple(Change(field=name, old=old[name], new=new[name]) for name in FIELDS if old[name] != new[name])


def _floor(channel: Channel, after: Settings, at: datetime) -> datetime | None:
    """No open dialog closes earlier than this after a change of the period or the mode (G07)."""
    before = channel.settings
    if (before.auto_close, before.idle_mode) == (
        after.auto_close,
        after.idle_mode,
    ) or after.auto_close is None:
        return None
    return at + timedelta(seconds=min(after.auto_close.seconds, HOUR))


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


def outbound_refusal(channel: Channel) -> Conflict | None:
    """Why nothing may be sent through this channel now, or None (A30)."""
    if channel.working:
        return None
    return Conflict(f"channel_{channel.phase}", f"The channel is {channel.phase}: nothing can be sent through it.")


def problem(field_name: str, code: str, sentence: str) -> Invalid:
    return Invalid([Problem(field=field_name, code=code, sentence=sentence)])


__all__ = ["Channel", "ChannelCommand", "ChannelEvent", "decide", "evolve"]
