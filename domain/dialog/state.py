"""What a dialog adds up to: only what a decision asks for. The transcript is a projection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from domain.change import replace
from domain.dialog.events import (
    Assigned,
    AssignmentExpired,
    AssignReason,
    AttributeSet,
    AutoReplySent,
    BotHandedOff,
    BotStarted,
    CloseCause,
    Closed,
    ClosingMessageSent,
    DialogEvent,
    Held,
    LeftInQueue,
    MarkedSpam,
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageFailed,
    MessageRead,
    MessageReceived,
    MessageSent,
    NoteAdded,
    OfferAccepted,
    Offered,
    OffersEnded,
    OffersMade,
    Opened,
    Outcome,
    Overflowed,
    PrioritySet,
    Queued,
    ReactionChanged,
    Released,
    Reopened,
    RoundExhausted,
    RoutingDecided,
    SendUnknown,
    Side,
    TagAdded,
    TagRemoved,
    Target,
    TargetFrom,
    TopicSet,
    Transferred,
    Unheld,
)
from domain.recorded import AgentId, BotId, ChannelId, CustomerId, DialogId, KeyId, OfferId, Stamp

Phase = Literal["unknown", "queued", "offered", "assigned", "bot", "closed"]
OPEN: frozenset[Phase] = frozenset({"queued", "offered", "assigned", "bot"})
LeftCause = Literal["rounds", "max_queue_wait"]
REMEMBERED_ENDS = 20
"""Ends of earlier attempts; those of the running attempt are all kept, so that every late accept hears why."""
UNREAD = frozenset(
    {
        "dialog.message_received",
        "dialog.message_delivered",
        "dialog.message_read",
        "dialog.message_failed",
        "dialog.send_unknown",
        "dialog.closing_message_sent",
        "dialog.message_edited",
        "dialog.message_deleted",
        "dialog.reaction_changed",
        "dialog.note_added",
        "dialog.attribute_set",
        "dialog.marked_spam",
    }
)
"""Kinds of which `evolve` needs to know only when they happened: a fold need not fetch and decode their data."""


MOST_UNANSWERED = 20


class Asked(NamedTuple):
    """A customer's message, or the begin of the bot's turn, that the bot has not answered: when and where."""

    at: datetime
    position: int


@dataclass(frozen=True)
class Dialog:
    """Queue order is (priority desc, `queued_position`). `tried` and `round` are those of the running round.

    `bot_reason` and `bot_position` are those of the bot's turn; `unanswered` = what it owes an answer to, oldest first.
    """

    phase: Phase = "unknown"
    channel: ChannelId = ""
    customer: CustomerId = ""
    subject_key_id: KeyId = ""
    session: int = 0
    previous: DialogId | None = None
    opened_at: datetime | None = None
    priority: int = 0
    weight: int = 1
    skills: tuple[str, ...] = ()
    target: Target | None = None
    target_from: TargetFrom = "channel"
    queued_at: datetime | None = None
    queued_position: int = 0
    entered_at: datetime | None = None
    blocked: bool = False
    round: int = 1
    attempt: int = 0
    tried: tuple[AgentId, ...] = ()
    resume_at: datetime | None = None
    stays_in_queue: bool = False
    left_cause: LeftCause | None = None
    none_causes: tuple[tuple[str, int], ...] | None = None
    none_at: datetime | None = None
    offers: tuple[Offered, ...] = ()
    offer_deadline: datetime | None = None
    ended_offers: tuple[tuple[OfferId, str], ...] = ()
    assignee: AgentId | None = None
    assigned_at: datetime | None = None
    assigned_reason: AssignReason | None = None
    accepted_offer: OfferId | None = None
    first_reply_due: datetime | None = None
    ever_assigned: bool = False
    last_agent: AgentId | None = None
    last_agent_at: datetime | None = None
    bot: BotId | None = None
    bot_reason: str = ""
    bot_position: int = 0
    unanswered: tuple[Asked, ...] = ()
    last_activity_at: datetime | None = None
    last_activity_by: Side = "customer"
    last_customer_at: datetime | None = None
    replied: bool = False
    auto_replied_at: datetime | None = None
    held: bool = False
    hold_until: datetime | None = None
    tags: frozenset[str] = frozenset()
    topic: str | None = None
    closed_at: datetime | None = None
    closed_cause: CloseCause | None = None
    after_close: int = 0

    @property
    def open(self) -> bool:
        return self.phase in OPEN

    @property
    def awaiting(self) -> Literal["agent", "customer"]:
        """Whose turn it is: the side that did not speak last."""
        return "agent" if self.last_activity_by == "customer" else "customer"

    @property
    def asked(self) -> bool:
        """Has the customer said anything? What we say before that is no reply."""
        return self.last_customer_at is not None

    @property
    def outcome(self) -> Outcome:
        if self.last_activity_by == "customer":
            return "unanswered" if self.ever_assigned or self.replied else "never_assigned"
        return "answered"

    @property
    def in_group(self) -> str | None:
        """The group in whose queue it waits or is offered."""
        waits = self.phase in ("queued", "offered") and self.target is not None and self.target.kind == "group"
        return self.target.id if waits and self.target else None

    @property
    def settled(self) -> bool:
        """Its round is over: it waits for the next one, or was left in the queue for people to see."""
        return self.resume_at is not None or self.stays_in_queue

    def pending(self, offer: OfferId) -> Offered | None:
        return next((one for one in self.offers if one.offer == offer), None)


def evolve(dialog: Dialog, event: DialogEvent, stamp: Stamp) -> Dialog:
    after = _evolved(dialog, event, stamp)
    still_closed = dialog.phase == "closed" and after.phase == "closed"
    return replace(after, after_close=dialog.after_close + 1) if still_closed else after


def _evolved(dialog: Dialog, event: DialogEvent, stamp: Stamp) -> Dialog:
    match event:
        case Opened():
            return _opened(event, stamp)
        case MessageReceived():
            return _received(dialog, stamp)
        case MessageSent():
            return _sent(dialog, event, stamp)
        case Queued():
            return _queued(dialog, event, stamp)
        case RoutingDecided():
            return _routed(dialog, event, stamp)
        case OffersMade():
            return _offered(dialog, event)
        case OfferAccepted(offer=offer):
            return _without(dialog, (offer,), "accepted")
        case OffersEnded():
            return _ended(dialog, event)
        case Assigned():
            return _assigned(dialog, event, stamp)
        case AssignmentExpired() | Released():
            return replace(_let_go(dialog, stamp), phase="queued")
        case Transferred():
            return _transferred(dialog, event, stamp)
        case RoundExhausted():
            return replace(dialog, resume_at=event.resume_at)
        case Overflowed():
            return replace(dialog, stays_in_queue=False, left_cause=None)
        case LeftInQueue():
            return replace(dialog, stays_in_queue=True, left_cause=event.cause, resume_at=None)
        case BotStarted():
            return _bot_started(dialog, event, stamp)
        case BotHandedOff():
            return replace(dialog, phase="queued", bot=None, unanswered=())
        case Held():
            return replace(dialog, held=True, hold_until=event.until)
        case Unheld():
            return replace(dialog, held=False, hold_until=hold_ended(dialog.hold_until, event))
        case TagAdded(tag=tag):
            return replace(dialog, tags=dialog.tags | {tag})
        case TagRemoved(tag=tag):
            return replace(dialog, tags=dialog.tags - {tag})
        case TopicSet(topic=topic):
            return replace(dialog, topic=topic)
        case PrioritySet(priority=priority):
            return replace(dialog, priority=priority)
        case Closed():
            return _closed(dialog, event, stamp)
        case Reopened():
            return _reopened(dialog, stamp)
        case MessageRead() | MessageEdited() | MessageDeleted() | ReactionChanged() | NoteAdded():
            return dialog
        case AutoReplySent():
            return replace(dialog, auto_replied_at=stamp.at)
        case MessageDelivered() | MessageFailed() | SendUnknown() | ClosingMessageSent():
            return dialog
        case AttributeSet() | MarkedSpam():
            return dialog
        case _:
            assert_never(event)


def hold_ended(until: datetime | None, event: Unheld) -> datetime | None:
    """A hold that ended at its own time still counts: a close right after it is not late (§7)."""
    return until if event.reason == "over" else None


def _opened(event: Opened, stamp: Stamp) -> Dialog:
    return Dialog(
        phase="queued",
        channel=event.channel,
        customer=event.customer,
        subject_key_id=event.subject_key_id,
        session=event.session,
        previous=event.previous_dialog_id,
        opened_at=stamp.at,
        priority=event.priority,
        last_activity_at=stamp.at,
        last_activity_by=event.initiator,
    )


def _received(dialog: Dialog, stamp: Stamp) -> Dialog:
    return replace(
        dialog,
        last_activity_at=stamp.at,
        last_activity_by="customer",
        last_customer_at=stamp.at,
        unanswered=_with(dialog.unanswered, stamp) if dialog.bot is not None else (),
    )


def _with(unanswered: tuple[Asked, ...], stamp: Stamp) -> tuple[Asked, ...]:
    """Of a flood the first ones and the last are kept: the oldest decides, the last must not be forgotten."""
    return (*unanswered[: MOST_UNANSWERED - 1], Asked(stamp.at, stamp.position))


def _bot_started(dialog: Dialog, event: BotStarted, stamp: Stamp) -> Dialog:
    """What the customer said last, and nobody has answered, is the bot's to answer from now on."""
    return replace(
        dialog,
        phase="bot",
        bot=event.bot,
        bot_reason=event.reason,
        bot_position=stamp.position,
        unanswered=(Asked(stamp.at, stamp.position),) if dialog.awaiting == "agent" else (),
        assignee=None,
        entered_at=None,
        blocked=False,
    )


