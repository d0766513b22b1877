"""What happens to a dialog (behaviour.md §9). Fields marked personal are stored as ciphertext under the subject key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from domain.recorded import (
    PERSONAL,
    AgentId,
    BotId,
    ChannelId,
    CustomerId,
    DialogId,
    Event,
    Frozen,
    GroupId,
    KeyId,
    MessageId,
    OfferId,
    PersonalText,
    Policy,
    Sealed,
)

TargetKind = Literal["agent", "group", "bot"]
TargetFrom = Literal["channel", "transfer", "overflow", "hand_off"]
OfferEnd = Literal[
    "declined",
    "expired",
    "accepted_by_other",
    "dialog_closed",
    "agent_unavailable",
    "agent_full",
    "manual_assignment",
    "transferred",
    "channel_disconnected",
    "channel_superseded",
    "policy_changed",
]
AssignReason = Literal["direct", "offer", "manual", "transferred", "outbound"]
CloseCause = Literal["idle", "agent", "bot", "spam", "erasure"]
Outcome = Literal["answered", "unanswered", "never_assigned"]
ClosingMessage = Literal["queued", "skipped_window", "none"]
Side = Literal["customer", "agent", "bot"]
RejectReason = Literal["not_ready", "full", "tried", "skill", "deactivated"]
NotSticky = RejectReason | Literal["not_member", "too_long_ago"]
HandOffReason = Literal["requested", "keyword", "timeout", "error", "opened", "manual", "transferred"]


class Target(Frozen):
    """Who should get the dialog: one agent, a group, or a bot."""

    kind: TargetKind
    id: str


class Attachment(Frozen):
    """One file of a message; `ref` is the provider's id or address of it, fetched later by its own worker; of what we
    send, the id of the upload."""

    type: str
    ref: str | None = None
    mime: str | None = None
    file_name: str | None = None
    size: int | None = None
    facts: dict[str, str | int | float | None] = Field(default_factory=dict)


class Author(Frozen):
    """Who wrote a public message on our side. `recorded_as` keeps a played author's name.

    `outside`: somebody of ours, past us, in the provider's own app: which of our agents, nobody knows.
    """

    kind: Literal["agent", "bot"]
    id: str
    recorded_as: str | None = None
    outside: bool = False


OUTSIDE = Author(kind="agent", id="", outside=True)


class Offered(Frozen):
    offer: OfferId
    agent: AgentId


class Candidate(Frozen):
    """One member looked at by a routing decision; `key` is what the algorithm compared."""

    agent: AgentId
    ordinal: int
    eligible: bool
    reject: RejectReason | None = None
    load: int
    capacity: int
    key: str | None = None


class Sticky(Frozen):
    """Who answered this customer before, and whether he alone was asked first; `why_not` = what stood against it."""

    agent: AgentId
    used: bool
    why_not: NotSticky | None = None


class Opened(Event):
    kind: Literal["dialog.opened"] = "dialog.opened"
    channel: ChannelId
    customer: CustomerId
    subject_key_id: KeyId
    session: int
    previous_dialog_id: DialogId | None = None
    initiator: Literal["customer", "agent"] = "customer"
    priority: int = 0


class MessageReceived(Event):
    """`letter`: what a letter says besides its words: `subject`, `references`, `reply_to`; `text` = all of it with what
    it quotes, where `body` is the writer's own words alone."""

    kind: Literal["dialog.message_received"] = "dialog.message_received"
    message: MessageId
    external_key: str
    subject_key_id: KeyId
    provider_id: PersonalText
    body: PersonalText
    attachments: Annotated[tuple[Attachment, ...] | Sealed, PERSONAL] = ()
    provider_time: datetime | None = None
    letter: Annotated[Sealed | dict[str, str] | None, PERSONAL, Field(union_mode="left_to_right")] = None


class MessageSent(Event):
    """`answers`: a bot's answer to the customer's messages up to this position of the lane; None = to all so far.

    `attachments`: uploads of ours, each `ref` the id of one; with them the body may be empty.
    """

    kind: Literal["dialog.message_sent"] = "dialog.message_sent"
    message: MessageId
    client_key: str
    author: Author
    subject_key_id: KeyId
    body: PersonalText
    first_reply: bool = False
    answers: int | None = None
    template: str | None = None
    attachments: Annotated[tuple[Attachment, ...] | Sealed, PERSONAL] = ()


