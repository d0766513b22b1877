"""An external account: which of our channels is in effect for it. The last registration wins where the kind allows it.

The stream's id is `<tenant>:<provider>:<HMAC of the external id>`; positions of the log give the serial order (D14).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from domain.change import replace
from domain.errors import Conflict
from domain.recorded import ChannelId, Event, Stamp

InUse = Literal["token_in_use", "account_in_use"]


class Registered(Event):
    kind: Literal["account.registered"] = "account.registered"
    channel: ChannelId
    replaces: ChannelId | None = None


class Unregistered(Event):
    kind: Literal["account.unregistered"] = "account.unregistered"
    channel: ChannelId


class RegistrationRefused(Event):
    kind: Literal["account.registration_refused"] = "account.registration_refused"
    channel: ChannelId
    reason: str


AccountEvent = Registered | Unregistered | RegistrationRefused


@dataclass(frozen=True)
class Account:
    """`last` stays after an unregistration: inbound then goes to the quarantine of the channel last in effect (D15)."""

    in_effect: ChannelId | None = None
    last: ChannelId | None = None


def evolve(account: Account, event: AccountEvent, stamp: Stamp) -> Account:
    match event:
        case Registered():
            return Account(in_effect=event.channel, last=event.channel)
        case Unregistered():
            return replace(account, in_effect=None)
        case RegistrationRefused():
            return account
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """`supersedes`: the kind lets a later channel take the account over (Avito); else a second is refused `in_use`."""

    channel: ChannelId
    supersedes: bool = False
    in_use: InUse = "token_in_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    channel: ChannelId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregister:
    channel: ChannelId


AccountCommand = Register | Unregister | Refuse


def decide(command: AccountCommand, account: Account) -> list[AccountEvent]:
    match command:
        case Register(channel=channel) if account.in_effect == channel:
            return []
        case Register() if account.in_effect is not None and not command.supersedes:
            raise Conflict(command.in_use, "Another channel is connected to this account already.")
        case Register(channel=channel):
            return [Registered(channel=channel, replaces=account.in_effect)]
        case Unregister(channel=channel):
            return [Unregistered(channel=channel)] if account.in_effect == channel else []
        case Refuse(channel=channel, reason=reason):
            return [RegistrationRefused(channel=channel, reason=reason)]
        case _:
            assert_never(command)
