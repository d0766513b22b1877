"""Logging in at the provider, and choosing a group or page (B01-B11, D11, D12).

An answer counts once, for the user who was sent, within ten minutes: a foreign or used OAuth state is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.channel.checking import again, connects_by, unchecked
from domain.channel.commands import Authorise, BeginLogin, Choose, FailLogin, Inherit
from domain.channel.events import (
    AccountAuthorised,
    AuthFailed,
    AuthStarted,
    ChannelEvent,
    Degradation,
    LoginFailure,
    ObjectChosen,
    ProviderObject,
)
from domain.channel.state import Channel
from domain.errors import Conflict
from domain.kinds import KINDS, Kind

LOGIN_LASTS = timedelta(minutes=10)
CAN_CHOOSE = frozenset({"choosing", "verified", "connected", "degraded"})


def begin_login(command: BeginLogin, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "oauth")
    if channel.login is not None and channel.login.state == command.state:
        return []
    started = AuthStarted(state=command.state, user=command.user, expires_at=command.at + LOGIN_LASTS)
    return [*again(channel), started]


def fail_login(command: FailLogin, channel: Channel) -> list[ChannelEvent]:
    reason = _expired(channel, command.state, command.user, command.at) or command.reason
    return [AuthFailed(reason=reason)]


def authorise(command: Authorise, channel: Channel) -> list[ChannelEvent]:
    failure = _expired(channel, command.state, command.user, command.at) or _failure(command, KINDS[channel.kind])
    if failure is not None:
        return [AuthFailed(reason=failure)]
    if _in_effect_already(command, channel):
        return []
    authorised = AccountAuthorised(
        external_id=command.external_id,
        name=command.name,
        scopes=command.scopes,
        objects=command.objects,
        account_key=command.account_key,
    )
    return [authorised]


def _expired(channel: Channel, state: str, user: str, at: datetime) -> LoginFailure | None:
    """Raises for a state that is not the one on its way: then nobody's login is touched (B09)."""
    pending = channel.login
    if pending is None or (pending.state, pending.user) != (state, user):
        raise Conflict("state_invalid", "This login was not begun here, or it has been used; log in again.")
    return "expired" if at >= pending.expires_at else None


def _failure(command: Authorise, kind: Kind) -> LoginFailure | None:
    if not kind.scopes <= set(command.scopes):
        return "scope_missing"
    return "not_admin" if kind.objects != "none" and not command.objects else None


def _in_effect_already(command: Authorise, channel: Channel) -> bool:
    """The one account of this channel again, and nothing is wrong with it (D16). A list may be another one now."""
    same = bool(command.account_key) and command.account_key == channel.link.account_key
    return same and channel.phase == "connected" and not command.objects


def inherit(command: Inherit, channel: Channel) -> list[ChannelEvent]:
    if channel.phase != "draft":
        return []
    login = command.login
    authorised = AccountAuthorised(
        external_id=login.external_id, name=login.name, scopes=login.scopes, objects=command.objects
    )
    return [AuthStarted(), authorised]


def choose(command: Choose, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "oauth")
    if channel.phase not in CAN_CHOOSE:
        raise unchecked(channel)
    chosen = _offered(channel, command.external_id)
    if channel.phase != "choosing" and channel.next_link.external_id == chosen.external_id:
        return []
    told = ObjectChosen(
        external_id=chosen.external_id,
        name=chosen.name,
        permissions=chosen.permissions,
        receives_messages=chosen.receives_messages,
        account_key=chosen.account_key,
    )
    return [told]


def _offered(channel: Channel, external_id: str) -> ProviderObject:
    found = next((one for one in channel.objects if one.external_id == external_id), None)
    if found is None:
        raise Conflict("object_not_offered", "This is none of the groups or pages of the login.")
    if fault := fault_of(found, KINDS[channel.kind]):
        raise fault
    return found


def fault_of(chosen: ProviderObject, kind: Kind) -> Conflict | None:
    """Why this group or page cannot be connected as it is (B04, B07)."""
    if not chosen.receives_messages:
        return Conflict("receiving_disabled", f"{chosen.name} does not receive messages; switch it on there first.")
    if kind.permission is not None and kind.permission not in chosen.permissions:
        return Conflict("scope_missing", f"The login has no permission to answer the messages of {chosen.name}.")
    return None


def trouble_after_login(channel: Channel) -> Degradation | None:
    """A new login is put in place of the old one: does it still reach what is connected? (B11)"""
    kind, link = KINDS[channel.kind], channel.next_link
    if kind.objects == "none" or kind.connects_by != "oauth" or link.external_id is None:
        return None
    offered = link.offers(link.external_id)
    fault = fault_of(offered, kind) if offered else None
    if offered is None or (fault is not None and fault.code == "scope_missing"):
        return "authorisation"
    return "receiving_disabled" if fault else None
