"""Into the quarantine and out of it: nothing inbound is dropped because its channel did not work (§3, E06, E08).

Beside each item stands a small fact: whose it is, which item of the same customer waited before it, and, once it is
released, the dialog. So a release needs no search, and nobody's later words overtake his earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from domain import quarantine
from domain.channel import outbound_refusal
from domain.desk.arrival import Message, arrive, message_id
from domain.desk.world import Known, World
from domain.dialog import commands as ask
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
    letter: tuple[tuple[str, str], ...] = ()
    change: quarantine.Change | None = None
    of: str | None = None


def put(
    world: World,
    channel: str,
    who: Known,
    sender: str,
    message: Message,
    reason: quarantine.QuarantineReason,
    blob: str | None = None,
) -> dict[str, Any]:
    item = quarantine.Put(
        item=message_id(channel, message.external_key),
        reason=reason,
        external_key=message.external_key,
        subject_key_id=who.subject_key_id,
        customer=who.customer,
        provider_id=message.provider_id,
        body=message.body,
        attachments=tuple(message.attachments),
        sender=sender,
        provider_time=message.provider_time,
        letter=message.letter,
        blob=blob,
    )
    return _put(world, channel, item)


def put_change(
    world: World,
    channel: str,
    who: Known,
    change: quarantine.Change,
    of: str,
    body: str,
    reason: quarantine.QuarantineReason,
) -> dict[str, Any]:
    """What a customer did to a message waits behind the message, and behind what he did to it before."""
    key = f"{of}|{change}|{world.version(f'quarantine-{channel}')}"
    item = quarantine.Put(
        item=message_id(channel, key),
        reason=reason,
        external_key=key,
        subject_key_id=who.subject_key_id,
        customer=who.customer,
        body=body,
        sender="",
        change=change,
        of=of,
    )
    return _put(world, channel, item)


def message_waits(world: World, message: str) -> bool:
    """Does this message wait, or a change of it, so that what is done to it now must wait behind?"""
    return _waits(world, message) or _waits(world, world.fact("quarantined", f"change|{message}"))


def _waits(world: World, item: str | None) -> bool:
    found = world.fact("quarantined", item) if item is not None else None
    return found is not None and "dialog" not in found


def _put(world: World, channel: str, item: quarantine.Put) -> dict[str, Any]:
    world.do(f"quarantine-{channel}", item)
    world.count(channel, "quarantined")
    return {"outcome": "quarantined", "item": item.item, "reason": item.reason}


def release(world: World, command: ReleaseQuarantined) -> dict[str, Any]:
    """Into the customer's dialog, as if it had come now. It was counted when it came, and is not again (E11)."""
    found = world.fact("quarantined", command.item)
    if found is None or found["channel"] != command.channel:
        raise NotFound("item_unknown", "There is no such item in the quarantine of this channel.")
    if "dialog" in found:
        return {"outcome": "released", "item": command.item, "dialog": found["dialog"]}
    _may_go(world, command, found)
    who = Known(found["customer"], found["key"])
    dialog = _changed(world, command, who) or arrive(world, command.channel, who, _shortened(command)).dialog
    world.record(f"quarantine-{command.channel}", quarantine.QuarantineReleased(item=command.item, dialog=dialog))
    return {"outcome": "released", "item": command.item, "dialog": dialog}


def _changed(world: World, command: ReleaseQuarantined, who: Known) -> str | None:
    """The dialog in which a change was made; None: it is a message."""
    if command.change is None or command.of is None:
        return None
    dialog = dialog_of(world, command.channel, who, command.of)
    if dialog is None:
        raise Conflict("not_releasable", "The message that it is about is in no dialog.")
    world.do(f"dialog-{dialog}", change_of(command.change, command.of, command.body))
    return dialog


def dialog_of(world: World, channel: str, who: Known, message: str) -> str | None:
    """Where the message went when it was released itself; of one that never waited, the customer's last dialog."""
    released = world.fact("quarantined", message)
    if released is not None and "dialog" in released:
        return str(released["dialog"])
    last = world.conversation(channel, who.customer)
    return last.dialog if last is not None else None


def change_of(change: quarantine.Change, message: str, body: str) -> ask.Edit | ask.Delete | ask.React:
    match change:
        case "edit":
            return ask.Edit(message=message, body=body)
        case "delete":
            return ask.Delete(message=message)
        case "reaction":
            return ask.React(message=message, reaction=body)
        case _:
            assert_never(change)


def _may_go(world: World, command: ReleaseQuarantined, found: dict[str, Any]) -> None:
    if command.item != message_id(command.channel, command.external_key):
        raise Conflict("content_missing", "The content of this item is not at hand yet; try again in a moment.")
    if found["reason"] in STUCK:
        raise Conflict("not_releasable", "It cannot be read as a customer's message; it stays where it is.")
    if refusal := outbound_refusal(world.channel(command.channel)):
        phase = world.channel(command.channel).phase
        raise Conflict(refusal.code, f"The channel is {phase}: nothing can be released into it.")
    if _waits(world, found["before"]):
        sentence = "An earlier message of the same customer still waits."
        raise Conflict("earlier_item_waits", sentence, item=found["before"])


def _shortened(command: ReleaseQuarantined) -> ReleaseQuarantined:
    """What was too large for a message goes on as far as a message reaches; the item keeps the whole of it (E08)."""
    body = command.body.encode("utf-8", "replace")[:LARGEST_BODY].decode("utf-8", "ignore")
    return replace(command, body=body, attachments=command.attachments[:MOST_ATTACHMENTS])
