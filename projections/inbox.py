"""The inbox: one row a dialog, with all that a list of dialogs shows, filters and sorts by (J01, J03).

Kind and name of the channel, the customer's name and the moment of closing for idleness belong to other streams: they
are joined when a list is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.dialog import events as fact
from domain.dialog.state import hold_ended
from domain.recorded import Event, Recorded
from projections.base import Fold, Json, Veiled, changed, existing, veil

VERSION = 3


@dataclass(frozen=True)
class Row:
    """`group` = whose queue it waits in or came from. `last_text` opens with the key `subject_key_id`.

    `unread` counts the customer's messages behind the last answer; the first of them came at `unanswered_since`.
    `queued_at` is the place in the queue. `last_agent` stays after the dialog was closed.
    """

    tenant: str
    dialog: str
    version: int
    position: int
    channel: str
    customer: str
    subject_key_id: str
    session: int
    previous_dialog: str | None
    initiator: str
    phase: str
    priority: int
    opened_at: datetime
    last_activity_at: datetime
    last_activity_by: str
    group: str | None = None
    target_kind: str | None = None
    target: str | None = None
    blocked: bool = False
    queued_at: datetime | None = None
    assignee: str | None = None
    assigned_at: datetime | None = None
    last_agent: str | None = None
    bot: str | None = None
    offered_to: tuple[str, ...] = ()
    offers: Json = None
    offer_deadline: datetime | None = None
    last_text: Veiled = ""
    last_files: bool = False
    last_message: str | None = None
    last_message_at: datetime | None = None
    last_message_by: str | None = None
    messages: int = 0
    unread: int = 0
    unanswered_since: datetime | None = None
    first_reply_at: datetime | None = None
    held: bool = False
    hold_until: datetime | None = None
    tags: tuple[str, ...] = ()
    topic: str | None = None
    attributes: Json = None
    transfers: int = 0
    reopens: int = 0
    closed_at: datetime | None = None
    closed_cause: str | None = None
    outcome: str | None = None


KEY = ("tenant", "dialog")
INDEXES = {
    "started": "(tenant, opened_at DESC, dialog DESC)",
    "open_activity": "(tenant, last_activity_at DESC, dialog DESC) WHERE phase <> 'closed'",
    "open_assignee": "(tenant, assignee, last_activity_at DESC, dialog DESC) WHERE phase = 'assigned'",
    "closed_activity": "(tenant, last_activity_at DESC, dialog DESC) WHERE phase = 'closed'",
    "channel": "(tenant, channel, last_activity_at DESC, dialog DESC)",
    "agent": "(tenant, last_agent, last_activity_at DESC, dialog DESC) WHERE phase = 'closed'",
    "customer": "(tenant, customer, opened_at)",
}


def counts(row: Row) -> Iterable[str]:
    """The lists that this dialog stands in (J05). An agent's own lists are named with him."""
    if row.phase == "closed":
        return ("closed",)
    lists = ["open", row.phase]
    if row.phase in ("queued", "offered"):
        lists.append("unassigned")
    if row.unanswered_since is not None:
        lists.append("unanswered")
    if row.phase == "assigned" and row.assignee is not None:
        lists.append(f"my {row.assignee}")
    if row.phase == "offered":
        lists += [f"offered {agent}" for agent in row.offered_to]
    return lists


def _opened(row: Row | None, event: fact.Opened, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        dialog=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        channel=event.channel,
        customer=event.customer,
        subject_key_id=event.subject_key_id,
        session=event.session,
        previous_dialog=event.previous_dialog_id,
        initiator=event.initiator,
        phase="queued",
        priority=event.priority,
        opened_at=recorded.recorded_at,
        last_activity_at=recorded.recorded_at,
        last_activity_by=event.initiator,
    )


def _received(row: Row, event: fact.MessageReceived, recorded: Recorded) -> Row:
    return changed(
        row,
        recorded,
        **_last(event, "customer", recorded),
        last_files=bool(event.attachments),
        messages=row.messages + 1,
        unread=row.unread + 1,
        unanswered_since=row.unanswered_since or recorded.recorded_at,
    )


def _sent(row: Row, event: fact.MessageSent, recorded: Recorded) -> Row:
    by = event.author.kind
    return changed(
        row,
        recorded,
        **_last(event, by, recorded),
        last_files=bool(event.attachments),
        messages=row.messages + 1,
        unread=0,
        unanswered_since=None,
        first_reply_at=row.first_reply_at or (recorded.recorded_at if by == "agent" else None),
    )


def _last(event: fact.MessageReceived | fact.MessageSent, by: str, recorded: Recorded) -> dict[str, Any]:
    return {
        "last_text": veil(event, "body"),
        "last_message": event.message,
        "last_message_at": recorded.recorded_at,
        "last_message_by": by,
        "last_activity_at": recorded.recorded_at,
        "last_activity_by": by,
    }


def _edited(row: Row, event: fact.MessageEdited, recorded: Recorded) -> Row:
    if event.message != row.last_message:
        return row
    return changed(row, recorded, last_text=veil(event, "body"))


def _deleted(row: Row, event: fact.MessageDeleted, recorded: Recorded) -> Row:
    if event.message != row.last_message:
        return row
    return changed(row, recorded, last_text="", last_files=False)


def _queued(row: Row, event: fact.Queued, recorded: Recorded) -> Row:
    target = event.target
    return changed(
        row,
        recorded,
        phase="queued",
        group=target.id if target is not None and target.kind == "group" else None,
        target_kind=target.kind if target else None,
        target=target.id if target else None,
        blocked=event.blocked is not None,
        queued_at=event.queued_at,
        priority=event.priority,
        assignee=None,
        assigned_at=None,
    )


