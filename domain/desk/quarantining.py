"""Into the quarantine and out of it: nothing inbound is dropped because its channel did not work (§3, E06, E08).

Beside each item stands a small fact: whose it is, which item of the same customer waited before it, and, once it is
released, the dialog. So a release needs no search, and nobody's later words overtake his earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import quarantine
from domain.channel import outbound_refusal
from domain.desk.arrival import Message, arrive, message_id
from domain.desk.world import Known, World
from domain.dialog.events import Attachment
from domain.errors import Conflict, NotFound
from domain.quarantine import LARGEST_BODY, MOST_ATTACHMENTS, STUCK


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseQuarantined:
    """Let one item go on its way. The content comes from the item's event, opened at the door."""

    channel: str
    item: str
    external_key: str
    provider_id: str = ""
    body: str = ""
    attachments: tuple[Attachment, ...] = ()
    provider_time: datetime | None = None


def put(
    world: World, channel: str, who: Known, sender: str, message: Message, reason: quarantine.QuarantineReason
) -> dict[str, Any]:
    item = message_id(channel, message.external_key)
    world.do(
        f"quarantine-{channel}",
        quarantine.Put(
            item=item,
            reason=reason,
            external_key=message.external_key,
            subject_key_id=who.subject_key_id,
            customer=who.customer,
            provider_id=message.provider_id,
            body=message.body,
            attachments=tuple(message.attachments),
            sender=sender,
            provider_time=message.provider_time,
        ),
    )
    world.count(channel, "quarantined")
    return {"outcome": "quarantined", "item": item, "reason": reason}


def release(world: World, command: ReleaseQuarantined) -> dict[str, Any]:
    """Into the customer's dialog, as if it had come now. It was counted when it came, and is not again (E11)."""
    found = world.fact("quarantined", command.item)
    if found is None or found["channel"] != command.channel:
        raise NotFound("item_unknown", "There is no such item in the quarantine of this channel.")
    if "dialog" in found:
        return {"outcome": "released", "item": command.item, "dialog": found["dialog"]}
    _may_go(world, command, found)
    arrived = arrive(world, command.channel, Known(found["customer"], found["key"]), _shortened(command))
    world.record(
        f"quarantine-{command.channel}", quarantine.QuarantineReleased(item=command.item, dialog=arrived.dialog)
    )
    return {"outcome": "released", "item": command.item, "dialog": arrived.dialog}


def _may_go(world: World, command: ReleaseQuarantined, found: dict[str, Any]) -> None:
    if command.item != message_id(command.channel, command.external_key):
        raise Conflict("content_missing", "The content of this item is not at hand yet; try again in a moment.")
    if found["reason"] in STUCK:
        raise Conflict("not_releasable", "It cannot be read as a customer's message; it stays where it is.")
    if refusal := outbound_refusal(world.channel(command.channel)):
        raise Conflict(refusal.code, f"{refusal.sentence} Nothing can be released into it.")
    before = found["before"]
    if before is not None and "dialog" not in (world.fact("quarantined", before) or {"dialog": ""}):
        raise Conflict("earlier_item_waits", "An earlier message of the same customer still waits.", item=before)


def _shortened(command: ReleaseQuarantined) -> Message:
    """What was too large for a message goes on as far as a message reaches; the item keeps the whole of it (E08)."""
    body = command.body.encode("utf-8", "replace")[:LARGEST_BODY].decode("utf-8", "ignore")
    return ReleaseQuarantined(
        channel=command.channel,
        item=command.item,
        external_key=command.external_key,
        provider_id=command.provider_id,
        body=body,
        attachments=command.attachments[:MOST_ATTACHMENTS],
        provider_time=command.provider_time,
    )
