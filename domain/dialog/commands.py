"""What can be asked of a dialog. Times, ids and choices arrive inside; the desk fills in what other streams know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.dialog.events import (
    AssignReason,
    Attachment,
    Author,
    ClosingMessage,
    HandOffReason,
    Offered,
    OfferEnd,
    RoutingDecided,
    Target,
    TargetFrom,
)
from domain.recorded import AgentId, BotId, ChannelId, CustomerId, DialogId, KeyId, MessageId, OfferId, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    channel: ChannelId
    customer: CustomerId
    subject_key_id: KeyId
    session: int
    previous: DialogId | None = None
    initiator: Literal["customer", "agent"] = "customer"
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    message: MessageId
    external_key: str
    provider_id: str
    body: str
    attachments: tuple[Attachment, ...] = ()
    provider_time: datetime | None = None
    letter: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """`answers`: the position of the last customer message that a bot's words answer; None = all so far."""

    message: MessageId
    client_key: str
    author: Author
    body: str
    answers: int | None = None
    template: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReply:
    """We are closed. `period_start` = since when; once a closed period (H06)."""

    message: MessageId
    period_start: datetime
    schedule_version: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a message of ours at the provider."""

    message: MessageId
    result: Literal["delivered", "read", "failed", "unknown"]
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    message: MessageId
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    message: MessageId
    reaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    note: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Put it where people look. `fresh` gives a new place in the queue; otherwise the first one is kept."""

    target: Target | None
    target_from: TargetFrom
    at: datetime
    reason: str
    weight: int = 1
    skills: tuple[str, ...] = ()
    blocked: bool = False
    fresh: bool = False
    tried: tuple[AgentId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBot:
    bot: BotId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    reason: HandOffReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRouting:
    """A routing decision with the offers that follow from it; no offers where nobody could be chosen."""

    decision: RoutingDecided
    offers: tuple[Offered, ...] = ()
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    offer: OfferId
    agent: AgentId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    offer: OfferId
    agent: AgentId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """End every pending offer whose deadline has come."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescind:
    """Take back the pending offers of `agent`, or all of them."""

    reason: OfferEnd
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    agent: AgentId
    reason: AssignReason
    offer: OfferId | None = None
    by: str | None = None
    over_capacity: bool = False
    first_reply_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    reason: Literal["agent_lost", "agent_deactivated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireAssignment:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    to: Target
    by: str
    comment: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhaustRound:
    resume_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    to: str | None
    cause: Literal["rounds", "max_queue_wait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold:
    reason: Literal["manual", "over", "message"] = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    tag: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTopic:
    topic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAttribute:
    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Closed by a person, a bot, as spam or by erasure. `tag_needed`, `topic_needed` come from the channel."""

    cause: Literal["agent", "bot", "spam", "erasure"]
    at: datetime
    tag_needed: bool = False
    topic_needed: bool = False
    channel_version: int | None = None
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIdle:
    """Closed for idleness. `deadline` was computed under the lane lock from the heads of this moment; None = never."""

    at: datetime
    deadline: datetime | None
    period: int
    channel_version: int
    policies: tuple[Policy, ...] = ()
    closing_message: ClosingMessage = "none"
    message: MessageId | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    closed_version: int


DialogCommand = (
    Open
    | Receive
    | Send
    | AutoReply
    | Report
    | Edit
    | Delete
    | React
    | AddNote
    | Enqueue
    | StartBot
    | HandOff
    | RecordRouting
    | Accept
    | Decline
    | Expire
    | Rescind
    | Assign
    | Release
    | ExpireAssignment
    | Transfer
    | ExhaustRound
    | Overflow
    | Hold
    | Unhold
    | Tag
    | SetTopic
    | SetAttribute
    | SetPriority
    | Close
    | CloseIdle
    | Reopen
)
