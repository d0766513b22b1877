"""A customer's message reaches its dialog: the open one, the last one if it may be reopened, or a new one (§4).

The same for what comes in now and what the quarantine releases: it arrives as if it had come now (E05, E06).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol
from uuid import NAMESPACE_OID, uuid5

from domain.channel import Channel
from domain.desk.bot_turns import heard, start_out_of_hours
from domain.desk.hours import closed_since
from domain.desk.offers import hold_ended
from domain.desk.registering import former_dialog
from domain.desk.routing import route
from domain.desk.world import Conversation, Known, World
from domain.dialog import commands as ask
from domain.dialog.events import Attachment
from domain.dialog.state import Dialog

MAY_BE_REOPENED = frozenset({"idle", "agent", "bot"})


class Message(Protocol):
    """What a customer has said."""

    @property
    def external_key(self) -> str: ...
    @property
    def provider_id(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def attachments(self) -> Sequence[Attachment]: ...
    @property
    def provider_time(self) -> datetime | None: ...
    @property
    def letter(self) -> tuple[tuple[str, str], ...]: ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """`opened`: the dialog is new, or open again."""

    dialog: str
    message: str
    opened: bool


def arrive(world: World, channel_id: str, who: Known, message: Message) -> Arrived:
    """The channel works; nothing that comes through it is refused."""
    channel = world.channel(channel_id)
    dialog = _dialog_for(world, channel_id, channel, who)
    ident = message_id(channel_id, message.external_key)
    received = world.do(
        f"dialog-{dialog.id}",
        ask.Receive(
            message=ident,
            external_key=message.external_key,
            provider_id=message.provider_id,
            body=message.body,
            attachments=tuple(message.attachments),
            provider_time=message.provider_time,
            letter=message.letter,
        ),
    )
    hold_ended(world, dialog.id, received)
    begun = start_out_of_hours(world, dialog.id, is_new=dialog.is_new)
    if dialog.is_new and not begun:
        route(world, dialog.id, channel.settings.receiver, "channel", dialog.reason)
    _reply_out_of_hours(world, channel, dialog.id)
    heard(world, dialog.id, message.body)
    return Arrived(dialog.id, ident, dialog.is_new)


def message_id(channel: str, external_key: str) -> str:
    """Known from the message alone, so that edits and receipts find it without a look-up."""
    return blake2b(f"{channel}|{external_key}".encode(), digest_size=16).hexdigest()


def dialog_id(channel: str, customer: str, session: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{channel}|{customer}|{session}"))


def open_dialog(world: World, channel_id: str, who: Known, last: Conversation | None, *, by_agent: bool = False) -> str:
    """A new dialog of the customer, linked to his last one, also where another channel had the account then (D19)."""
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
            previous=former_dialog(world, channel_id, who.customer),
            initiator="agent" if by_agent else "customer",
            priority=world.channel(channel_id).settings.priority,
        ),
    )
    return dialog


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    is_new: bool
    reason: str


def _dialog_for(world: World, channel_id: str, channel: Channel, who: Known) -> _Found:
    last = world.conversation(channel_id, who.customer)
    if last is not None and last.open:
        return _Found(last.dialog, is_new=False, reason="")
    if last is not None and _may_reopen(world, channel, last):
        closed = world.version(f"dialog-{last.dialog}") - world.dialog(last.dialog).after_close
        world.do(f"dialog-{last.dialog}", ask.Reopen(closed_version=closed))
        return _Found(last.dialog, is_new=True, reason="reopened")
    return _Found(open_dialog(world, channel_id, who, last), is_new=True, reason="opened")


def _may_reopen(world: World, channel: Channel, last: Conversation) -> bool:
    """Only soon after an ordinary end, while the channel is connected; never after spam or erasure (G18)."""
    dialog: Dialog = world.dialog(last.dialog)
    if channel.phase != "connected" or dialog.closed_at is None or dialog.closed_cause not in MAY_BE_REOPENED:
        return False
    return world.now < dialog.closed_at + timedelta(hours=channel.settings.reopen_window)


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
