"""Offers: made with a decision, kept free for, taken back, and given back what they had kept (§5, F11, F26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain import agent as agents
from domain.desk.load import group_of, uncounted
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import DialogEvent, Offered, OfferEnd, RoutingDecided, Unheld
from domain.recorded import AgentId, DialogId


@dataclass(frozen=True, slots=True)
class Offer:
    """One attempt for one dialog, as a plan decided it. `reserve` keeps a slot free for each offer."""

    dialog: DialogId
    decision: RoutingDecided
    deadline: datetime
    reserve: bool


def make_offers(world: World, offer: Offer) -> None:
    dialog, group = world.dialog(offer.dialog), offer.decision.group
    offers = tuple(
        Offered(offer=offer_id(offer.dialog, offer.decision, agent), agent=agent) for agent in offer.decision.chosen
    )
    if offer.reserve:
        for one in offers:
            seen = uncounted(world, one.agent, group)
            wanted = agents.Reserve(dialog=offer.dialog, offer=one.offer, weight=dialog.weight, uncounted=seen)
            world.do(f"agent-{one.agent}", wanted)
    world.do(
        f"dialog-{offer.dialog}", ask.RecordRouting(decision=offer.decision, offers=offers, deadline=offer.deadline)
    )
    if offer.reserve:
        for one in offers:
            end_offers_of_full(world, one.agent)


def offer_id(dialog: DialogId, decision: RoutingDecided, agent: AgentId) -> str:
    """Readable and unique: the group's decision number never comes twice."""
    return f"{dialog}.{decision.group}.{decision.seq}.{agent}"


def end_offers_of_full(world: World, agent: AgentId) -> None:
    """An agent who has become full is no longer offered what reserved nothing for him; he is not tried (F26).

    How full he is depends on whose dialog it is: a group may leave held dialogs out.
    """
    if not world.agent(agent).full:
        return
    for dialog in world.offered_to(agent):
        reserved = world.agent(agent).holds(dialog) is not None
        seen = uncounted(world, agent, group_of(world.dialog(dialog)))
        if not reserved and not world.agent(agent).has_room(1, seen):
            world.do(f"dialog-{dialog}", ask.Rescind(reason="agent_full", agent=agent))


def hold_ended(world: World, dialog: DialogId, events: Sequence[DialogEvent]) -> None:
    """What was held counts again in groups that leave held dialogs out: it may have made its agent full."""
    agent = world.dialog(dialog).assignee
    if agent is not None and any(isinstance(event, Unheld) for event in events):
        end_offers_of_full(world, agent)


def end_offers(world: World, dialog: DialogId, reason: OfferEnd, agent: AgentId | None = None) -> None:
    """Take back the pending offers of one agent, or all, and give back what they had reserved."""
    for event in world.do(f"dialog-{dialog}", ask.Rescind(reason=reason, agent=agent)):
        free_slots(world, dialog, event.offers, "rescinded")


def free_slots(world: World, dialog: DialogId, offers: Sequence[Offered], reason: agents.SlotEnd) -> None:
    """Give back what ended offers had reserved; an offer that reserved nothing gives nothing back."""
    for one in offers:
        held = world.agent(one.agent).holds(dialog)
        if held is not None and not held.occupied:
            world.do(f"agent-{one.agent}", agents.Release(dialog=dialog, offer=one.offer, reason=reason))