def _offers_made(row: Row, event: fact.OffersMade, recorded: Recorded) -> Row:
    offers = {one.offer: one.agent for one in event.offers}
    return changed(row, recorded, phase="offered", **_offers(offers), offer_deadline=event.deadline)


def _offer_accepted(row: Row, event: fact.OfferAccepted, recorded: Recorded) -> Row:
    return changed(row, recorded, **_left(row, {event.offer}))


def _offers_ended(row: Row, event: fact.OffersEnded, recorded: Recorded) -> Row:
    left = _left(row, {one.offer for one in event.offers})
    nobody = row.phase == "offered" and not left["offered_to"]
    return changed(row, recorded, **left, phase="queued" if nobody else row.phase)


def _left(row: Row, ended: set[str]) -> dict[str, Any]:
    left = {offer: agent for offer, agent in (row.offers or {}).items() if offer not in ended}
    return {**_offers(left), "offer_deadline": row.offer_deadline if left else None}


def _offers(offers: dict[str, str]) -> dict[str, Any]:
    return {"offers": offers or None, "offered_to": tuple(sorted(set(offers.values())))}


def _assigned(row: Row, event: fact.Assigned, recorded: Recorded) -> Row:
    """A dialog that went straight to an agent is no group's any more, wherever it waited before."""
    whose = {"group": None, "target_kind": "agent", "target": event.agent} if event.reason == "direct" else {}
    return changed(
        row,
        recorded,
        phase="assigned",
        assignee=event.agent,
        assigned_at=recorded.recorded_at,
        last_agent=event.agent,
        blocked=False,
        **whose,
    )


def _taken_away(row: Row, event: Event, recorded: Recorded) -> Row:
    return changed(row, recorded, phase="queued", assignee=None, assigned_at=None)


def _transferred(row: Row, event: fact.Transferred, recorded: Recorded) -> Row:
    to = event.to
    return changed(
        row,
        recorded,
        assignee=None,
        assigned_at=None,
        last_agent=None if to.kind == "group" else row.last_agent,
        group=to.id if to.kind == "group" else None,
        transfers=row.transfers + 1,
    )


def _bot_started(row: Row, event: fact.BotStarted, recorded: Recorded) -> Row:
    return changed(row, recorded, phase="bot", bot=event.bot, assignee=None, assigned_at=None)


def _bot_handed_off(row: Row, event: fact.BotHandedOff, recorded: Recorded) -> Row:
    return changed(row, recorded, phase="queued", bot=None)


def _held(row: Row, event: fact.Held, recorded: Recorded) -> Row:
    return changed(row, recorded, held=True, hold_until=event.until)


def _unheld(row: Row, event: fact.Unheld, recorded: Recorded) -> Row:
    return changed(row, recorded, held=False, hold_until=hold_ended(row.hold_until, event))


def _tag_added(row: Row, event: fact.TagAdded, recorded: Recorded) -> Row:
    return changed(row, recorded, tags=tuple(sorted({*row.tags, event.tag})))


def _tag_removed(row: Row, event: fact.TagRemoved, recorded: Recorded) -> Row:
    return changed(row, recorded, tags=tuple(tag for tag in row.tags if tag != event.tag))


def _topic_set(row: Row, event: fact.TopicSet, recorded: Recorded) -> Row:
    return changed(row, recorded, topic=event.topic)


def _attribute_set(row: Row, event: fact.AttributeSet, recorded: Recorded) -> Row:
    kept = {name: value for name, value in (row.attributes or {}).items() if name != event.name}
    set_now = {} if event.value is None else {event.name: event.value}
    return changed(row, recorded, attributes={**kept, **set_now} or None)


def _priority_set(row: Row, event: fact.PrioritySet, recorded: Recorded) -> Row:
    return changed(row, recorded, priority=event.priority)


def _closed(row: Row, event: fact.Closed, recorded: Recorded) -> Row:
    return changed(
        row,
        recorded,
        phase="closed",
        closed_at=recorded.recorded_at,
        closed_cause=event.cause,
        outcome=event.outcome,
        assignee=None,
        assigned_at=None,
        bot=None,
        **_offers({}),
        offer_deadline=None,
        held=False,
        hold_until=None,
    )


def _reopened(row: Row, event: fact.Reopened, recorded: Recorded) -> Row:
    return changed(
        row,
        recorded,
        phase="queued",
        last_activity_at=recorded.recorded_at,
        queued_at=None,
        closed_at=None,
        closed_cause=None,
        outcome=None,
        reopens=row.reopens + 1,
    )


FOLDS: dict[type[Event], Fold] = {fact.Opened: _opened} | existing(
    {
        fact.MessageReceived: _received,
        fact.MessageSent: _sent,
        fact.MessageEdited: _edited,
        fact.MessageDeleted: _deleted,
        fact.Queued: _queued,
        fact.OffersMade: _offers_made,
        fact.OfferAccepted: _offer_accepted,
        fact.OffersEnded: _offers_ended,
        fact.Assigned: _assigned,
        fact.AssignmentExpired: _taken_away,
        fact.Released: _taken_away,
        fact.Transferred: _transferred,
        fact.BotStarted: _bot_started,
        fact.BotHandedOff: _bot_handed_off,
        fact.Held: _held,
        fact.Unheld: _unheld,
        fact.TagAdded: _tag_added,
        fact.TagRemoved: _tag_removed,
        fact.TopicSet: _topic_set,
        fact.AttributeSet: _attribute_set,
        fact.PrioritySet: _priority_set,
        fact.Closed: _closed,
        fact.Reopened: _reopened,
    }
)