def _sent(dialog: Dialog, event: MessageSent, stamp: Stamp) -> Dialog:
    return replace(
        dialog,
        unanswered=_left(dialog.unanswered, event) if event.author.kind == "bot" else dialog.unanswered,
        last_activity_at=stamp.at,
        last_activity_by=event.author.kind,
        replied=dialog.replied or (event.author.kind == "agent" and dialog.asked),
        first_reply_due=None if event.author.kind == "agent" else dialog.first_reply_due,
    )


def _left(unanswered: tuple[Asked, ...], event: MessageSent) -> tuple[Asked, ...]:
    if event.answers is None:
        return ()
    return tuple(one for one in unanswered if one.position > event.answers)


def _queued(dialog: Dialog, event: Queued, stamp: Stamp) -> Dialog:
    """A dialog that comes back keeps its place: the same `queued_at` means the same position in the queue.

    `entered_at` starts the group's `max_queue_wait`; it runs anew in another group and after somebody held the dialog.
    """
    kept = dialog.queued_at == event.queued_at and dialog.queued_position > 0
    same_target = event.target == dialog.target and dialog.entered_at is not None
    return replace(
        dialog,
        phase="queued",
        target=event.target,
        target_from=event.target_from,
        priority=event.priority,
        weight=event.weight,
        skills=event.skills,
        queued_at=event.queued_at,
        queued_position=dialog.queued_position if kept else stamp.position,
        entered_at=dialog.entered_at if same_target and kept else stamp.at,
        blocked=event.blocked is not None,
        round=event.round,
        attempt=0,
        tried=event.tried,
        resume_at=None,
        stays_in_queue=False,
        left_cause=None,
        none_causes=None,
        assignee=None,
    )


