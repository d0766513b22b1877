"""The quarantine of a channel: inbound that could not be routed, in order; never dropped (E06, E08).

An item keeps everything that its message would have had, so that a release loses nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, assert_never

from pydantic import Field

from domain.change import replace
from domain.dialog.events import Attachment
from domain.recorded import PERSONAL, CustomerId, DialogId, Event, KeyId, MessageId, PersonalText, Sealed, Stamp

LARGEST_BODY = 64 * 1024
MOST_ATTACHMENTS = 20

QuarantineReason = Literal[
    "channel_unknown",
    "channel_draft",
    "channel_authorising",
    "channel_choosing",
    "channel_verified",
    "channel_superseded",
    "channel_disconnected",
    "number_not_connected",
    "message_waits",
    "malformed",
    "too_large",
]
STUCK: frozenset[QuarantineReason] = frozenset({"malformed", "channel_unknown"})
"""Nobody knows whose they are: they can be read, and never be released."""
Change = Literal["edit", "delete", "reaction"]


class InboundQuarantined(Event):
    """`change`: no message, but what the customer did to one, `of`; then `body` is the new text or the reaction."""

    kind: Literal["quarantine.inbound_quarantined"] = "quarantine.inbound_quarantined"
    item: str
    reason: QuarantineReason
    external_key: str
    subject_key_id: KeyId
    body: PersonalText
    sender: PersonalText
    blob: str | None = None
    provider_time: datetime | None = None
    customer: CustomerId = ""
    provider_id: PersonalText = ""
    attachments: Annotated[tuple[Attachment, ...] | Sealed, PERSONAL] = ()
    change: Change | None = None
    of: MessageId | None = None
    letter: Annotated[Sealed | dict[str, str] | None, PERSONAL, Field(union_mode="left_to_right")] = None


class QuarantineReleased(Event):
    kind: Literal["quarantine.quarantine_released"] = "quarantine.quarantine_released"
    item: str
    dialog: DialogId


QuarantineEvent = InboundQuarantined | QuarantineReleased


@dataclass(frozen=True)
class Quarantine:
    """Only a count: the items are facts beside the log, so the head stays small however many wait."""

    waiting: int = 0


def evolve(quarantine: Quarantine, event: QuarantineEvent, stamp: Stamp) -> Quarantine:
    match event:
        case InboundQuarantined():
            return replace(quarantine, waiting=quarantine.waiting + 1)
        case QuarantineReleased():
            return replace(quarantine, waiting=quarantine.waiting - 1)
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    item: str
    reason: QuarantineReason
    external_key: str
    subject_key_id: KeyId
    body: str
    sender: str
    provider_time: datetime | None = None
    blob: str | None = None
    customer: CustomerId = ""
    provider_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    change: Change | None = None
    of: MessageId | None = None
    letter: tuple[tuple[str, str], ...] = ()


QuarantineCommand = Put


def decide(command: QuarantineCommand, quarantine: Quarantine) -> list[QuarantineEvent]:
    return [
        InboundQuarantined(
            item=command.item,
            reason=command.reason,
            external_key=command.external_key,
            subject_key_id=command.subject_key_id,
            body=command.body,
            sender=command.sender,
            blob=command.blob,
            provider_time=command.provider_time,
            customer=command.customer,
            provider_id=command.provider_id,
            attachments=command.attachments,
            change=command.change,
            of=command.of,
            letter=dict(command.letter) or None,
        )
    ]
