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
    Degradation,
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
from domain.channel.link import Checked, Link, PendingLogin, link_of
from domain.kinds import ChannelKind
from domain.recorded import ChannelId, Stamp
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
HAS_BEEN_CONNECTED = WORKING | {"superseded"}
"""Whatever is checked in these phases is a candidate only and changes none of them (A29)."""


@dataclass(frozen=True)
class Consent:
    id: str
    user: str
    expires_at: datetime
    settings_version: int


@dataclass(frozen=True)
class Channel:
    """What a decision needs of a channel.

    `link` = the connection in effect, `candidate` = a checked one that waits for Save. `causes` = why it is degraded.
    `replaced` = the channel from which it took its account over; there stand its customers' former dialogs (D19).
    `schedule_before` = what its schedule was until `schedule_linked_at`. `invalid` = targets of its settings that could
    not receive, since all of them last could (A27). `bot_timeouts` = (position of the Save, seconds): a new one counts
    from the next customer message on (§10).
    """

    phase: Phase = "unknown"
    kind: ChannelKind = "telegram"
    name: str = ""
    widget: str | None = None
    link: Link = field(default_factory=Link)
    candidate: Link | None = None
    login: PendingLogin | None = None
    chat_id: str | None = None
    url_issued: bool = False
    causes: frozenset[Degradation] = frozenset()
    replaced: ChannelId | None = None
    settings: Settings = field(default_factory=Settings)
    settings_version: int = 0
    changed_fields: tuple[tuple[int, tuple[str, ...]], ...] = ()
    floor_until: datetime | None = None
    schedule_before: str | None = None
    schedule_linked_at: datetime | None = None
    bot_timeouts: tuple[tuple[int, int], ...] = ()
    consent: Consent | None = None
    receiver_valid: bool = True
    invalid: tuple[tuple[str, str], ...] = ()

    @property
    def working(self) -> bool:
        """Inbound is routed and offers are made only in these phases (§3, A30)."""
        return self.phase in WORKING

    @property
    def external_id(self) -> str | None:
        return self.link.external_id

    @property
    def candidate_external_id(self) -> str | None:
        return self.candidate.external_id if self.candidate else None

    @property
    def objects(self) -> tuple[ProviderObject, ...]:
        """Among which a group, page or number may be chosen now: those of the last login."""
        return self.candidate.objects if self.candidate else self.link.objects

    @property
    def next_link(self) -> Link:
        """The connection after the next Save: a new login alone leaves the object as it is."""
        if self.candidate is None:
            return self.link
        if self.candidate.external_id is not None:
            return self.candidate
        return replace(self.candidate, external_id=self.link.external_id, account_key=self.link.account_key)

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
            return _began(channel, event)
        case AuthFailed():
            return replace(channel, phase=_unless_connected(channel, "draft"), login=None)
        case AccountAuthorised():
            return _checked(channel, event, "choosing" if event.objects else "verified")
        case (
            ObjectChosen()
            | TokenVerified()
            | KeysVerified()
            | MailboxAuthorised()
            | IdentifierIssued()
            | ActivatedByManager()
        ):
            return _checked(channel, event, "verified")
        case TokenRejected():
            return channel if event.candidate else replace(channel, phase="draft", candidate=None)
        case WebhookUrlIssued():
            return replace(channel, url_issued=True)
        case SettingsChanged():
            return _changed(channel, event, stamp)
        case Connected():
            return _connected(channel, event)
        case Degraded():
            return replace(channel, phase="degraded", causes=channel.causes | {event.cause})
        case Recovered():
            return replace(channel, phase="connected", causes=frozenset())
        case Reactivated():
            return _in_effect(channel, channel.next_link, event.replaces)
        case ReceiverInvalid():
            return replace(channel, receiver_valid=False, invalid=(*channel.invalid, (event.receiver, event.cause)))
        case ReceiverRestored():
            return replace(channel, receiver_valid=True, invalid=())
        case Superseded():
            return replace(channel, phase="superseded", causes=frozenset())
        case DisconnectRequested():
            consent = Consent(event.consent_id, event.user, event.expires_at, event.settings_version)
            return replace(channel, consent=consent)
        case DisconnectCancelled():
            return replace(channel, consent=None)
        case Disconnected():
            return _disconnected(channel)
        case ReconnectStarted():
            return replace(channel, phase="draft")
        case _:
            assert_never(event)


def _unless_connected(channel: Channel, phase: Phase) -> Phase:
    return channel.phase if channel.phase in HAS_BEEN_CONNECTED else phase


def _began(channel: Channel, event: AuthStarted) -> Channel:
    pending = PendingLogin(event.state, event.user, event.expires_at) if event.expires_at else None
    return replace(channel, phase=_unless_connected(channel, "authorising"), login=pending)


def _checked(channel: Channel, event: Checked, phase: Phase) -> Channel:
    """A check never connects; on a channel that has been connected it touches only the candidate (A28, A29)."""
    found = link_of(event, channel.candidate or channel.link)
    chat_id = event.chat_id if isinstance(event, IdentifierIssued) else channel.chat_id
    kept = _unless_connected(channel, phase)
    return replace(channel, phase=kept, candidate=_candidate(channel, found), login=None, chat_id=chat_id)


def _candidate(channel: Channel, found: Link) -> Link | None:
    """None: it is what is in effect, and nothing is wrong with it, so no Save has to put it in place."""
    same = found.external_id is not None and replace(found, account_key="") == replace(channel.link, account_key="")
    return None if same and channel.phase == "connected" and not channel.causes else found


def _connected(channel: Channel, event: Connected) -> Channel:
    link = replace(channel.next_link, external_id=event.external_id, account_key=event.account_key)
    return _in_effect(channel, link, event.replaces)


def _in_effect(channel: Channel, link: Link, replaces: ChannelId | None) -> Channel:
    return replace(
        channel,
        phase="connected",
        link=link,
        candidate=None,
        causes=frozenset(),
        replaced=replaces or channel.replaced,
    )


def _disconnected(channel: Channel) -> Channel:
    """Which object it was stays known; what the vault has wiped is gone from here too."""
    link = replace(channel.link, fingerprints=(), objects=(), login=None)
    return replace(
        channel, phase="disconnected", link=link, candidate=None, login=None, consent=None, causes=frozenset()
    )


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
