"""Logging in at a provider: a user goes there with a state of ours, comes back with an answer, and may be sent once
more for what he has chosen (B01-B11, D11-D16).

The state counts once, for the user who was sent, within ten minutes (B09). What belongs to it waits in the vault:
nobody else can learn the verifier, and whichever process he comes back to finds it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from adapters.channels import channel as adapter_of
from adapters.channels import kinds
from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.channels.contract import ConnectsByLogin, ConnectsInTwoLogins, Found, Going, LoggedIn
from adapters.channels.http_client import Access
from adapters.channels.keys import (
    CHOSEN,
    PENDING,
    candidate_owner,
    channel_owner,
    login_owner,
    new_secret,
    object_owner,
)
from adapters.vault.secrets import Secret
from domain.channel import Channel, ProviderObject
from domain.channel.checking import connects_by
from domain.channel.logging_in import LOGIN_LASTS
from domain.desk.choosing import ChooseObjects
from domain.desk.connecting import AuthoriseAccount, BeginAuthorising, FailAuthorising
from domain.errors import Conflict, Unavailable
from domain.kinds import KINDS
from domain.recorded import Actor

CALLBACK = "/oauth"


@dataclass(frozen=True, kw_only=True)
class _Pending:
    """`chosen`: he was sent for this object; `address`: for this mailbox. `until` in seconds since 1970."""

    state: str
    user: str
    verifier: str
    until: float
    chosen: str = ""
    address: str = ""


@dataclass(frozen=True)
class Logins:
    connector: Connector

    def begin(self, tenant: str, channel: str, *, actor: Actor, address: str = "") -> dict[str, Any]:
        """`url` = where the user goes now. `address`: the mailbox, for e-mail."""
        ours = self.connector
        state = ours.accesses.state(tenant, channel)
        adapter = _adapter(state)
        pending = self._pending(tenant, channel, actor, address=address)
        url = adapter.login_url(self._access(tenant, channel, state, pending), self._going(state, pending))
        answer: dict[str, Any] = {"outcome": "authorising", "channel": channel}
        if not address:
            hashed = self._hashed(tenant, pending.state)
            answer = ours.do(tenant, BeginAuthorising(channel=channel, state=hashed, user=actor.id), actor)
        self._keep(tenant, channel, pending)
        return answer | {"url": url, "expires_at": datetime.fromtimestamp(pending.until, UTC).isoformat()}

    def finish(self, tenant: str, query: Mapping[str, str], *, actor: Actor) -> dict[str, Any]:
        """He is back, with what the provider put into the address. Raises `Conflict` `state_invalid`, `Unavailable`."""
        channel, pending = self._claimed(tenant, query.get("state", ""), actor)
        try:
            return self._came_back(tenant, channel, pending, query, actor)
        except Unavailable:  # he may come back once more
            self._keep(tenant, channel, pending)
            raise

    def _came_back(
        self, tenant: str, channel: str, pending: _Pending, query: Mapping[str, str], actor: Actor
    ) -> dict[str, Any]:
        ours = self.connector
        state = ours.accesses.state(tenant, channel)
        adapter, access = _adapter(state), self._access(tenant, channel, state, pending)
        going = self._going(state, pending)
        late = datetime.now(UTC).timestamp() >= pending.until
        if pending.chosen and late:
            raise Conflict("state_invalid", "This login has taken too long; choose again.")
        if pending.chosen:
            secrets = cast(ConnectsInTwoLogins, adapter).chosen(access, going, pending.chosen, query)
            ours.vault.put_secrets(tenant, candidate_owner(channel), secrets)
            self._forget(tenant, channel)
            return {"outcome": "verified", "channel": channel}
        if "error" in query or late:
            return self._failed(tenant, channel, pending, "denied", actor)
        came = adapter.logged_in(access, going, query)
        if not isinstance(came, LoggedIn):
            return self._failed(tenant, channel, pending, came, actor)
        if pending.address:
            return Checker(ours).mailbox(tenant, channel, pending.address, came.secrets, actor=actor)
        return self._authorised(tenant, channel, state, pending, came, actor)

    def choose(self, tenant: str, channel: str, chosen: tuple[str, ...], *, actor: Actor) -> dict[str, Any]:
        """Choose among the login's objects. `url` where the provider must be asked once more for what was chosen."""
        ours = self.connector
        answer = ours.do(tenant, ChooseObjects(channel=channel, chosen=chosen), actor)
        shared = ours.vault.secrets_of(tenant, candidate_owner(channel))
        for made in answer["channels"]:
            own = ours.vault.secrets_of(tenant, object_owner(channel, made["external_id"]))
            ours.vault.put_secrets(tenant, candidate_owner(made["channel"]), {**shared, **own})
        return answer | self._once_more(tenant, channel, answer["channels"][0]["external_id"], actor)

    def _once_more(self, tenant: str, channel: str, external_id: str, actor: Actor) -> dict[str, Any]:
        ours = self.connector
        state = ours.accesses.state(tenant, channel)
        adapter = _known(state)
        if not isinstance(adapter, ConnectsInTwoLogins) or ours.public_url is None:
            return {}
        pending = self._pending(tenant, channel, actor, chosen=external_id)
        access = self._access(tenant, channel, state, pending)
        url = adapter.chosen_url(access, self._going(state, pending), external_id)
        self._keep(tenant, channel, pending)
        return {"url": url}

    def _authorised(
        self, tenant: str, channel: str, state: Channel, pending: _Pending, came: LoggedIn, actor: Actor
    ) -> dict[str, Any]:
        ours, alone = self.connector, KINDS[state.kind].objects == "none"
        wanted = AuthoriseAccount(
            channel=channel,
            state=self._hashed(tenant, pending.state),
            user=actor.id,
            external_id=came.external_id,
            name=came.name,
            scopes=came.scopes,
            objects=tuple(self._object(state, one) for one in came.objects),
            account_key=ours.account_key(state, came.external_id) if alone else "",
        )
        answer = ours.do(tenant, wanted, actor)
        if answer["outcome"] in ("auth_failed", "refused"):
            return answer
        in_effect = answer["outcome"] in ("already_connected", "reactivated")
        owner = channel_owner(channel) if in_effect else candidate_owner(channel)
        ours.vault.put_secrets(tenant, owner, came.secrets)
        for one in came.objects:
            ours.vault.put_secrets(tenant, object_owner(channel, one.external_id), one.secrets)
        return answer | (ours.listen(tenant, channel) if in_effect else {})

    def _object(self, state: Channel, one: Found) -> ProviderObject:
        return ProviderObject(
            external_id=one.external_id,
            name=one.name,
            permissions=one.permissions,
            receives_messages=one.receives_messages,
            account_key=self.connector.account_key(state, one.external_id),
        )

    def _failed(self, tenant: str, channel: str, pending: _Pending, reason: Any, actor: Actor) -> dict[str, Any]:
        if pending.address:
            raise Conflict("not_authorised", "The mail service has not let us in; log in again.")
        hashed = self._hashed(tenant, pending.state)
        wanted = FailAuthorising(channel=channel, state=hashed, user=actor.id, reason=reason)
        return self.connector.do(tenant, wanted, actor)

    # -- what waits for his return ----------------------------------------------------------------------------------

    def _pending(self, tenant: str, channel: str, actor: Actor, *, chosen: str = "", address: str = "") -> _Pending:
        return _Pending(
            state=f"{channel}.{new_secret().reveal()}",
            user=actor.id,
            verifier=new_secret().reveal(),
            until=(datetime.now(UTC) + LOGIN_LASTS).timestamp(),
            chosen=chosen,
            address=address,
        )

    def _keep(self, tenant: str, channel: str, pending: _Pending) -> None:
        """In place of a login that was begun before; `CHOSEN` keeps Save from going ahead of it."""
        self._forget(tenant, channel)
        kept = {PENDING: Secret(json.dumps(asdict(pending)))}
        marked = {CHOSEN: Secret(pending.chosen)} if pending.chosen else {}
        self.connector.vault.put_secrets(tenant, login_owner(channel), kept | marked)

    def _claimed(self, tenant: str, state: str, actor: Actor) -> tuple[str, _Pending]:
        """The login that is on its way, taken by us alone. Raises for a state that is not it: then nobody's login is
        touched (B09)."""
        channel = state.rpartition(".")[0]
        kept = self.connector.vault.get_secret(tenant, login_owner(channel), PENDING)
        pending = _Pending(**json.loads(kept.reveal())) if kept else None
        mine = pending is not None and pending.user == actor.id and _same(pending.state, state)
        if kept is None or pending is None or not (mine and self._taken(tenant, channel, kept)):
            raise Conflict("state_invalid", "This login was not begun here, or it has been used; log in again.")
        return channel, pending

    def _taken(self, tenant: str, channel: str, kept: Secret) -> bool:
        return self.connector.vault.claim_secret(tenant, login_owner(channel), PENDING, kept)

    def _forget(self, tenant: str, channel: str) -> None:
        self.connector.vault.wipe_secrets(tenant, login_owner(channel))

    def _going(self, state: Channel, pending: _Pending) -> Going:
        """Raises `Conflict` where the provider would not find the way back."""
        if self.connector.public_url is None:
            raise Conflict("no_public_url", "Set PARLEY_PUBLIC_URL: after the login the provider sends the user there.")
        redirect = f"{self.connector.public_url.rstrip('/')}{CALLBACK}/{state.kind}"
        return Going(state=pending.state, redirect=redirect, verifier=Secret(pending.verifier))

    def _access(self, tenant: str, channel: str, state: Channel, pending: _Pending) -> Access:
        access = self.connector.accesses.candidate(tenant, channel, state)
        return replace(access, values={**access.values, "address": pending.address}) if pending.address else access

    def _hashed(self, tenant: str, state: str) -> str:
        return self.connector.vault.blind(tenant, "oauth_state", state)


def _adapter(state: Channel) -> ConnectsByLogin:
    adapter = _known(state)
    if adapter is None:
        connects_by(state, "oauth")
        raise Conflict("connects_otherwise", "This kind of channel has no login at its provider.")
    return adapter


def _known(state: Channel) -> ConnectsByLogin | None:
    adapter = adapter_of(state.kind) if state.kind in kinds() else None
    return adapter if isinstance(adapter, ConnectsByLogin) else None


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "surrogatepass"))
