"""What the contract includes, and how well a channel works: entitlements, degraded and recovered (C01, B05, B10).

Without its service a kind can be neither begun nor connected nor saved; inbound, replies and disconnecting go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import alert, channel
from domain.channel.events import Degradation
from domain.desk.blocking import follow_channel
from domain.desk.world import World
from domain.errors import NotAllowed
from domain.kinds import KINDS, ChannelKind, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEntitlement:
    """By a manager of ours: the contract includes this service, or does so no longer."""

    service: Service
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradeChannel:
    """The provider, or what we know of it, says that the channel works no longer as it should."""

    channel: str
    cause: Degradation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverChannel:
    """This cause is gone. Others may remain."""

    channel: str
    cause: Degradation


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDelivery:
    """The provider wants a person to act before it takes messages (a captcha, a blocked account); or it takes them."""

    channel: str
    raised: bool = True


def entitled(world: World, kind: ChannelKind) -> bool:
    """A service counts as included until a manager takes it away."""
    service = KINDS[kind].service
    return service is None or world.fact("entitlement", service) is not False


def require_entitled(world: World, kind: ChannelKind) -> None:
    if not entitled(world, kind):
        raise channel.service_not_connected()


def require_service(world: World, channel_id: str) -> None:
    found = world.channel(channel_id)
    if found.phase != "unknown":
        require_entitled(world, found.kind)


def set_entitlement(world: World, command: SetEntitlement) -> dict[str, Any]:
    if world.actor.kind != "manager":
        raise NotAllowed("manager_only", "Only a manager of ours changes what the contract includes.")
    had = world.fact("entitlement", command.service) is not False
    if had == command.granted:
        return {"outcome": "unchanged", "service": command.service}
    world.note("entitlement", command.service, None if command.granted else False)
    for one in world.channels():
        if KINDS[world.channel(one).kind].service == command.service:
            _follow_contract(world, one, command.granted)
    return {"outcome": "granted" if command.granted else "taken_away", "service": command.service}


def _follow_contract(world: World, channel_id: str, granted: bool) -> None:
    if granted:
        recover_channel(world, RecoverChannel(channel=channel_id, cause="entitlement"))
    else:
        degrade_channel(world, DegradeChannel(channel=channel_id, cause="entitlement"))


def degrade_channel(world: World, command: DegradeChannel) -> dict[str, Any]:
    events = world.do(f"channel-{command.channel}", channel.Degrade(cause=command.cause))
    return {"outcome": "degraded" if events else "unchanged", "channel": command.channel}


def recover_channel(world: World, command: RecoverChannel) -> dict[str, Any]:
    events = world.do(f"channel-{command.channel}", channel.Recover(cause=command.cause))
    if events:
        follow_channel(world, command.channel)
    return {"outcome": "recovered" if events else "unchanged", "channel": command.channel}


def alert_delivery(world: World, command: AlertDelivery) -> dict[str, Any]:
    wanted = alert.Raise if command.raised else alert.Clear
    events = world.do(f"alert-{world.tenant}", wanted(alert="delivery", subject=command.channel))
    return {"outcome": events[0].kind.rpartition("_")[2] if events else "unchanged", "channel": command.channel}
