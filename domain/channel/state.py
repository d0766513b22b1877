"""What a channel adds up to: where it is connected, with which settings, and what is still to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, assert_never

from pydantic import TypeAdapter

from domain.change import replace
from domain.channel.events import (
    AccountAuthorised,
    ActivatedByManager,
    AuthFailed,
    AuthStarted,
    ChannelEvent,
    Connected,
    Created,
    Degraded,
    DisconnectCancelled,
    Disconnected,
    DisconnectRequested,
    IdentifierIssued,
    KeysVerified,
    MailboxAuthorised,
    ObjectChosen,
    ProviderObject,
    Reactivated,
    ReceiverInvalid,
    ReceiverRestored,
    ReconnectStarted,
    Recovered,
    SettingsChanged,
    Superseded,
    TokenRejected,
    TokenVerified,
    WebhookUrlIssued,
)
from domain.kinds import ChannelKind
from domain.recorded import Stamp
from domain.settings import FIELDS, Settings

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
WORKING = frozenset({"connected", "degraded"})


@dataclass(frozen=True)
class Consent:
    id: str
    user: str
    expires_at: datetime
    settings_version: int


@dataclass(frozen=True)
class Channel:
    """What a decision needs of a channel. `schedule_before` = what its schedule was until `schedule_linked_at`.

    `invalid` = targets of its settings that could not receive, since all of them last could (A27).
    `bot_timeouts` = (position of the Save, seconds): a new one counts from the next customer message on (§10).
    """

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
    schedule_before: str | None = None
    schedule_linked_at: datetime | None = None
    bot_timeouts: tuple[tuple[int, int], ...] = ()
    consent: Consent | None = None
    receiver_valid: bool = True
    invalid: tuple[str, ...] = ()

    @property
    def working(self) -> bool:
        """Inbound is routed and offers are made only in these phases (§3, A30)."""
        return self.phase in WORKING

    def bot_timeout_of(self, position: int) -> int:
        """The `bot.timeout` in seconds that was in force for a message at this position."""
        known = [seconds for saved, seconds in self.bot_timeouts if saved <= position]
        return known[-1] if known else Settings().bot_timeout


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
            return _changed(channel, event, stamp)
        case Connected():
            return replace(channel, phase="connected", external_id=event.external_id, candidate_external_id=None)
        case Degraded():
            return replace(channel, phase="degraded")
        case Recovered() | Reactivated():
            return replace(channel, phase="connected")
        case ReceiverInvalid():
            return replace(channel, receiver_valid=False, invalid=(*channel.invalid, event.receiver))
        case ReceiverRestored():
            return replace(channel, receiver_valid=True, invalid=())
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


SETTINGS: TypeAdapter[Settings] = TypeAdapter(Settings)


def _changed(channel: Channel, event: SettingsChanged, stamp: Stamp) -> Channel:
    known = {field: getattr(channel.settings, field) for field in FIELDS}
    names = tuple(change.field for change in event.changes)
    known |= {change.field: change.new for change in event.changes}
    if "schedule" in names and channel.settings_version:
        channel = replace(channel, schedule_before=channel.settings.schedule, schedule_linked_at=stamp.at)
    settings = SETTINGS.validate_python(known)
    timeouts = ((stamp.position, settings.bot_timeout),) if "bot_timeout" in names else ()
    return replace(
        channel,
        settings=settings,
        bot_timeouts=(*channel.bot_timeouts, *timeouts)[-REMEMBERED_SAVES:],
        settings_version=event.settings_version,
        changed_fields=(*channel.changed_fields, (event.settings_version, names))[-REMEMBERED_SAVES:],
        floor_until=event.floor_until or channel.floor_until,
    )