class AutoReplySent(Event):
    """`period_start` = the closing that began the period for which this is the one reply. The text stands here, so that
    what was said stays true when the setting changes."""

    kind: Literal["dialog.auto_reply_sent"] = "dialog.auto_reply_sent"
    message: MessageId
    period_start: datetime
    schedule_version: int
    subject_key_id: KeyId = ""
    body: PersonalText = ""


class MessageDelivered(Event):
    kind: Literal["dialog.message_delivered"] = "dialog.message_delivered"
    message: MessageId


class MessageRead(Event):
    kind: Literal["dialog.message_read"] = "dialog.message_read"
    message: MessageId


class MessageFailed(Event):
    kind: Literal["dialog.message_failed"] = "dialog.message_failed"
    message: MessageId
    code: str


class SendUnknown(Event):
    """The provider may or may not have it: the answer to our call was lost. Never sent again blindly."""

    kind: Literal["dialog.send_unknown"] = "dialog.send_unknown"
    message: MessageId


class MessageEdited(Event):
    kind: Literal["dialog.message_edited"] = "dialog.message_edited"
    message: MessageId
    subject_key_id: KeyId
    body: PersonalText


class MessageDeleted(Event):
    kind: Literal["dialog.message_deleted"] = "dialog.message_deleted"
    message: MessageId


class ReactionChanged(Event):
    kind: Literal["dialog.reaction_changed"] = "dialog.reaction_changed"
    message: MessageId
    reaction: str


class NoteAdded(Event):
    kind: Literal["dialog.note_added"] = "dialog.note_added"
    note: str
    subject_key_id: KeyId
    body: PersonalText


class Queued(Event):
    """Waits for people. A re-queued dialog keeps its first `queued_at`; only a transfer to a group gives a new one."""

    kind: Literal["dialog.queued"] = "dialog.queued"
    target: Target | None
    target_from: TargetFrom = "channel"
    priority: int = 0
    weight: int = 1
    skills: tuple[str, ...] = ()
    queued_at: datetime
    round: int = 1
    tried: tuple[AgentId, ...] = ()
    blocked: Literal["channel"] | None = None
    reason: str


class RoutingDecided(Event):
    """Why this dialog went where it went (§6). `candidates` = the chosen and the first ten others."""

    kind: Literal["dialog.routing_decided"] = "dialog.routing_decided"
    group: GroupId | None = None
    seq: int = 0
    round: int = 1
    attempt: int = 1
    algorithm: str
    group_version: int = 0
    seed: str | None = None
    cursor_before: AgentId | None = None
    cursor_after: AgentId | None = None
    candidates: tuple[Candidate, ...] = ()
    rejected: dict[RejectReason, int] = Field(default_factory=dict)
    chosen: tuple[AgentId, ...] = ()
    outcome: Literal["offered", "direct", "none"]
    sticky: Sticky | None = None


class OffersMade(Event):
    kind: Literal["dialog.offers_made"] = "dialog.offers_made"
    round: int
    attempt: int
    deadline: datetime
    offers: tuple[Offered, ...]


class OfferAccepted(Event):
    kind: Literal["dialog.offer_accepted"] = "dialog.offer_accepted"
    offer: OfferId
    agent: AgentId


class OffersEnded(Event):
    kind: Literal["dialog.offers_ended"] = "dialog.offers_ended"
    reason: OfferEnd
    offers: tuple[Offered, ...]


class Assigned(Event):
    kind: Literal["dialog.assigned"] = "dialog.assigned"
    agent: AgentId
    reason: AssignReason
    offer: OfferId | None = None
    by: str | None = None
    over_capacity: bool = False
    first_reply_due: datetime | None = None


class AssignmentExpired(Event):
    kind: Literal["dialog.assignment_expired"] = "dialog.assignment_expired"
    agent: AgentId
    assigned_at: datetime
    waited: float


