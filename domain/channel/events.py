"""What happens to a channel (behaviour.md §9). Secrets appear only as keyed fingerprints (A24, A25).

`account_key` = the keyed hash of an external account, the same in every tenant; it names the account's stream. Empty in
events from before it was kept, and where a kind has no account outside.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from domain.kinds import ChannelKind
from domain.recorded import ChannelId, Event, Frozen

LoginFailure = Literal["not_admin", "denied", "expired", "scope_missing"]
Degradation = Literal["provider", "authorisation", "receiving_disabled", "entitlement"]


class ProviderObject(Frozen):
    """A group or page that an administrator may connect."""

    external_id: str
    name: str
    permissions: tuple[str, ...] = ()
    receives_messages: bool = True
    account_key: str = ""


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
    """A login has begun. `state` = keyed hash of the OAuth state, good for one answer, for this user, until then."""

    kind: Literal["channel.auth_started"] = "channel.auth_started"
    state: str = ""
    user: str = ""
    expires_at: datetime | None = None


class AuthFailed(Event):
    kind: Literal["channel.auth_failed"] = "channel.auth_failed"
    reason: LoginFailure


class AccountAuthorised(Event):
    kind: Literal["channel.account_authorised"] = "channel.account_authorised"
    external_id: str
    name: str
    scopes: tuple[str, ...] = ()
    objects: tuple[ProviderObject, ...] = ()
    account_key: str = ""


class ObjectChosen(Event):
    kind: Literal["channel.object_chosen"] = "channel.object_chosen"
    external_id: str
    name: str
    permissions: tuple[str, ...] = ()
    receives_messages: bool = True
    account_key: str = ""


class TokenVerified(Event):
    """The provider knows the token. `fingerprint` is a keyed hash of it, never the token (A24, A25)."""

    kind: Literal["channel.token_verified"] = "channel.token_verified"
    bot_name: str
    external_id: str
    fingerprint: str
    candidate: bool = False
    account_key: str = ""


class TokenRejected(Event):
    kind: Literal["channel.token_rejected"] = "channel.token_rejected"
    reason: Literal["bot_not_found"] = "bot_not_found"
    candidate: bool = False


class KeysVerified(Event):
    """`phone` where the keys lead to one number, `numbers` where one is to be chosen; `account_keys` in their order."""

    kind: Literal["channel.keys_verified"] = "channel.keys_verified"
    phone: str | None = None
    numbers: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    namespace_set: bool = False
    candidate: bool = False
    account_keys: tuple[str, ...] = ()


class MailboxAuthorised(Event):
    kind: Literal["channel.mailbox_authorised"] = "channel.mailbox_authorised"
    address: str
    candidate: bool = False
    account_key: str = ""


class IdentifierIssued(Event):
    kind: Literal["channel.identifier_issued"] = "channel.identifier_issued"
    chat_id: str


class WebhookUrlIssued(Event):
    kind: Literal["channel.webhook_url_issued"] = "channel.webhook_url_issued"


class ActivatedByManager(Event):
    """`fingerprints` of the secrets that he typed, where the provider was asked about them."""

    kind: Literal["channel.activated_by_manager"] = "channel.activated_by_manager"
    external_id: str = ""
    account_key: str = ""
    fingerprints: tuple[str, ...] = ()


class SettingsChanged(Event):
    kind: Literal["channel.settings_changed"] = "channel.settings_changed"
    settings_version: int
    changes: tuple[Change, ...]
    floor_until: datetime | None = None
    restored_from: int | None = None


class Connected(Event):
    """`replaces` = the channel that was in effect for this account until now (D13)."""

    kind: Literal["channel.connected"] = "channel.connected"
    external_id: str
    settings_version: int
    account_key: str = ""
    replaces: ChannelId | None = None


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
    replaces: ChannelId | None = None


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
