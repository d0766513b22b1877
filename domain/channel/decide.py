"""What a channel answers (behaviour.md §3, A12-A21). A repeated command changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from domain.channel.checking import (
    accept_identifier,
    accept_keys,
    accept_mailbox,
    activate,
    issue_url,
    verify_token,
)
from domain.channel.commands import (
    AcceptIdentifier,
    AcceptKeys,
    AcceptMailbox,
    Activate,
    Authorise,
    BeginLogin,
    CancelDisconnect,
    ChannelCommand,
    CheckReceivers,
    Choose,
    ConfirmDisconnect,
    Create,
    Degrade,
    FailLogin,
    Inherit,
    IssueUrl,
    Reactivate,
    Recover,
    RequestDisconnect,
    Save,
    Supersede,
    VerifyToken,
)
from domain.channel.events import (
    ChannelEvent,
    Created,
    Degraded,
    DisconnectCancelled,
    Disconnected,
    DisconnectRequested,
    Reactivated,
    ReceiverInvalid,
    ReceiverRestored,
    Recovered,
    Superseded,
)
from domain.channel.logging_in import authorise, begin_login, choose, fail_login, inherit
from domain.channel.saving import CAN_BE_SAVED, save
from domain.channel.state import Channel
from domain.errors import Conflict, NotFound
from domain.kinds import KINDS

CONSENT_LASTS = timedelta(minutes=10)


def decide(command: ChannelCommand, channel: Channel) -> list[ChannelEvent]:
    if isinstance(command, Create):
        return _create(command, channel)
    if channel.phase == "unknown":
        raise NotFound("channel_unknown", "There is no such channel.")
    return ANSWERS[type(command)](command, channel)


def _create(command: Create, channel: Channel) -> list[ChannelEvent]:
    if channel.phase == "unknown":
        return [Created(channel_kind=command.kind, widget_id=command.widget, name=command.name)]
    if channel.kind == command.kind:
        return []
    raise Conflict("kind_immutable", "A channel keeps its kind; make another channel instead.")


def _degrade(command: Degrade, channel: Channel) -> list[ChannelEvent]:
    if not channel.working or command.cause in channel.causes:
        return []
    return [Degraded(cause=command.cause)]


def _recover(command: Recover, channel: Channel) -> list[ChannelEvent]:
    """Of several causes the others stay: it has recovered, and is degraded by them."""
    if command.cause not in channel.causes:
        return []
    return [Recovered(), *(Degraded(cause=cause) for cause in sorted(channel.causes - {command.cause}))]


def _supersede(command: Supersede, channel: Channel) -> list[ChannelEvent]:
    return [Superseded(by_channel=command.by)] if channel.working else []


def _reactivate(command: Reactivate, channel: Channel) -> list[ChannelEvent]:
    return [Reactivated(replaces=command.replaces)] if channel.phase == "superseded" else []


def _check_receivers(command: CheckReceivers, channel: Channel) -> list[ChannelEvent]:
    """Each target that has gone is told once; restored is the channel only when none of them is left."""
    new = [gone for gone in sorted(command.gone) if gone not in channel.invalid]
    if new:
        return [ReceiverInvalid(receiver=receiver, cause=cause) for receiver, cause in new]
    return [ReceiverRestored()] if channel.invalid and not command.gone else []


def _request_disconnect(command: RequestDisconnect, channel: Channel) -> list[ChannelEvent]:
    if channel.phase == "disconnected":
        raise Conflict("already_disconnected", "The channel is disconnected already.")
    if channel.phase not in CAN_BE_SAVED:
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
    wiped = KINDS[channel.kind].secrets
    return [Disconnected(consent_id=command.consent_id, cause=command.cause, wiped_secrets=wiped)]


def _cancel_disconnect(command: CancelDisconnect, channel: Channel) -> list[ChannelEvent]:
    consent = channel.consent
    if consent is None or consent.id != command.consent_id:
        return []
    return [DisconnectCancelled(consent_id=consent.id)]


ANSWERS: dict[type[ChannelCommand], Callable[[Any, Channel], list[ChannelEvent]]] = {
    BeginLogin: begin_login,
    FailLogin: fail_login,
    Authorise: authorise,
    Inherit: inherit,
    Choose: choose,
    VerifyToken: verify_token,
    AcceptKeys: accept_keys,
    AcceptMailbox: accept_mailbox,
    AcceptIdentifier: accept_identifier,
    IssueUrl: issue_url,
    Activate: activate,
    Save: save,
    CheckReceivers: _check_receivers,
    Degrade: _degrade,
    Recover: _recover,
    Supersede: _supersede,
    Reactivate: _reactivate,
    RequestDisconnect: _request_disconnect,
    ConfirmDisconnect: _confirm_disconnect,
    CancelDisconnect: _cancel_disconnect,
}