def _routed(dialog: Dialog, event: RoutingDecided, stamp: Stamp) -> Dialog:
    if event.outcome == "none":
        return replace(dialog, none_causes=tuple(sorted(event.rejected.items())), none_at=stamp.at)
    return replace(dialog, attempt=event.attempt, none_causes=None)


def _offered(dialog: Dialog, event: OffersMade) -> Dialog:
    """A new round clears who was tried in the one before."""
    new_round = event.round != dialog.round
    return replace(
        dialog,
        phase="offered",
        round=event.round,
        attempt=event.attempt,
        tried=() if new_round else dialog.tried,
        resume_at=None,
        offers=event.offers,
        offer_deadline=event.deadline,
        ended_offers=dialog.ended_offers[-REMEMBERED_ENDS:],
    )


def _without(dialog: Dialog, offers: tuple[OfferId, ...], end: str) -> Dialog:
    left = tuple(one for one in dialog.offers if one.offer not in offers)
    ends = (*dialog.ended_offers, *((offer, end) for offer in offers))
    return replace(dialog, offers=left, offer_deadline=dialog.offer_deadline if left else None, ended_offers=ends)


TRIED_ENDS = frozenset({"declined", "expired"})


def _ended(dialog: Dialog, event: OffersEnded) -> Dialog:
    """Only who declined or let it expire counts as tried; whoever was merely rescinded does not (F06)."""
    after = _without(dialog, tuple(one.offer for one in event.offers), event.reason)
    if event.reason in TRIED_ENDS:
        tried = tuple(dict.fromkeys((*after.tried, *(one.agent for one in event.offers))))
        after = replace(after, tried=tried)
    if after.phase == "offered" and not after.offers:
        after = replace(after, phase="queued")
    return after


