"""What can be asked of a channel. What a provider has answered arrives inside these commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.channel.events import Degradation, LoginFailure, ProviderObject
from domain.channel.link import Login
from domain.errors import Problem
from domain.kinds import ChannelKind
from domain.recorded import ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    kind: ChannelKind
    name: str = ""
    widget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginLogin:
    """Somebody is sent to the provider to log in. `state` = keyed hash of the OAuth state that he takes along."""

    state: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailLogin:
    state: str
    user: str
    at: datetime
    reason: LoginFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorise:
    """Somebody has logged in: who, what he granted, and every group or page that he may connect."""

    state: str
    user: str
    at: datetime
    external_id: str
    name: str
    scopes: tuple[str, ...] = ()
    objects: tuple[ProviderObject, ...] = ()
    account_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherit:
    """A new channel is made of a login in another one: the same list, another choice (B06)."""

    login: Login
    objects: tuple[ProviderObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyToken:
    """What the provider said of a token: its bot, or None where it does not know it."""

    bot_name: str | None
    external_id: str = ""
    fingerprint: str = ""
    account_key: str = ""


KeysOutcome = Literal["verified", "credentials_rejected", "channel_id_unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptKeys:
    """What the provider said of typed keys. `given` = the names of the fields that were not empty."""

    given: tuple[str, ...]
    outcome: KeysOutcome = "verified"
    phone: str | None = None
    numbers: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    namespace_set: bool = False
    account_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptMailbox:
    """The mail server has let us in with the data given for this address, or it has not."""

    address: str
    accepted: bool = True
    account_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptIdentifier:
    """`chat_id` is used only where the channel has none yet: the first one is for ever."""

    chat_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueUrl:
    """Our address, to be copied to the provider, has been made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate:
    """By a manager of ours, who has arranged it with the provider. `fingerprints` of the secrets that he typed."""

    external_id: str = ""
    account_key: str = ""
    fingerprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One Save. `expected` = the settings version that the user saw; None = whatever it is now.

    `problems` = what the desk found wrong with the streams that it names. `account_key` counts where the check told
    none. `replaces` = the channel in effect for the account that this Save connects.
    """

    changes: dict[str, object]
    at: datetime
    expected: int | None = None
    restored_from: int | None = None
    problems: tuple[Problem, ...] = ()
    account_key: str = ""
    replaces: ChannelId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrade:
    cause: Degradation


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    cause: Degradation


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersede:
    by: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactivate:
    """Authorised anew, a superseded channel takes its account back."""

    replaces: ChannelId | None = None


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
    cause: Literal["requested", "provider_changed"] = "requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDisconnect:
    consent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReceivers:
    """Which of the targets that it names cannot receive now: ids, each with why (A27). The desk knows; the channel
    records. An agent and a group may have the same id; why tells them apart."""

    gone: frozenset[tuple[str, str]] = frozenset()


ChannelCommand = (
    Create
    | BeginLogin
    | FailLogin
    | Authorise
    | Inherit
    | Choose
    | VerifyToken
    | AcceptKeys
    | AcceptMailbox
    | AcceptIdentifier
    | IssueUrl
    | Activate
    | Save
    | CheckReceivers
    | Degrade
    | Recover
    | Supersede
    | Reactivate
    | RequestDisconnect
    | ConfirmDisconnect
    | CancelDisconnect
)
