"""A customer's message arrives: it joins the open dialog, opens a new one, or waits in the quarantine (§4, E01-E08).

Nothing inbound is refused. The answer tells what became of it: `routed` or `quarantined`. What never becomes a message
is counted all the same: received = routed + duplicate + quarantined + ignored + rejected (E11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from domain import alert, privacy, quarantine
from domain import customer as customers
from domain.channel import Channel
from domain.desk.bot_turns import heard, start_out_of_hours
from domain.desk.hours import closed_since
from domain.desk.offers import hold_ended
from domain.desk.routing import route
from domain.desk.world import Conversation, Known, World
from domain.dialog import commands as ask
from domain.dialog.events import Attachment
from domain.dialog.state import Dialog

LARGEST_BODY = 64 * 1024
MOST_ATTACHMENTS = 20
MAY_BE_REOPENED = frozenset({"idle", "agent", "bot"})
WITHOUT_CUSTOMER = frozenset({"malformed", "channel_unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveMessage:
    """One inbound message, already read from its provider's form.

    `external_key` and `sender_key` are keyed hashes made at the door (E13); `provider_id`, `sender_id`, `profile`
    and the content are personal and leave the process only encrypted.
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
    channel = world.channel(command.channel)
    reason = _quarantine_reason(channel, command)
    who = _nobody(world) if reason in WITHOUT_CUSTOMER else _customer(world, command)
    if reason is not None:
        return _quarantine(world, command, who, reason)
    dialog = _dialog_for(world, command.channel, channel, who)
    message = message_id(command.channel, command.external_key)
    received = world.do(
        f"dialog-{dialog.id}",
        ask.Receive(
            message=message,
            external_key=command.external_key,
            provider_id=command.provider_id,
            body=command.body,
            attachments=command.attachments,
            provider_time=command.provider_time,
        ),
    )
    hold_ended(world, dialog.id, received)
    begun = start_out_of_hours(world, dialog.id, is_new=dialog.is_new)
    if dialog.is_new and not begun:
        route(world, dialog.id, channel.settings.receiver, "channel", dialog.reason)
    _reply_out_of_hours(world, channel, dialog.id)
    heard(world, dialog.id, command.body)
    world.count(command.channel, "routed")
    return {"outcome": "routed", "dialog": dialog.id, "message": message, "opened": dialog.is_new}


def _reply_out_of_hours(world: World, channel: Channel, dialog: str) -> None:
    """To what a customer writes while we are closed, once a closed period (§8, H06)."""
    settings = channel.settings
    if settings.out_of_hours_policy != "queue_and_reply" or not settings.out_of_hours_text:
        return
    since = closed_since(world, channel)
    if since is None:
        return
    wanted = ask.AutoReply(
        message=str(uuid5(NAMESPACE_OID, f"{dialog}|auto_reply|{since.isoformat()}")),
        period_start=since,
        schedule_version=world.version(f"schedule-{settings.schedule}"),
        text=settings.out_of_hours_text,
    )
    world.do(f"dialog-{dialog}", wanted)


def message_id(channel: str, external_key: str) -> str:
    """Known from the message alone, so that edits and receipts find it without a look-up."""
    return blake2b(f"{channel}|{external_key}".encode(), digest_size=16).hexdigest()


