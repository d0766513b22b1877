"""What follows from a provider's answer about token, keys, mailbox, or from what we issue ourselves (C09-C15, D01-D09).

A check that fails on a channel that works changes nothing (A29). What was checked waits for the first valid Save (A28).
"""

from __future__ import annotations

from domain.channel.commands import (
    AcceptIdentifier,
    AcceptKeys,
    AcceptMailbox,
    Activate,
    IssueUrl,
    KeysOutcome,
    VerifyToken,
)
from domain.channel.events import (
    ActivatedByManager,
    ChannelEvent,
    IdentifierIssued,
    KeysVerified,
    MailboxAuthorised,
    ReconnectStarted,
    TokenRejected,
    TokenVerified,
    WebhookUrlIssued,
)
from domain.channel.state import HAS_BEEN_CONNECTED, Channel
from domain.errors import Conflict, Invalid, NotAllowed, Problem, Rejected
from domain.kinds import KINDS, Connecting
from domain.settings import mail_address

WAYS: dict[Connecting, str] = {
    "oauth": "by logging in at the provider",
    "keys": "by the provider's keys",
    "token": "by the token of a bot",
    "identifier": "by the chat id that we issue",
    "mailbox": "by authorising a mailbox",
}


def connects_by(channel: Channel, way: Connecting) -> None:
    """Refuses what is not this kind's way; the kind that managers connect says whom to ask (C03)."""
    right = KINDS[channel.kind].connects_by
    if right == way:
        return
    if right == "manager":
        raise manager_only()
    raise Conflict("connects_otherwise", f"This kind of channel is connected {WAYS[right]}.")


def manager_only() -> NotAllowed:
    return NotAllowed(
        "manager_only", "Your personal manager connects this channel; if you have none, ask the customer department."
    )


def again(channel: Channel) -> list[ChannelEvent]:
    """A disconnected channel begins anew, with its id and its history (A21)."""
    return [ReconnectStarted()] if channel.phase == "disconnected" else []


def is_candidate(channel: Channel) -> bool:
    return channel.phase in HAS_BEEN_CONNECTED


def verify_token(command: VerifyToken, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "token")
    candidate = is_candidate(channel)
    if command.bot_name is None:
        return [*again(channel), TokenRejected(candidate=candidate)]
    verified = TokenVerified(
        bot_name=command.bot_name,
        external_id=command.external_id,
        fingerprint=command.fingerprint,
        candidate=candidate,
        account_key=command.account_key,
    )
    return [*again(channel), verified]


REFUSALS: dict[KeysOutcome, str] = {
    "credentials_rejected": "The provider does not accept this key.",
    "channel_id_unknown": "The provider knows the key, but no channel with this id.",
}


def keys_refused(outcome: KeysOutcome) -> Conflict:
    return Conflict(outcome, REFUSALS[outcome])


def accept_keys(command: AcceptKeys, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "keys")
    missing = [name for name in KINDS[channel.kind].keys if name not in command.given]
    if missing:
        raise Invalid([_required(name) for name in missing])
    if command.outcome != "verified":
        raise keys_refused(command.outcome)
    verified = KeysVerified(
        phone=command.phone,
        numbers=command.numbers,
        fingerprints=command.fingerprints,
        namespace_set=command.namespace_set,
        candidate=is_candidate(channel),
        account_keys=command.account_keys,
    )
    return [*again(channel), verified]


def _required(name: str) -> Problem:
    return Problem(field=name, code="required", sentence=f"{name} must be given.")


def accept_mailbox(command: AcceptMailbox, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "mailbox")
    address = mail_address(command.address)
    if address is None:
        raise Invalid([Problem(field="address", code="bad_address", sentence="address must be an e-mail address.")])
    if not command.accepted:
        raise Conflict("credentials_rejected", "The mail server does not accept these data.")
    authorised = MailboxAuthorised(address=address, candidate=is_candidate(channel), account_key=command.account_key)
    return [*again(channel), authorised]


def accept_identifier(command: AcceptIdentifier, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "identifier")
    if channel.phase not in ("draft", "disconnected"):
        return []
    return [*again(channel), IdentifierIssued(chat_id=channel.chat_id or command.chat_id)]


def issue_url(command: IssueUrl, channel: Channel) -> list[ChannelEvent]:
    if not KINDS[channel.kind].shows_url:
        raise Conflict("connects_otherwise", "This kind of channel needs no address to be copied.")
    return [] if channel.url_issued else [WebhookUrlIssued()]


def activate(command: Activate, channel: Channel) -> list[ChannelEvent]:
    connects_by(channel, "manager")
    if channel.phase not in ("draft", "disconnected") and not _newly_typed(command, channel):
        return []
    activated = ActivatedByManager(
        external_id=command.external_id, account_key=command.account_key, fingerprints=command.fingerprints
    )
    return [*again(channel), activated]


def _newly_typed(command: Activate, channel: Channel) -> bool:
    """Another number, or new secrets for this one: a candidate, as after any check (A29)."""
    known = channel.next_link
    same = (command.external_id, command.fingerprints) == (known.external_id, known.fingerprints)
    return bool(command.fingerprints) and not same


UNCHECKED: dict[Connecting, tuple[str, str]] = {
    "oauth": ("not_authorised", "Somebody who may do it must log in at the provider first."),
    "mailbox": ("not_authorised", "The mailbox must be authorised before the channel can be saved."),
    "manager": ("not_activated", "A manager must activate the channel before it can be saved."),
}


def unchecked(channel: Channel) -> Rejected:
    """Why a channel that has not been checked at its provider cannot be saved (A28, B01, C04, D08)."""
    plain = ("not_verified", "The channel must be verified at the provider before it can be saved.")
    return Conflict(*UNCHECKED.get(KINDS[channel.kind].connects_by, plain))
