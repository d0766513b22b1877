"""Asking the provider about what an administrator has typed: a token, keys, a mailbox's data (C09-C15, D01-D09).

What was found to be right waits for Save. A provider that does not answer changes nothing (D03); what it refuses is an
event, so that its history tells who tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from adapters.channels import by_token
from adapters.channels import channel as adapter_of
from adapters.channels.base_urls import must_be_callable
from adapters.channels.connecting import Connector
from adapters.channels.contract import ConnectsByKeys, ConnectsByMailbox, ConnectsByManager, KeysFound
from adapters.channels.http_client import Access
from adapters.channels.keys import BASE_URL, TOKEN, candidate_owner
from adapters.vault.secrets import Secret
from domain.channel import Channel, keys_refused, manager_only
from domain.channel.checking import connects_by
from domain.desk.connecting import ActivateByManager, AuthoriseMailbox, VerifyChannel, VerifyKeys
from domain.errors import Invalid, Problem, Unavailable
from domain.kinds import KINDS, ChannelKind
from domain.recorded import Actor
from domain.settings import is_web_address

MAILBOX = ("address", "login", "password", "imap_host", "imap_port", "smtp_host", "smtp_port")
OF_MAILBOX = (*MAILBOX[1:], "access_token", "refresh_token", "expires_at", "service")
"""All that may be known of a mailbox: what was not given now counts no more, so that no old token goes before a new
password."""
NO_FIELD = "{} is not asked for by this kind of channel."


def form_of(kind: ChannelKind) -> tuple[str, ...]:
    """What an administrator is asked for, in order; nothing where he logs in, or copies what we issue."""
    row = KINDS[kind]
    if row.connects_by == "token":
        return ("token",)
    if row.connects_by == "keys":
        return tuple(dict.fromkeys((*row.keys, *row.secrets, *sorted(row.own), BASE_URL)))
    return MAILBOX if row.connects_by == "mailbox" else ()


@dataclass(frozen=True)
class Checker:
    connector: Connector

    def credentials(self, tenant: str, channel: str, typed: Mapping[str, str], *, actor: Actor) -> dict[str, Any]:
        """What was typed into the form of this kind. Raises `Invalid` for fields that the form does not have."""
        state = self.connector.accesses.state(tenant, channel)
        kind, form = KINDS[state.kind], form_of(state.kind)
        if form and (strange := [name for name in typed if name not in form]):
            raise Invalid([Problem(field=one, code="unknown_field", sentence=NO_FIELD.format(one)) for one in strange])
        if kind.connects_by == "keys":
            return self.keys(tenant, channel, typed, actor=actor)
        if kind.connects_by == "mailbox":
            secrets = {name: Secret(text) for name, text in typed.items() if name != "address" and text.strip()}
            return self.mailbox(tenant, channel, typed.get("address", ""), secrets, actor=actor)
        return self.token(tenant, channel, typed.get("token", ""), actor=actor)

    def token(self, tenant: str, channel: str, typed: str, *, actor: Actor) -> dict[str, Any]:
        """`verified` with the bot's name, or `bot_not_found`. Raises `Invalid` for no token at all, `Unavailable`
        where the provider did not answer."""
        ours = self.connector
        state = ours.accesses.state(tenant, channel)
        connects_by(state, "token")
        adapter = by_token(state.kind)
        token = adapter.clean_token(typed)
        access = ours.accesses.candidate(tenant, channel, state, {TOKEN: token})
        account = adapter.check_token(access)
        if account is None:
            return ours.do(tenant, VerifyChannel(channel=channel, bot_name=None), actor)
        ours.vault.put_secret(tenant, candidate_owner(channel), TOKEN, token)
        verified = VerifyChannel(
            channel=channel,
            bot_name=account.name,
            external_id=account.external_id,
            fingerprint=ours.vault.fingerprint(tenant, token),
            account_key=ours.account_key(state, account.external_id),
        )
        return ours.do(tenant, verified, actor) | self._foreign(tenant, channel, state, access)

    def keys(self, tenant: str, channel: str, typed: Mapping[str, str], *, actor: Actor) -> dict[str, Any]:
        """`verified` with the phone number, or with the `numbers` of which one is to be saved. Raises `Invalid` for
        what is missing, `Conflict` for what the provider refuses, `Unavailable`."""
        ours = self.connector
        state = ours.accesses.state(tenant, channel)
        connects_by(state, "keys")
        ours.must_be_on(state.kind)
        given = {name: Secret(text.strip()) for name, text in typed.items() if text.strip()}
        _can_be_asked(given, private=ours.private_providers)
        complete = set(KINDS[state.kind].keys) <= set(given)
        found = self._found(tenant, channel, state, given) if complete else KeysFound(outcome="verified")
        accounts = (found.phone,) if found.phone else found.numbers
        wanted = VerifyKeys(
            channel=channel,
            given=tuple(given),
            outcome=found.outcome,
            phone=found.phone,
            numbers=found.numbers,
            fingerprints=tuple(ours.vault.fingerprint(tenant, one) for one in found.secrets.values()),
            namespace_set="namespace_id" in given or bool(state.settings.namespace_id),
            account_keys=tuple(ours.account_key(state, one) for one in accounts),
        )
        answer = ours.do(tenant, wanted, actor)
        ours.vault.wipe_secrets(tenant, candidate_owner(channel))
        kept = {BASE_URL: given[BASE_URL]} if BASE_URL in given else {}
        ours.vault.put_secrets(tenant, candidate_owner(channel), {**found.secrets, **kept})
        return answer

    def _found(self, tenant: str, channel: str, state: Channel, given: Mapping[str, Secret]) -> KeysFound:
        adapter = cast(ConnectsByKeys, adapter_of(state.kind))
        return adapter.check_keys(self.connector.accesses.candidate(tenant, channel, state, given), given)

    def mailbox(
        self, tenant: str, channel: str, address: str, credentials: Mapping[str, Secret], *, actor: Actor
    ) -> dict[str, Any]:
        """`verified` if we can read and send with these data. Raises `Invalid`, `Conflict` or `Unavailable`."""
        ours = self.connector
        state = ours.accesses.state(tenant, channel)
        connects_by(state, "mailbox")
        adapter = cast(ConnectsByMailbox, adapter_of(state.kind))
        access = ours.accesses.candidate(tenant, channel, state, credentials)
        accepted = adapter.check_mailbox(access, address, credentials)
        key = ours.account_key(state, address.strip().lower())
        wanted = AuthoriseMailbox(channel=channel, address=address, accepted=accepted, account_key=key)
        answer = ours.do(tenant, wanted, actor)
        forgotten = dict.fromkeys(OF_MAILBOX, Secret(""))
        ours.vault.put_secrets(tenant, candidate_owner(channel), {**forgotten, **credentials})
        return answer

    def activation(
        self, tenant: str, channel: str, external_id: str, typed: Mapping[str, str], *, actor: Actor
    ) -> dict[str, Any]:
        """By a manager of ours alone: `activated`, with the `phone` that the provider has for the number. Nothing typed
        = it is arranged, and the secrets come later. Raises `NotAllowed`, `Invalid`, `Conflict` or `Unavailable`."""
        ours = self.connector
        given = {name: Secret(text.strip()) for name, text in typed.items() if text.strip()}
        if not given:
            return ours.activate(tenant, channel, external_id, actor=actor)
        if actor.kind != "manager":
            raise manager_only()
        state = ours.accesses.state(tenant, channel)
        connects_by(state, "manager")
        adapter = cast(ConnectsByManager, adapter_of(state.kind))
        access = replace(ours.accesses.candidate(tenant, channel, state, given), account=external_id)
        found = adapter.check_activation(access, given)
        if found.outcome != "verified":
            raise keys_refused(found.outcome)
        wanted = ActivateByManager(
            channel=channel,
            external_id=external_id,
            account_key=ours.account_key(state, external_id),
            fingerprints=tuple(ours.vault.fingerprint(tenant, one) for one in found.secrets.values()),
        )
        answer = ours.do(tenant, wanted, actor)
        ours.vault.put_secrets(tenant, candidate_owner(channel), found.secrets)
        return answer | {"phone": found.phone}

    def _foreign(self, tenant: str, channel: str, state: Channel, access: Access) -> dict[str, Any]:
        """Whom connecting would take the updates from; not worth failing for."""
        url = self.connector.hook_url(tenant, channel, state) or ""
        try:
            host = by_token(state.kind).foreign_webhook(access, url)
        except Unavailable:
            host = None
        return {"foreign_webhook": host} if host else {}


def _can_be_asked(given: Mapping[str, Secret], *, private: bool) -> None:
    """Raises `Invalid` for what no call can carry, a key with letters that no header takes, and for an address that is
    none, or leads where we may not call."""
    wrong = [
        Problem(field=name, code="bad_value", sentence=f"{name} has characters that no provider gives.")
        for name, secret in given.items()
        if not (secret.reveal().isascii() and secret.reveal().isprintable())
    ]
    if BASE_URL in given and not is_web_address(given[BASE_URL].reveal()):
        wrong.append(Problem(field=BASE_URL, code="bad_url", sentence="base_url must be an address like https://api."))
    if wrong:
        raise Invalid(wrong)
    if BASE_URL in given:
        must_be_callable({BASE_URL: given[BASE_URL].reveal()}, private=private)