def dialog_id(channel: str, customer: str, session: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{channel}|{customer}|{session}"))


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    is_new: bool
    reason: str


def _nobody(world: World) -> Known:
    """Who wrote what cannot be read, or to a channel that does not exist? The item gets a key of its own."""
    return Known("", _new_key(world))


def _new_key(world: World) -> str:
    key = world.new_key()
    made = privacy.SubjectKeyCreated(subject_key_id=key.id, commitment=key.commitment)
    world.record(f"privacy-{world.tenant}", made)
    return key.id


def _customer(world: World, command: ReceiveMessage) -> Known:
    """The customer behind the sender; the first message makes him, with a key of his own."""
    namespace = f"{command.provider}:{command.channel}"
    known = world.known(namespace, command.sender_key)
    if known is not None:
        return known
    key_id = _new_key(world)
    customer = world.choices.new_id()
    world.begin(f"customer-{customer}")
    world.do(
        f"customer-{customer}",
        customers.Create(
            provider=command.provider,
            namespace=namespace,
            external_key=command.sender_key,
            external_id=command.sender_id,
            subject_key_id=key_id,
            profile=dict(command.profile),
        ),
    )
    return Known(customer, key_id)


def _quarantine_reason(channel: Channel, command: ReceiveMessage) -> quarantine.QuarantineReason | None:
    if command.malformed:
        return "malformed"
    if not channel.working:
        return "channel_unknown" if channel.phase == "unknown" else _PHASES[channel.phase]
    if len(command.body.encode("utf-8", "replace")) > LARGEST_BODY or len(command.attachments) > MOST_ATTACHMENTS:
        return "too_large"
    return None


_PHASES: dict[str, quarantine.QuarantineReason] = {
    "draft": "channel_draft",
    "authorising": "channel_authorising",
    "choosing": "channel_choosing",
    "verified": "channel_verified",
    "superseded": "channel_superseded",
    "disconnected": "channel_disconnected",
}


def _quarantine(
    world: World, command: ReceiveMessage, who: Known, reason: quarantine.QuarantineReason
) -> dict[str, Any]:
    item = message_id(command.channel, command.external_key)
    world.do(
        f"quarantine-{command.channel}",
        quarantine.Put(
            item=item,
            reason=reason,
            external_key=command.external_key,
            subject_key_id=who.subject_key_id,
            body=command.body,
            sender=command.sender_id,
            provider_time=command.provider_time,
        ),
    )
    world.count(command.channel, "quarantined")
    return {"outcome": "quarantined", "item": item, "reason": reason}


def _dialog_for(world: World, channel_id: str, channel: Channel, who: Known) -> _Found:
    last = world.conversation(channel_id, who.customer)
    if last is not None and last.open:
        return _Found(last.dialog, is_new=False, reason="")
    if last is not None and _may_reopen(world, channel, last):
        world.do(f"dialog-{last.dialog}", ask.Reopen(closed_version=world.version(f"dialog-{last.dialog}")))
        return _Found(last.dialog, is_new=True, reason="reopened")
    session = 1 if last is None else last.session + 1
    dialog = dialog_id(channel_id, who.customer, session)
    world.begin(f"dialog-{dialog}")
    world.do(
        f"dialog-{dialog}",
        ask.Open(
            channel=channel_id,
            customer=who.customer,
            subject_key_id=who.subject_key_id,
            session=session,
            previous=last.dialog if last else None,
            priority=channel.settings.priority,
        ),
    )
    return _Found(dialog, is_new=True, reason="opened")


def _may_reopen(world: World, channel: Channel, last: Conversation) -> bool:
    """Only soon after an ordinary end; never after spam or erasure (G18)."""
    dialog: Dialog = world.dialog(last.dialog)
    if dialog.closed_at is None or dialog.closed_cause not in MAY_BE_REOPENED:
        return False
    return world.now < dialog.closed_at + timedelta(hours=channel.settings.reopen_window)


def change(world: World, command: ChangeReceived) -> dict[str, Any]:
    """Goes to the customer's last dialog of the channel; from an unknown customer it is ignored."""
    channel = world.channel(command.channel)
    who = world.known(f"{channel.kind}:{command.channel}", command.sender_key)
    last = world.conversation(command.channel, who.customer) if who else None
    if last is None:
        world.count(command.channel, "ignored")
        return {"outcome": "ignored"}
    message = command.message or message_id(command.channel, command.external_key)
    world.do(f"dialog-{last.dialog}", _changed(command, message))
    world.count(command.channel, "routed")
    return {"outcome": "routed", "dialog": last.dialog, "message": message}


def _changed(command: ChangeReceived, message: str) -> ask.Edit | ask.Delete | ask.React:
    if command.reaction is not None:
        return ask.React(message=message, reaction=command.reaction)
    if command.body is None:
        return ask.Delete(message=message)
    return ask.Edit(message=message, body=command.body)


def count(world: World, command: CountIntake) -> dict[str, Any]:
    for _ in range(command.n):
        world.count(command.channel, command.outcome)
    return {"outcome": command.outcome}


def report_oversized(world: World, command: ReportOversized) -> dict[str, Any]:
    raised = world.do(f"alert-{world.tenant}", alert.Raise(alert="oversized", subject=command.channel))
    return {"outcome": "alerted" if raised else "unchanged"}
