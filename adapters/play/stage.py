"""The stage of a run: agents, groups and channels, made through the engine's own commands before the first line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.play.options import Options
from adapters.play.survey import Place, Survey
from adapters.store.executor import Executor
from adapters.store.requests import Request
from adapters.vault.vault import Vault
from domain.desk.administration import SetAgent, SetGroup
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from domain.errors import Rejected
from domain.kinds import ChannelKind
from domain.recorded import Actor

PLAYER = Actor(kind="system", id="play")
KIND: ChannelKind = "telegram"


def channel_id(set_name: str, channel: str) -> str:
    return f"{set_name}-{channel}" if channel else set_name


def group_id(place: Place) -> str:
    """A recorded queue's group, or the set's default group."""
    return f"{place.set}-{place.queue}" if place.queue else f"{place.set}-default"


def build(executor: Executor, vault: Vault, tenant: str, found: Survey, options: Options) -> None:
    """Repeated, it changes nothing: every command has a key. Raises what a command is refused with."""
    commands = [*_agents(found, options), *_groups(found, options), *_channels(vault, tenant, found, options)]
    requests = [
        Request(tenant=tenant, command=command, actor=PLAYER, key=f"stage:{name}") for name, command in commands
    ]
    for result in executor.execute_all(requests):
        if isinstance(result, Rejected):
            raise result


Named = tuple[str, Any]


def _agents(found: Survey, options: Options) -> Sequence[Named]:
    desk = {agent for place, members in found.members.items() if place.set in found.tickets for agent in members}
    return [
        (f"agent:{agent}", SetAgent(agent=agent, name=agent, capacity=options.capacity_of(agent in desk)))
        for agent in found.agents
    ]


def _groups(found: Survey, options: Options) -> Sequence[Named]:
    return [
        (f"group:{group_id(place)}", SetGroup(group=group_id(place), name=place.queue or "default", changes=changes))
        for place, members in found.members.items()
        if (
            changes := {
                "members": list(members),
                "algorithm": options.algorithm,
                "answer_wait": options.answer_wait,
                "seed": "play",
            }
        )
    ]


def _channels(vault: Vault, tenant: str, found: Survey, options: Options) -> Sequence[Named]:
    commands: list[Named] = []
    for set_name, channel in sorted(found.channels):
        ident = channel_id(set_name, channel)
        period = options.period_of(set_name in found.tickets)
        changes = {
            "receiver": {"kind": "group", "id": group_id(Place(set_name, None))},
            "auto_close": {"value": period.value, "unit": period.unit},
        }
        key = vault.blind(tenant, "account", KIND, ident)
        verified = VerifyChannel(
            channel=ident, bot_name=f"recorded {ident}", external_id=f"recorded-{ident}", fingerprint=key[:16]
        )
        commands += [
            (f"channel:{ident}", CreateChannel(channel=ident, kind=KIND, name=ident)),
            (f"token:{ident}", verified),
            (f"settings:{ident}", SaveChannel(channel=ident, changes=changes, account_key=key)),
        ]
    return commands
