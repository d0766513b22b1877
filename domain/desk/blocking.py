"""A channel that stops or starts working takes its dialogs along (§3, A19, A21, D19).

Stopped: what was offered waits, blocked. Working again: what was blocked is routed, in its old place in the queue.
Idle timers run on in either case (G11); assigned dialogs stay with their agents.
"""

from __future__ import annotations

from domain.desk.offers import end_offers
from domain.desk.returning import home
from domain.desk.routing import can_receive, enqueue, route
from domain.desk.world import World
from domain.dialog.events import OfferEnd

ALL = 100_000


def follow_channel(world: World, channel_id: str) -> None:
    """Runs in the transaction that changed the channel; changes nothing when it is repeated."""
    working = world.channel(channel_id).working
    for dialog in world.open_in_channel(channel_id, ALL):
        if working:
            _unblock(world, dialog)
        elif world.dialog(dialog).offers:
            _block(world, channel_id, dialog)


def _block(world: World, channel_id: str, dialog_id: str) -> None:
    superseded = world.channel(channel_id).phase == "superseded"
    reason: OfferEnd = "channel_superseded" if superseded else "channel_disconnected"
    end_offers(world, dialog_id, reason)
    dialog = world.dialog(dialog_id)
    enqueue(world, dialog_id, dialog.target, dialog.target_from, reason)


def _unblock(world: World, dialog_id: str) -> None:
    dialog = world.dialog(dialog_id)
    if dialog.blocked:
        target, came_from = dialog.target, dialog.target_from
        if not can_receive(world, target):
            target, came_from = home(world, dialog)
        route(world, dialog_id, target, came_from, "channel_working")
    group = world.dialog(dialog_id).in_group
    if group is not None:
        world.wake("distribution", f"group-{group}")
