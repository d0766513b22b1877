"""A customer's message arrives: it joins the open dialog, opens a new one, or waits in the quarantine (§4, E01-E08).

Nothing inbound is refused. The answer tells what became of it: `routed` or `quarantined`. What never becomes a message
is counted all the same: received = routed + duplicate + quarantined + ignored + rejected (E11).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from domain import alert, quarantine
from domain.channel import Channel
from domain.desk.arrival import arrive, message_id
from domain.desk.directory import Identities, customer_of, nobody
from domain.desk.letters import customer_answering, signed
from domain.desk.quarantining import change_of, dialog_of, message_waits, put, put_change
from domain.desk.registering import namespace_of, receiving_channel
from domain.desk.world import Known, World
from domain.dialog.events import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveMessage:
    """One inbound message, already read from its provider's form.

    `external_key` and `sender_key` are keyed hashes made at the door (E13); `provider_id`, `sender_id`, `profile`
    and the content are personal and leave the process only encrypted. `to` = our number or page that it was sent to,
    where one address of ours serves several (C17). `blob`: the body was too large; its whole is kept there, and is the
    first attachment. `letter`: see `MessageReceived`. `answers`: the dialog of a message of ours that is provably
    answered.
    """

    channel: str
    provider: str
    external_key: str
    provider_id: str
    sender_key: str
    sender_id: str
    body: str = ""
    attachments: tuple[Attachment, ...] = ()
    profile: tuple[tuple[str, str], ...] = ()
    provider_time: datetime | None = None
    malformed: bool = False
    to: str | None = None
    also: Identities = ()
    blob: str | None = None
    letter: tuple[tuple[str, str], ...] = ()
    answers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReceived:
    """The customer edited (`body`), deleted (`body` None) or reacted to a message that we have (E10).

    `message` = its id, where the door knows it: one that we sent ourselves; otherwise `external_key` names it.
    """

    channel: str
    external_key: str
    sender_key: str
    body: str | None = None
    reaction: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountIntake:
    """Things that ended at the door: repeats, what is no message, what was refused."""

    channel: str
    outcome: Literal["duplicate", "ignored", "rejected"]
    n: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOversized:
    """A body above the door's limit came through this channel; it was refused unread."""

    channel: str


def receive(world: World, command: ReceiveMessage) -> dict[str, Any]:
    command = _addressed(world, command)
    reason = _quarantine_reason(world.channel(command.channel), command)
    who = nobody(world) if reason in quarantine.STUCK else _customer(world, command)
    if reason is not None:
        return put(world, command.channel, who, command.sender_id, command, reason, command.blob)
    if command.answers is not None:
        command = replace(command, body=signed(world, command, who))
    arrived = arrive(world, command.channel, who, command)
    world.count(command.channel, "routed")
    return {"outcome": "routed", "dialog": arrived.dialog, "message": arrived.message, "opened": arrived.opened}


def _addressed(world: World, command: ReceiveMessage) -> ReceiveMessage:
    """Through whichever channel of an account it came: it is for the one in effect (D13, D15)."""
    channel = receiving_channel(world, command.channel)
    return command if channel == command.channel else replace(command, channel=channel)


def _customer(world: World, command: ReceiveMessage) -> Known:
    """Who answers a letter of ours provably belongs to its dialog, from whatever address he writes."""
    answered = customer_answering(world, command.channel, command.answers)
    if answered is not None:
        return answered
    return customer_of(
        world,
        command.channel,
        command.provider,
        command.sender_key,
        command.sender_id,
        command.profile,
        command.also,
    )


def _quarantine_reason(channel: Channel, command: ReceiveMessage) -> quarantine.QuarantineReason | None:
    if command.malformed:
        return "malformed"
    if not channel.working:
        return "channel_unknown" if channel.phase == "unknown" else _PHASES[channel.phase]
    if command.to is not None and (channel.settings.number or channel.external_id) not in (None, command.to):
        return "number_not_connected"
    too_large = command.blob is not None or len(command.body.encode("utf-8", "replace")) > quarantine.LARGEST_BODY
    return "too_large" if too_large or len(command.attachments) > quarantine.MOST_ATTACHMENTS else None


_PHASES: dict[str, quarantine.QuarantineReason] = {
    "draft": "channel_draft",
    "authorising": "channel_authorising",
    "choosing": "channel_choosing",
    "verified": "channel_verified",
    "superseded": "channel_superseded",
    "disconnected": "channel_disconnected",
}


def change(world: World, command: ChangeReceived) -> dict[str, Any]:
    """Goes to the customer's last dialog of the channel; from an unknown customer it is ignored.

    While the channel does not work, or the message itself still waits, it waits too: nothing inbound is dropped (§3).
    """
    channel = world.channel(command.channel)
    who = world.known(namespace_of(world, command.channel), command.sender_key)
    message = command.message or message_id(command.channel, command.external_key)
    dialog = dialog_of(world, command.channel, who, message) if who else None
    waits = message_waits(world, message)
    if who is None or (dialog is None and not waits):
        world.count(command.channel, "ignored")
        return {"outcome": "ignored"}
    kind, body = _kind_of(command)
    if dialog is None or waits or not channel.working:
        reason = _PHASES.get(channel.phase, "message_waits")
        return put_change(world, command.channel, who, kind, message, body, reason)
    world.do(f"dialog-{dialog}", change_of(kind, message, body))
    world.count(command.channel, "routed")
    return {"outcome": "routed", "dialog": dialog, "message": message}


def _kind_of(command: ChangeReceived) -> tuple[quarantine.Change, str]:
    if command.reaction is not None:
        return "reaction", command.reaction
    return ("delete", "") if command.body is None else ("edit", command.body)


def count(world: World, command: CountIntake) -> dict[str, Any]:
    for _ in range(command.n):
        world.count(command.channel, command.outcome)
    return {"outcome": command.outcome}


def report_oversized(world: World, command: ReportOversized) -> dict[str, Any]:
    raised = world.do(f"alert-{world.tenant}", alert.Raise(alert="oversized", subject=command.channel))
    return {"outcome": "alerted" if raised else "unchanged"}
