"""What a plan can want for a dialog, and how it is carried out. Offers are made by `domain.desk.offers`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import alert
from domain.desk.offers import Offer, make_offers
from domain.desk.routing import route
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import RoutingDecided, Target
from domain.dialog.state import LeftCause
from domain.recorded import DialogId, GroupId


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Everybody was tried. `resume_at` = when the next round may begin; None = there is none."""

    dialog: DialogId
    resume_at: datetime | None


@dataclass(frozen=True, slots=True)
class MoveOn:
    """To the overflow group, or to stay (`to` None) with an alert."""

    dialog: DialogId
    to: GroupId | None
    cause: LeftCause


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody may be offered it, and nobody was tried: said once."""

    dialog: DialogId
    decision: RoutingDecided


Step = Offer | Exhausted | MoveOn | Nobody


def carry_out(world: World, step: Step) -> None:
    match step:
        case Offer():
            make_offers(world, step)
        case Exhausted():
            world.do(f"dialog-{step.dialog}", ask.ExhaustRound(resume_at=step.resume_at))
        case Nobody():
            world.do(f"dialog-{step.dialog}", ask.RecordRouting(decision=step.decision))
        case MoveOn():
            _move_on(world, step)


def _move_on(world: World, step: MoveOn) -> None:
    if not world.do(f"dialog-{step.dialog}", ask.Overflow(to=step.to, cause=step.cause)):
        return
    if step.to is None:
        world.do(f"alert-{world.tenant}", alert.Raise(alert="left_in_queue", subject=step.dialog))
    else:
        route(world, step.dialog, Target(kind="group", id=step.to), "overflow", "overflowed")
