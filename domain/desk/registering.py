"""Which channel is in effect for an external account (§3 Registration, D06, D13-D20).

The account's stream decides; the channels follow in the same transaction. Across tenants a fact beside the log tells
whose an account is: the key is the same hash in every tenant, so that a second one is refused without saying whose.
"""

from __future__ import annotations

from typing import Any

from domain import account, alert, channel
from domain.channel import Channel
from domain.desk.blocking import follow_channel
from domain.desk.world import World
from domain.kinds import KINDS, ChannelKind

UNAVAILABLE = "This account cannot be connected here. The operator has been told."


def account_of(world: World, kind: ChannelKind, key: str) -> str:
    return f"{world.tenant}:{kind}:{key}"


def would_replace(world: World, channel_id: str, key: str) -> str | None:
    """The channel that stops when this one takes over its account: worth a warning before and after (D18)."""
    kind = world.channel(channel_id).kind
    if not KINDS[kind].second_supersedes or not key:
        return None
    found = world.account(account_of(world, kind, key)).in_effect
    return None if found == channel_id else found


def refuse_foreign(world: World, channel_id: str, key: str) -> dict[str, Any] | None:
    """An account of another tenant: refused, written down, and the operator is told (D20). None = it is free or ours.

    It is an answer and not a `Rejected`, because a refusal would take the events along.
    """
    kind = world.channel(channel_id).kind
    owner = world.fact("owner", f"{kind}:{key}")
    if owner is None or owner == world.tenant:
        return None
    refused = account.Refuse(channel=channel_id, reason="account_unavailable")
    world.do(f"account-{account_of(world, kind, key)}", refused)
    world.do(f"alert-{world.tenant}", alert.Raise(alert="account_unavailable", subject=channel_id))
    return {"outcome": "refused", "code": "account_unavailable", "sentence": UNAVAILABLE, "channel": channel_id}


def register(world: World, channel_id: str, before: Channel) -> None:
    """The channel has just been connected: it is in effect for its account now, and for no other."""
    now = world.channel(channel_id)
    kind = KINDS[now.kind]
    if not kind.has_account:
        return
    key = now.link.account_key
    if before.link.account_key and before.link.account_key != key:
        unregister(world, channel_id, before.link.account_key)
    in_use: account.InUse = "token_in_use" if kind.connects_by == "token" else "account_in_use"
    wanted = account.Register(channel=channel_id, supersedes=kind.second_supersedes, in_use=in_use)
    for event in world.do(f"account-{account_of(world, now.kind, key)}", wanted):
        if isinstance(event, account.Registered) and event.replaces is not None:
            world.do(f"channel-{event.replaces}", channel.Supersede(by=channel_id))
            follow_channel(world, event.replaces)
    world.note("owner", f"{now.kind}:{key}", world.tenant)


def unregister(world: World, channel_id: str, key: str) -> None:
    """The account is free again, for every tenant."""
    kind = world.channel(channel_id).kind
    if world.do(f"account-{account_of(world, kind, key)}", account.Unregister(channel=channel_id)):
        world.note("owner", f"{kind}:{key}", None)


def receiving_channel(world: World, channel_id: str) -> str:
    """Where inbound goes: to the channel in effect for the account, else to the one last in effect (D13, D15)."""
    state = world.channel(channel_id)
    if state.working or not KINDS[state.kind].second_supersedes or not state.link.account_key:
        return channel_id
    found = world.account(account_of(world, state.kind, state.link.account_key))
    return found.in_effect or found.last or channel_id


def namespace_of(world: World, channel_id: str) -> str:
    """Whose ids a customer's external id belongs to. Channels that take over an account know its customers (D19)."""
    state = world.channel(channel_id)
    of_the_account = KINDS[state.kind].second_supersedes and state.link.account_key
    return f"{state.kind}:{state.link.account_key if of_the_account else channel_id}"


def former_dialog(world: World, channel_id: str, customer: str) -> str | None:
    """The customer's last dialog in the channels from which this one took the account over, itself included."""
    known = [world.conversation(one, customer) for one in _taken_over(world, channel_id)]
    dialogs = [one.dialog for one in known if one is not None]
    return max(dialogs, key=lambda dialog: (str(world.dialog(dialog).opened_at), dialog), default=None)


def _taken_over(world: World, channel_id: str) -> list[str]:
    chain: list[str] = []
    current: str | None = channel_id
    while current is not None and current not in chain:
        chain.append(current)
        current = world.channel(current).replaced
    return chain
