"""Choosing a group or pages among those of a login: one channel for each, made together (B03, B04, B06, B07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import channel
from domain.channel import Channel
from domain.desk.services import require_service
from domain.desk.widgets import add_to_widget
from domain.desk.world import World
from domain.errors import Conflict, Invalid, Problem
from domain.kinds import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseObjects:
    """`chosen` = external ids. The first becomes this channel's; for each of the others a channel is made."""

    channel: str
    chosen: tuple[str, ...]


def choose_objects(world: World, command: ChooseObjects) -> dict[str, Any]:
    """All of them or none: one that cannot be connected refuses the whole choice."""
    require_service(world, command.channel)
    state = world.channel(command.channel)
    chosen = tuple(dict.fromkeys(command.chosen))
    if not chosen:
        raise Invalid([Problem(field="chosen", code="required", sentence="Choose at least one.")])
    if len(chosen) > 1 and KINDS[state.kind].objects != "several":
        raise Conflict("one_object_only", "Only one can be chosen for this kind of channel.")
    first, *others = chosen
    world.do(f"channel-{command.channel}", channel.Choose(external_id=first))
    made = [(command.channel, first), *((_channel_for(world, state, one), one) for one in others)]
    told = [{"channel": name, "external_id": external_id} for name, external_id in made]
    return {"outcome": world.channel(command.channel).phase, "channel": command.channel, "channels": told}


def _channel_for(world: World, first: Channel, external_id: str) -> str:
    """A new channel of the same widget with the same login; the one made before, if this choice is repeated."""
    known = next((one for one in world.channels() if _is_that(world.channel(one), first, external_id)), None)
    if known is not None:
        return known
    name = world.choices.new_id()
    stream, login = f"channel-{name}", first.candidate or first.link
    world.do(stream, channel.Create(kind=first.kind, name=_name_of(login, external_id), widget=first.widget))
    if first.widget is not None:
        add_to_widget(world, first.widget, name, first.kind)
    if login.login is not None:
        world.do(stream, channel.Inherit(login=login.login, objects=login.objects))
    world.do(stream, channel.Choose(external_id=external_id))
    return name


def _is_that(found: Channel, first: Channel, external_id: str) -> bool:
    same = (found.kind, found.widget) == (first.kind, first.widget) and found.phase != "disconnected"
    return same and external_id in (found.external_id, found.candidate_external_id)


def _name_of(login: channel.Link, external_id: str) -> str:
    offered = login.offers(external_id)
    return offered.name if offered else ""
