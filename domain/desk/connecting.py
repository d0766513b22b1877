"""What providers have answered, carried into channels: logins, objects, tokens, keys, mailboxes (§3, B, C, D).

The calls themselves are made at the door; a provider that does not answer causes no command, and so changes nothing
(D03). Nothing here connects a channel but the login that takes a superseded one's account back (D16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import channel
from domain.channel import KeysOutcome, LoginFailure, ProviderObject
from domain.desk.blocking import follow_channel
from domain.desk.registering import refuse_foreign, register, would_replace
from domain.desk.services import require_service
from domain.desk.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginAuthorising:
    """`state` = keyed hash of the OAuth state with which the user is sent to the provider (B09)."""

    channel: str
    state: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailAuthorising:
    """He came back without a login: refused, or no administrator there (B01)."""

    channel: str
    state: str
    user: str
    reason: LoginFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoriseAccount:
    """He came back logged in. `objects` = every group or page that he administers; `account_key` = keyed hash of
    the account itself, where it is what the channel connects (Avito)."""

    channel: str
    state: str
    user: str
    external_id: str
    name: str
    scopes: tuple[str, ...] = ()
    objects: tuple[ProviderObject, ...] = ()
    account_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyChannel:
    """What the provider answered to a check of the token. None = it knows no such bot."""

    channel: str
    bot_name: str | None
    external_id: str = ""
    fingerprint: str = ""
    account_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKeys:
    """What the provider answered to typed keys. `given` = the names of the fields that were not empty.

    `phone` where the keys lead to one number, `numbers` where one is to be chosen; `account_keys` in their order.
    """

    channel: str
    given: tuple[str, ...]
    outcome: KeysOutcome = "verified"
    phone: str | None = None
    numbers: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    namespace_set: bool = False
    account_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoriseMailbox:
    channel: str
    address: str
    accepted: bool = True
    account_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueIdentifier:
    """The chat id of the channel, made at the first call and the same ever after (D07)."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueWebhookUrl:
    """The address to be copied to the provider is made at the door; that it was is told here (C15)."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateByManager:
    """`fingerprints` of the secrets that the provider has accepted from him."""

    channel: str
    external_id: str = ""
    account_key: str = ""
    fingerprints: tuple[str, ...] = ()


def begin_authorising(world: World, command: BeginAuthorising) -> dict[str, Any]:
    require_service(world, command.channel)
    wanted = channel.BeginLogin(state=command.state, user=command.user, at=world.now)
    world.do(_stream(command), wanted)
    return _answer(world, command, "authorising", key=world.channel(command.channel).link.account_key)


def fail_authorising(world: World, command: FailAuthorising) -> dict[str, Any]:
    wanted = channel.FailLogin(state=command.state, user=command.user, at=world.now, reason=command.reason)
    (failed,) = world.do(_stream(command), wanted)
    return {"outcome": "auth_failed", "reason": failed.reason, "channel": command.channel}


def authorise_account(world: World, command: AuthoriseAccount) -> dict[str, Any]:
    require_service(world, command.channel)
    before = world.channel(command.channel)
    wanted = channel.Authorise(
        state=command.state,
        user=command.user,
        at=world.now,
        external_id=command.external_id,
        name=command.name,
        scopes=command.scopes,
        objects=command.objects,
        account_key=command.account_key,
    )
    events = world.do(_stream(command), wanted)
    if not events:
        return {"outcome": "already_connected", "channel": command.channel}
    if isinstance(events[0], channel.AuthFailed):
        return {"outcome": "auth_failed", "reason": events[0].reason, "channel": command.channel}
    if before.phase == "superseded" and before.link.account_key == command.account_key != "":
        return _take_back(world, command.channel, command.account_key)
    return _answer(world, command, world.channel(command.channel).phase, key=command.account_key)


def _take_back(world: World, channel_id: str, key: str) -> dict[str, Any]:
    """A new registration of the account, and it wins (D14, D16)."""
    if refused := refuse_foreign(world, channel_id, key):
        return refused
    before, replaced = world.channel(channel_id), would_replace(world, channel_id, key)
    world.do(f"channel-{channel_id}", channel.Reactivate(replaces=replaced))
    register(world, channel_id, before)
    follow_channel(world, channel_id)
    return {"outcome": "reactivated", "channel": channel_id, "supersedes": [replaced] if replaced else []}


def verify_channel(world: World, command: VerifyChannel) -> dict[str, Any]:
    require_service(world, command.channel)
    wanted = channel.VerifyToken(
        bot_name=command.bot_name,
        external_id=command.external_id,
        fingerprint=command.fingerprint,
        account_key=command.account_key,
    )
    world.do(_stream(command), wanted)
    told = {"channel": command.channel, "bot_name": command.bot_name}
    return {"outcome": "verified" if command.bot_name else "bot_not_found", **told}


def verify_keys(world: World, command: VerifyKeys) -> dict[str, Any]:
    require_service(world, command.channel)
    wanted = channel.AcceptKeys(
        given=command.given,
        outcome=command.outcome,
        phone=command.phone,
        numbers=command.numbers,
        fingerprints=command.fingerprints,
        namespace_set=command.namespace_set,
        account_keys=command.account_keys,
    )
    world.do(_stream(command), wanted)
    told = {"phone": command.phone} if command.phone else {"numbers": list(command.numbers)}
    return _answer(world, command, "verified") | told


def authorise_mailbox(world: World, command: AuthoriseMailbox) -> dict[str, Any]:
    require_service(world, command.channel)
    wanted = channel.AcceptMailbox(address=command.address, accepted=command.accepted, account_key=command.account_key)
    (authorised,) = (one for one in world.do(_stream(command), wanted) if isinstance(one, channel.MailboxAuthorised))
    return _answer(world, command, "verified") | {"address": authorised.address}


def issue_identifier(world: World, command: IssueIdentifier) -> dict[str, Any]:
    require_service(world, command.channel)
    known = world.channel(command.channel).chat_id
    world.do(_stream(command), channel.AcceptIdentifier(chat_id=known or world.choices.new_id()))
    return _answer(world, command, "verified") | {"chat_id": world.channel(command.channel).chat_id}


def issue_webhook_url(world: World, command: IssueWebhookUrl) -> dict[str, Any]:
    require_service(world, command.channel)
    events = world.do(_stream(command), channel.IssueUrl())
    return {"outcome": "issued" if events else "unchanged", "channel": command.channel}


def activate_by_manager(world: World, command: ActivateByManager) -> dict[str, Any]:
    """The only way to connect official WhatsApp, and only for managers of ours (C03)."""
    if world.actor.kind != "manager":
        raise channel.manager_only()
    require_service(world, command.channel)
    wanted = channel.Activate(
        external_id=command.external_id, account_key=command.account_key, fingerprints=command.fingerprints
    )
    events = world.do(_stream(command), wanted)
    return _answer(world, command, "activated" if events else "unchanged")


def _answer(world: World, command: Any, outcome: str, *, key: str = "") -> dict[str, Any]:
    """`would_supersede` = whom connecting this channel stops: the warning before it happens (D18)."""
    stops = would_replace(world, command.channel, key)
    warned = {"would_supersede": [stops]} if stops else {}
    return {"outcome": outcome, "channel": command.channel, **warned}


def _stream(command: Any) -> str:
    return f"channel-{command.channel}"