def _assigned(dialog: Dialog, event: Assigned, stamp: Stamp) -> Dialog:
    return replace(
        dialog,
        phase="assigned",
        assignee=event.agent,
        assigned_at=stamp.at,
        assigned_reason=event.reason,
        accepted_offer=event.offer,
        first_reply_due=event.first_reply_due,
        ever_assigned=True,
        last_agent=event.agent,
        last_agent_at=stamp.at,
        entered_at=None,
        blocked=False,
        round=1,
        attempt=0,
        tried=(),
        resume_at=None,
        stays_in_queue=False,
        left_cause=None,
    )


def _let_go(dialog: Dialog, stamp: Stamp) -> Dialog:
    """Whoever held it holds it no more; `last_agent_at` is when he last did, from which a sticky window counts."""
    held_until = stamp.at if dialog.assignee is not None else dialog.last_agent_at
    return replace(dialog, assignee=None, assigned_at=None, first_reply_due=None, last_agent_at=held_until)


def _transferred(dialog: Dialog, event: Transferred, stamp: Stamp) -> Dialog:
    """Only a transfer to a group gives up the place in the queue; and who gave it away is not asked first again."""
    after = _let_go(dialog, stamp)
    if event.to.kind != "group":
        return after
    return replace(after, queued_at=None, queued_position=0, entered_at=None, last_agent=None, last_agent_at=None)


def _closed(dialog: Dialog, event: Closed, stamp: Stamp) -> Dialog:
    return replace(
        _let_go(dialog, stamp),
        phase="closed",
        closed_at=stamp.at,
        closed_cause=event.cause,
        after_close=0,
        offers=(),
        offer_deadline=None,
        bot=None,
        unanswered=(),
        held=False,
        hold_until=None,
        resume_at=None,
        stays_in_queue=False,
        left_cause=None,
    )


def _reopened(dialog: Dialog, stamp: Stamp) -> Dialog:
    """It waits anew: its place in the queue was that of the enquiry before."""
    return replace(
        dialog,
        phase="queued",
        closed_at=None,
        closed_cause=None,
        last_activity_at=stamp.at,
        target=None,
        target_from="channel",
        queued_at=None,
        queued_position=0,
        entered_at=None,
    )
