"""Connecting a channel: what was checked waits, Save puts it in effect and tells the provider our address, and
disconnecting takes all of it back (behaviour.md §3, A16-A29). How each way of checking goes: `checks` and `logins`.

Whatever the provider says, what the log holds are fingerprints and hashes; secrets are in the vault alone: those that
wait under one owner, those in effect under another, so that a Save swaps them all at once (A29).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses, Providers
from adapters.channels.base_urls import must_be_callable
from adapters.channels.contract import Listens
from adapters.channels.http_client import App
from adapters.channels.keys import (
    BASE_URL,
    CHOSEN,
    candidate_owner,
    channel_owner,
    hook_path,
    login_owner,
    object_owner,
    open_door,
)
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.requests import Request
from adapters.vault.vault import Vault
from domain.channel import Channel
from domain.desk.channels import DisconnectChannel, SaveChannel
from domain.desk.connecting import ActivateByManager, IssueWebhookUrl
from domain.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from domain.kinds import KINDS, ChannelKind
from domain.recorded import Actor


@dataclass(frozen=True)
class Connector:
    """`public_url` = where providers reach our hooks; None = nowhere: no webhook is set, and the answer says so.

    `provider_urls`, `apps` and `proxies`: see `Providers`. `private_providers`: see `base_urls`.
    `off`: kinds that are not connected here; channels that are connected already go on.
    """

    database: Database
    vault: Vault
    executor: Executor
    client: httpx2.Client
    public_url: str | None = None
    provider_urls: Mapping[str, str] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    proxies: Mapping[str, httpx2.Client] = field(default_factory=dict)
    private_providers: bool = False
    off: frozenset[ChannelKind] = frozenset()

    @property
    def accesses(self) -> Accesses:
        ours = Providers(self.client, self.provider_urls, self.apps, self.proxies, self.private_providers)
        return Accesses(self.database, self.vault, ours)

    def save(
        self,
        tenant: str,
        channel: str,
        changes: Mapping[str, object],
        *,
        actor: Actor,
        expected: int | None = None,
        restored_from: int | None = None,
        consent: str | None = None,
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> dict[str, Any]:
        """One Save. Where it leaves the channel working, what was checked is swapped in and the webhook is set.

        Where it has taken the place of the widget's provider, that one's secrets are gone from the vault (C08).
        """
        self._must_be_let_in(tenant, channel)
        wanted = self.save_command(
            tenant, channel, changes, expected=expected, restored_from=restored_from, consent=consent
        )
        answer = self.do(tenant, wanted, actor, key, fingerprint)
        after = self.accesses.state(tenant, channel)
        if answer["outcome"] == "saved" and "replaces" in answer:
            self._leave(tenant, answer["replaces"], self.accesses.state(tenant, answer["replaces"]))
        if after.working and answer["outcome"] in ("saved", "unchanged"):
            self.vault.move_secrets(tenant, candidate_owner(channel), channel_owner(channel))
            answer |= self.listen(tenant, channel)
        return answer

    def save_command(
        self,
        tenant: str,
        channel: str,
        changes: Mapping[str, object],
        *,
        expected: int | None = None,
        restored_from: int | None = None,
        consent: str | None = None,
    ) -> SaveChannel:
        """The command of a Save, with what only this side knows: the key of the account that it registers."""
        must_be_callable(changes, private=self.private_providers)
        if (proxy := changes.get("proxy")) is not None and proxy not in self.proxies:
            known = ", ".join(sorted(self.proxies)) or "none"
            told = f"proxy must name one of PARLEY_PROXIES: {known}."
            raise Invalid([Problem(field="proxy", code="proxy_unknown", sentence=told)])
        state = self.accesses.state(tenant, channel)
        return SaveChannel(
            channel=channel,
            changes={**changes, **self._typed(tenant, channel, state)},
            expected=expected,
            restored_from=restored_from,
            consent=consent,
            account_key=self.account_key(state, state.candidate_external_id or state.external_id),
        )

    def activate(self, tenant: str, channel: str, external_id: str, *, actor: Actor) -> dict[str, Any]:
        """By a manager of ours, who has arranged it with the provider (C03)."""
        state = self.accesses.state(tenant, channel)
        key = self.account_key(state, external_id) if external_id else ""
        return self.do(tenant, ActivateByManager(channel=channel, external_id=external_id, account_key=key), actor)

    def must_be_on(self, kind: ChannelKind) -> None:
        """Raises `Conflict` for a kind that is switched off."""
        if kind in self.off:
            raise Conflict("kind_off", "Channels of this kind are switched off in this installation.")

    def issue_url(self, tenant: str, channel: str, *, actor: Actor) -> dict[str, Any]:
        """Our address for a kind whose administrators copy it: the same ever after (C15). Raises `Conflict` for other
        kinds, and where nobody could reach us."""
        answer = self.do(tenant, IssueWebhookUrl(channel=channel), actor)
        url = self.hook_url(tenant, channel, self.accesses.state(tenant, channel))
        if url is None:
            raise Conflict("no_public_url", "Providers have no address to reach us at; set PARLEY_PUBLIC_URL.")
        return answer | {"url": url}

    def disconnect(
        self, tenant: str, channel: str, *, actor: Actor, consent: str | None = None, decline: bool = False
    ) -> dict[str, Any]:
        """Two steps (A16). After the second the provider is told, and the token is gone from the vault (A19)."""
        state = self.accesses.state(tenant, channel)
        wanted = DisconnectChannel(
            channel=channel,
            user=actor.id,
            consent=consent,
            decline=decline,
            account_key=self.account_key(state, state.external_id),
        )
        answer = self.do(tenant, wanted, actor)
        if answer["outcome"] == "disconnected":
            self._leave(tenant, channel, state)
        return answer

    def do(
        self, tenant: str, command: Any, actor: Actor, key: str | None = None, fingerprint: str | None = None
    ) -> dict[str, Any]:
        asked = Request(tenant=tenant, command=command, actor=actor, key=key, fingerprint=fingerprint)
        return self.executor.execute(asked).answer

    def account_key(self, state: Channel, external_id: str | None) -> str:
        """The hash by which the account is known across tenants; none where there is no account to be known (D20)."""
        return self.vault.account_key(state.kind, external_id or "")

    def hook_url(self, tenant: str, channel: str, state: Channel) -> str | None:
        """The address that the provider is to call; it holds a secret."""
        if self.public_url is None:
            return None
        path, _ = open_door(self.vault, tenant, channel)
        return self.public_url.rstrip("/") + hook_path(state.kind, channel, path)

    def _must_be_let_in(self, tenant: str, channel: str) -> None:
        """Raises where what was chosen has no token of its own yet: the old one would answer in its name."""
        if self.vault.get_secret(tenant, login_owner(channel), CHOSEN) is not None:
            raise Conflict("not_authorised", "The provider has still to let us in for what was chosen: log in for it.")

    def _typed(self, tenant: str, channel: str, state: Channel) -> dict[str, str]:
        """Settings that were typed with the keys: they change with the next Save; a secret shows as its fingerprint
        alone (A25)."""
        kind = KINDS[state.kind]
        waiting = self.vault.secrets_of(tenant, candidate_owner(channel)) if kind.connects_by == "keys" else {}
        typed = {name: secret for name, secret in waiting.items() if name in kind.own | {BASE_URL}}
        return {
            name: self.vault.fingerprint(tenant, secret) if name in kind.secrets else secret.reveal()
            for name, secret in typed.items()
        }

    def listen(self, tenant: str, channel: str) -> dict[str, Any]:
        """Set the webhook; saying the same again changes nothing at the provider, so every Save repairs it."""
        state = self.accesses.state(tenant, channel)
        adapter, url = _adapter(state), self.hook_url(tenant, channel, state)
        if not isinstance(adapter, Listens):
            return {}
        access = self.accesses.of(tenant, channel, state)
        if not access.secrets or url is None:
            return {"webhook": "no_public_url" if url is None else "no_token"}
        _, proof = open_door(self.vault, tenant, channel)
        try:
            told = adapter.set_webhook(access, url, proof)
        except (Unavailable, Conflict) as refusal:
            return {"webhook": refusal.code}
        self.vault.put_secrets(tenant, channel_owner(channel), told or {})
        return {"webhook": "set"}

    def _leave(self, tenant: str, channel: str, state: Channel) -> None:
        """Whatever becomes of the call, the secrets are gone."""
        adapter, access = _adapter(state), self.accesses.of(tenant, channel, state)
        try:
            if isinstance(adapter, Listens) and access.secrets:
                adapter.delete_webhook(access)
        finally:
            self.forget(tenant, channel, state)

    def forget(self, tenant: str, channel: str, state: Channel) -> None:
        """All secrets of the channel, its candidates' and those of the objects that it could choose."""
        links = [link for link in (state.link, state.candidate) if link is not None]
        objects = [object_owner(channel, one.external_id) for link in links for one in link.objects]
        for owner in (channel_owner(channel), candidate_owner(channel), login_owner(channel), *objects):
            self.vault.wipe_secrets(tenant, owner)


def _adapter(state: Channel) -> object:
    """None for a kind that this release cannot speak to: its channels can still be let go of."""
    try:
        return adapter_of(state.kind)
    except NotFound:
        return None
