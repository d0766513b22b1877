"""Somebody of ours has written to the customer, but not through us: in the provider's own app or cabinet (§3).

The provider shows it to us as an echo. It becomes a message of our side in the open dialog, by an author who says so,
and is never sent again. Where no dialog is open it is nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.desk.arrival import message_id
from domain.desk.registering import namespace_of, receiving_channel
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import OUTSIDE, Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class HearOutside:
    """An echo that is none of a message of ours. `external_key` and `sender_key` as in `ReceiveMessage`; the sender is
    the customer to whom it was written."""

    channel: str
    external_key: str
    sender_key: str
    body: str
    attachments: tuple[Attachment, ...] = ()


def hear_outside(world: World, command: HearOutside) -> dict[str, Any]:
    channel = receiving_channel(world, command.channel)
    state = world.channel(channel)
    who = world.known(namespace_of(world, channel), command.sender_key)
    last = world.conversation(channel, who.customer) if who else None
    if not state.working:
        return _ignored(world, channel, f"channel_{state.phase}")
    if last is None or not last.open:
        return _ignored(world, channel, "no_open_dialog")
    message = message_id(channel, command.external_key)
    wanted = ask.Send(
        message=message,
        client_key=command.external_key,
        author=OUTSIDE,
        body=command.body,
        attachments=command.attachments,
    )
    world.do(f"dialog-{last.dialog}", wanted)
    world.count(channel, "routed")
    return {"outcome": "routed", "dialog": last.dialog, "message": message}


def _ignored(world: World, channel: str, reason: str) -> dict[str, Any]:
    world.count(channel, "ignored")
    return {"outcome": "ignored", "reason": reason}
