"""Letters: whoever provably answers one of ours belongs to its dialog, and what a machine writes opens none.

The proof stands in the id of our letter, which only those know who got it. So a colleague may answer from an address of
his own; his address then stands above his words, and the customer stays who he is (docs/decisions/0016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.desk.arrival import message_id
from domain.desk.registering import namespace_of, receiving_channel
from domain.desk.world import Known, World
from domain.dialog import commands as ask
from domain.dialog.state import Dialog

if TYPE_CHECKING:
    from domain.desk.intake import ReceiveMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveAutomatic:
    """What a machine has written for a customer: that he is away, that it has his letter. Fields as in
    `ReceiveMessage`."""

    channel: str
    external_key: str
    sender_key: str
    body: str
    answers: str | None = None


def customer_answering(world: World, channel: str, dialog: str | None) -> Known | None:
    """The customer of a dialog of this channel; None: there is no such dialog, or nothing may be added to it."""
    if dialog is None:
        return None
    state: Dialog = world.dialog(dialog)
    if state.phase == "unknown" or state.channel != channel or state.closed_cause == "erasure":
        return None
    return Known(state.customer, state.subject_key_id)


def signed(world: World, command: ReceiveMessage, who: Known) -> str:
    """The body; under the address of its writer, where he is not the customer himself."""
    known = world.known(namespace_of(world, command.channel), command.sender_key)
    if known is not None and known.customer == who.customer:
        return command.body
    return f"<{command.sender_id}>\n\n{command.body}"


def receive_automatic(world: World, command: ReceiveAutomatic) -> dict[str, Any]:
    """A note in the dialog that it is about: it ends no hold, moves no timer and gets no answer. Else it is ignored."""
    channel = receiving_channel(world, command.channel)
    dialog = _dialog(world, channel, command)
    if dialog is None or not world.channel(channel).working:
        world.count(channel, "ignored")
        return {"outcome": "ignored", "reason": "automatic"}
    note = message_id(channel, command.external_key)
    world.do(f"dialog-{dialog}", ask.AddNote(note=note, body=command.body))
    world.count(channel, "routed")
    return {"outcome": "routed", "dialog": dialog, "message": note}


def _dialog(world: World, channel: str, command: ReceiveAutomatic) -> str | None:
    """The one whose letter it answers, open or closed; else the open one of its sender."""
    if customer_answering(world, channel, command.answers) is not None:
        return command.answers
    who = world.known(namespace_of(world, channel), command.sender_key)
    last = world.conversation(channel, who.customer) if who else None
    return last.dialog if last is not None and last.open else None