class Released(Event):
    kind: Literal["dialog.released"] = "dialog.released"
    agent: AgentId
    reason: Literal["agent_lost", "agent_deactivated"]


class Transferred(Event):
    kind: Literal["dialog.transferred"] = "dialog.transferred"
    source: Target | None = Field(alias="from", serialization_alias="from")
    to: Target
    subject_key_id: KeyId
    comment: PersonalText = ""
    by: str
    force: bool = False

    model_config = ConfigDict(populate_by_name=True)


class RoundExhausted(Event):
    kind: Literal["dialog.round_exhausted"] = "dialog.round_exhausted"
    round: int
    tried: tuple[AgentId, ...]
    resume_at: datetime | None = None


class Overflowed(Event):
    kind: Literal["dialog.overflowed"] = "dialog.overflowed"
    source: GroupId = Field(alias="from", serialization_alias="from")
    to: GroupId
    cause: Literal["rounds", "max_queue_wait"]

    model_config = ConfigDict(populate_by_name=True)


class LeftInQueue(Event):
    kind: Literal["dialog.left_in_queue"] = "dialog.left_in_queue"
    cause: Literal["rounds", "max_queue_wait"]


class BotStarted(Event):
    kind: Literal["dialog.bot_started"] = "dialog.bot_started"
    bot: BotId
    reason: str


class BotHandedOff(Event):
    kind: Literal["dialog.bot_handed_off"] = "dialog.bot_handed_off"
    bot: BotId
    reason: HandOffReason


class Held(Event):
    """Not closed for idleness before `until`; None holds until somebody ends it."""

    kind: Literal["dialog.held"] = "dialog.held"
    until: datetime | None
    reason: str | None = None


class Unheld(Event):
    kind: Literal["dialog.unheld"] = "dialog.unheld"
    reason: Literal["manual", "over", "message"]


class TagAdded(Event):
    kind: Literal["dialog.tag_added"] = "dialog.tag_added"
    tag: str


class TagRemoved(Event):
    kind: Literal["dialog.tag_removed"] = "dialog.tag_removed"
    tag: str


class TopicSet(Event):
    kind: Literal["dialog.topic_set"] = "dialog.topic_set"
    topic: str | None


class AttributeSet(Event):
    kind: Literal["dialog.attribute_set"] = "dialog.attribute_set"
    name: str
    value: str | None


class PrioritySet(Event):
    kind: Literal["dialog.priority_set"] = "dialog.priority_set"
    priority: int


class MarkedSpam(Event):
    kind: Literal["dialog.marked_spam"] = "dialog.marked_spam"


class ClosingMessageSent(Event):
    kind: Literal["dialog.closing_message_sent"] = "dialog.closing_message_sent"
    message: MessageId
    subject_key_id: KeyId
    body: PersonalText


class Closed(Event):
    """`deadline`, `period` (seconds) and `late_by` (seconds) are set for cause idle."""

    kind: Literal["dialog.closed"] = "dialog.closed"
    cause: CloseCause
    outcome: Outcome
    last_activity_at: datetime
    last_activity_by: Side
    deadline: datetime | None = None
    period: int | None = None
    channel_version: int | None = None
    policies: tuple[Policy, ...] = ()
    closing_message: ClosingMessage = "none"
    late_by: float | None = None


class Reopened(Event):
    kind: Literal["dialog.reopened"] = "dialog.reopened"
    closed_version: int


DialogEvent = (
    Opened
    | MessageReceived
    | MessageSent
    | AutoReplySent
    | MessageDelivered
    | MessageRead
    | MessageFailed
    | SendUnknown
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | NoteAdded
    | Queued
    | RoutingDecided
    | OffersMade
    | OfferAccepted
    | OffersEnded
    | Assigned
    | AssignmentExpired
    | Released
    | Transferred
    | RoundExhausted
    | Overflowed
    | LeftInQueue
    | BotStarted
    | BotHandedOff
    | Held
    | Unheld
    | TagAdded
    | TagRemoved
    | TopicSet
    | AttributeSet
    | PrioritySet
    | MarkedSpam
    | ClosingMessageSent
    | Closed
    | Reopened
)
