"""Alerts about a dialog that nobody gets: raised where it is stuck, cleared as soon as it is not (§4, §6, F30)."""

from __future__ import annotations

from domain import alert
from domain.alert import AlertKind
from domain.desk.world import World
from domain.recorded import DialogId

STUCK: tuple[AlertKind, ...] = ("unrouted", "left_in_queue")


def raise_alert(world: World, kind: AlertKind, subject: str) -> None:
    world.do(f"alert-{world.tenant}", alert.Raise(alert=kind, subject=subject))


def no_longer_stuck(world: World, dialog: DialogId, *kinds: AlertKind) -> None:
    """Of these kinds, or of all that say that a dialog is stuck."""
    for kind in kinds or STUCK:
        world.do(f"alert-{world.tenant}", alert.Clear(alert=kind, subject=dialog))
