"""Connecting a channel by token: check it, save, set the webhook, disconnect (behaviour.md §3, D01-D06).

A checked token is a candidate until Save swaps it in (A29). Whatever the provider says, what is stored is a fingerprint
and a sealed secret; the token itself is in no event, log line or answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from adapters.channels import by_token as adapter_of
from adapters.channels.http_client import Access
from adapters.channels.keys import CANDIDATE, TOKEN, channel_owner, hook_path, open_door
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.heads import Kept, StoredHeads
from adapters.store.requests import Request
from adapters.vault.secrets import Secret
from adapters.vault.vault import Vault
from domain.channel import Channel
from domain.channel.checking import connects_by
from domain.desk.channels import DisconnectChannel, SaveChannel
from domain.desk.connecting import ActivateByManager, VerifyChannel
from domain.errors import Conflict, NotFound, Unavailable
from domain.kinds import KINDS
from domain.recorded import Actor


@dataclass(frozen=True)
class Connector:
    """`public_url` = where providers reach our hooks; None = nowhere: no webhook is set, and the answer says so.

    `provider_urls`: by kind, another address than the provider's own, for channels whose settings name none.
    """

    database: Database
    vault: Vault
    executor: Executor
    client: httpx2.Client
    public_url: str | None = None
    provider_urls: Mapping[str, str] = field(default_factory=dict)

    def verify(self, tenant: str, channel: str, typed: str, *, actor: Actor) -> dict[str, Any]:
        """`verified` with the bot's name, or `bot_not_found`. Raises `Invalid` for no token at all, `Unavailable`
        where the provider did not answer: then nothing has changed (D03)."""
        state = self._state(tenant, channel)
        connects_by(state, "token")
        adapter = adapter_of(state.kind)
        token = adapter.clean_token(typed)
        access = self._access(state, token)
        account = adapter.check_token(access)
        if account is None:
            return self._do(tenant, VerifyChannel(channel=channel, bot_name=None), actor)
        self.vault.put_secret(tenant, channel_owner(channel), CANDIDATE, token)
        verified = VerifyChannel(
            channel=channel,
            bot_name=account.name,
            external_id=account.external_id,
            fingerprint=self.vault.fingerprint(tenant, token),
            account_key=self.vault.account_key(state.kind, account.external_id),
        )
        return self._do(tenant, verified, actor) | self._foreign(tenant, channel, state, access)

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
        """One Save. Where it leaves the channel working, the candidate token is swapped in and the webhook is set.

        Where it has taken the place of the widget's provider, that one's secrets are gone from the vault (C08).
        """
        wanted = self.save_command(
            tenant, channel, changes, expected=expected, restored_from=restored_from, consent=consent
        )
        answer = self._do(tenant, wanted, actor, key, fingerprint)
        after = self._state(tenant, channel)
        if answer["outcome"] == "saved" and "replaces" in answer:
            self._leave(tenant, answer["replaces"], self._state(tenant, answer["replaces"]))
        if after.working and answer["outcome"] in ("saved", "unchanged"):
            self._swap(tenant, channel)
            answer |= self._listen(tenant, channel, after)
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
        state = self._state(tenant, channel)
        return SaveChannel(
            channel=channel,
            changes=changes,
            expected=expected,
            restored_from=restored_from,
            consent=consent,
            account_key=self._account_key(state, state.candidate_external_id or state.external_id),
        )

    def activate(self, tenant: str, channel: str, external_id: str, *, actor: Actor) -> dict[str, Any]:
        """By a manager of ours, who has arranged it with the provider (C03)."""
        state = self._state(tenant, channel)
        key = self._account_key(state, external_id) if external_id else ""
        return self._do(tenant, ActivateByManager(channel=channel, external_id=external_id, account_key=key), actor)

    def disconnect(
        self, tenant: str, channel: str, *, actor: Actor, consent: str | None = None, decline: bool = False
    ) -> dict[str, Any]:
        """Two steps (A16). After the second the provider is told, and the token is gone from the vault (A19)."""
        state = self._state(tenant, channel)
        wanted = DisconnectChannel(
            channel=channel,
            user=actor.id,
            consent=consent,
            decline=decline,
            account_key=self._account_key(state, state.external_id),
        )
        answer = self._do(tenant, wanted, actor)
        if answer["outcome"] == "disconnected":
            self._leave(tenant, channel, state)
        return answer

    def _state(self, tenant: str, channel: str) -> Channel:
        with self.database.pool.connection() as connection:
            state: Channel = StoredHeads(connection, tenant, Kept()).head(f"channel-{channel}").state
        if state.phase == "unknown":
            raise NotFound("channel_unknown", "There is no such channel.")
        return state

    def _do(
        self, tenant: str, command: Any, actor: Actor, key: str | None = None, fingerprint: str | None = None
    ) -> dict[str, Any]:
        asked = Request(tenant=tenant, command=command, actor=actor, key=key, fingerprint=fingerprint)
        return self.executor.execute(asked).answer

    def _access(self, state: Channel, token: Secret) -> Access:
        base_url = state.settings.base_url or self.provider_urls.get(state.kind)
        return Access(self.client, {TOKEN: token}, base_url, state.external_id or "")

    def _account_key(self, state: Channel, external_id: str | None) -> str:
        return self.vault.account_key(state.kind, external_id or "")

    def _foreign(self, tenant: str, channel: str, state: Channel, access: Access) -> dict[str, Any]:
        """Whom connecting would take the updates from; not worth failing for."""
        try:
            host = adapter_of(state.kind).foreign_webhook(access, self._hook_url(tenant, channel, state) or "")
        except Unavailable:
            host = None
        return {"foreign_webhook": host} if host else {}

    def _swap(self, tenant: str, channel: str) -> None:
        candidate = self.vault.get_secret(tenant, channel_owner(channel), CANDIDATE)
        if candidate is not None:
            self.vault.put_secret(tenant, channel_owner(channel), TOKEN, candidate)

    def _listen(self, tenant: str, channel: str, state: Channel) -> dict[str, Any]:
        """Set the webhook; saying the same again changes nothing at the provider, so every Save repairs it."""
        url = self._hook_url(tenant, channel, state)
        token = self.vault.get_secret(tenant, channel_owner(channel), TOKEN)
        if token is None or url is None:
            return {"webhook": "no_public_url" if url is None else "no_token"}
        _, header = open_door(self.vault, tenant, channel)
        try:
            adapter_of(state.kind).set_webhook(self._access(state, token), url, header)
        except (Unavailable, Conflict) as refusal:
            return {"webhook": refusal.code}
        return {"webhook": "set"}

    def _hook_url(self, tenant: str, channel: str, state: Channel) -> str | None:
        if self.public_url is None:
            return None
        path, _ = open_door(self.vault, tenant, channel)
        return self.public_url.rstrip("/") + hook_path(state.kind, channel, path)

    def _leave(self, tenant: str, channel: str, state: Channel) -> None:
        """Whatever becomes of the call, the secrets are gone."""
        token = self.vault.get_secret(tenant, channel_owner(channel), TOKEN)
        try:
            if token is not None and KINDS[state.kind].connects_by == "token":
                adapter_of(state.kind).delete_webhook(self._access(state, token))
        finally:
            self.vault.wipe_secrets(tenant, channel_owner(channel))
