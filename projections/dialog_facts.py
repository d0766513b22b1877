"""What a dialog took: its measured intervals and counts, one row a dialog; summaries are made of them (§13).

Seconds are of the log's clock. A value is None until the event that completes it, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.dialog import events as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, changed, existing

VERSION = 1


@dataclass(frozen=True)
class Row:
    """`wait` = all stays in queues that ended in an assignment; `handle` = all time with agents; `resolution` = all
    time open, `effective_resolution` = the same up to the last activity. `frt_customer`: first agent message after
    the customer's first; `frt_human`: after the dialog was first put to people. `waiting_since`, `handled_since`,
    `open_since` are intervals still running.
    """

    tenant: str
    dialog: str
    version: int
    position: int
    channel: str
    initiator: str
    opened_at: datetime
    open_since: datetime | None
    last_activity_at: datetime
    group: str | None = None
    first_agent: str | None = None
    last_agent: str | None = None
    first_queued_at: datetime | None = None
    put_to_people_at: datetime | None = None
    waiting_since: datetime | None = None
    first_assigned_at: datetime | None = None
    handled_since: datetime | None = None
    first_customer_at: datetime | None = None
    first_reply_at: datetime | None = None
    closed_at: datetime | None = None
    cause: str | None = None
    outcome: str | None = None
    wait: float | None = None
    handle: float | None = None
    frt_customer: float | None = None
    frt_human: float | None = None
    resolution: float | None = None
    effective_resolution: float | None = None
    received: int = 0
    sent: int = 0
    offers: int = 0
    accepted: int = 0
    declined: int = 0
    expired: int = 0
    assignments: int = 0
    transfers: int = 0
    reopens: int = 0
    spam: bool = False
    by_bot: bool = False


KEY = ("tenant", "dialog")
INDEXES = {"closed": "(tenant, closed_at) WHERE closed_at IS NOT NULL", "opened": "(tenant, opened_at)"}


def seconds(since: datetime, to: datetime) -> float:
    return (to - since).total_seconds()


def _opened(row: Row | None, event: fact.Opened, recorded: Recorded) -> Row:
    at = recorded.recorded_at
    return Row(
        tenant=recorded.tenant,
        dialog=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        channel=event.channel,
        initiator=event.initiator,
        opened_at=at,
        open_since=at,
        last_activity_at=at,
    )


def _received(row: Row, event: fact.MessageReceived, recorded: Recorded) -> Row:
    at = recorded.recorded_at
    first = row.first_customer_at or at
    return changed(row, recorded, first_customer_at=first, last_activity_at=at, received=row.received + 1)


def _sent(row: Row, event: fact.MessageSent, recorded: Recorded) -> Row:
    at = recorded.recorded_at
    told: dict[str, Any] = {"last_activity_at": at, "sent": row.sent + 1}
    if event.author.kind != "agent":
        return changed(row, recorded, **told, by_bot=True)
    told["first_reply_at"] = row.first_reply_at or at
    if row.frt_customer is None and row.first_customer_at is not None:
        told["frt_customer"] = seconds(row.first_customer_at, at)
    if row.frt_human is None and row.put_to_people_at is not None:
        told["frt_human"] = seconds(row.put_to_people_at, at)
    return changed(row, recorded, **told)


def _queued(row: Row, event: fact.Queued, recorded: Recorded) -> Row:
    """Queued again while it waits (overflow, another receiver) is still the same stay."""
    at, target = recorded.recorded_at, event.target
    return changed(
        row,
        recorded,
        group=target.id if target is not None and target.kind == "group" else row.group,
        first_queued_at=row.first_queued_at or at,
        put_to_people_at=row.put_to_people_at or at,
        waiting_since=row.waiting_since or at,
        **_handled(row, at),
    )


def _assigned(row: Row, event: fact.Assigned, recorded: Recorded) -> Row:
    at = recorded.recorded_at
    waited = {} if row.waiting_since is None else {"wait": (row.wait or 0.0) + seconds(row.waiting_since, at)}
    return changed(
        row,
        recorded,
        **waited,
        waiting_since=None,
        put_to_people_at=row.put_to_people_at or at,
        first_assigned_at=row.first_assigned_at or at,
        first_agent=row.first_agent or event.agent,
        last_agent=event.agent,
        assignments=row.assignments + 1,
        **(_handled(row, at) | {"handled_since": at}),
    )


def _handed_over(row: Row, event: Event, recorded: Recorded) -> Row:
    more = 1 if isinstance(event, fact.Transferred) else 0
    return changed(row, recorded, transfers=row.transfers + more, **_handled(row, recorded.recorded_at))


def _handled(row: Row, at: datetime) -> dict[str, Any]:
    """The time with an agent ends here."""
    if row.handled_since is None:
        return {}
    return {"handle": (row.handle or 0.0) + seconds(row.handled_since, at), "handled_since": None}


def _bot_started(row: Row, event: fact.BotStarted, recorded: Recorded) -> Row:
    """Who waits for a bot does not wait for people: until somebody has replied, their clock begins anew (§13)."""
    people = row.put_to_people_at if row.first_reply_at else None
    ended = _handled(row, recorded.recorded_at)
    return changed(row, recorded, waiting_since=None, put_to_people_at=people, by_bot=True, **ended)


def _offers_made(row: Row, event: fact.OffersMade, recorded: Recorded) -> Row:
    return changed(row, recorded, offers=row.offers + len(event.offers))


def _offer_accepted(row: Row, event: fact.OfferAccepted, recorded: Recorded) -> Row:
    return changed(row, recorded, accepted=row.accepted + 1)


def _offers_ended(row: Row, event: fact.OffersEnded, recorded: Recorded) -> Row:
    if event.reason not in ("declined", "expired"):
        return row
    count = getattr(row, event.reason) + len(event.offers)
    return changed(row, recorded, **{event.reason: count})


def _spam(row: Row, event: fact.MarkedSpam, recorded: Recorded) -> Row:
    return changed(row, recorded, spam=True)


def _closed(row: Row, event: fact.Closed, recorded: Recorded) -> Row:
    at, since = recorded.recorded_at, row.open_since or recorded.recorded_at
    active = max(0.0, seconds(since, row.last_activity_at))
    return changed(
        row,
        recorded,
        closed_at=at,
        cause=event.cause,
        outcome=event.outcome,
        open_since=None,
        waiting_since=None,
        resolution=(row.resolution or 0.0) + seconds(since, at),
        effective_resolution=(row.effective_resolution or 0.0) + active,
        **_handled(row, at),
    )


def _reopened(row: Row, event: fact.Reopened, recorded: Recorded) -> Row:
    at = recorded.recorded_at
    return changed(
        row,
        recorded,
        open_since=at,
        last_activity_at=at,
        closed_at=None,
        cause=None,
        outcome=None,
        reopens=row.reopens + 1,
    )


FOLDS: dict[type[Event], Fold] = {
    fact.Opened: _opened,
    **existing(
        {
            fact.MessageReceived: _received,
            fact.MessageSent: _sent,
            fact.Queued: _queued,
            fact.Assigned: _assigned,
            fact.AssignmentExpired: _handed_over,
            fact.Released: _handed_over,
            fact.Transferred: _handed_over,
            fact.BotStarted: _bot_started,
            fact.OffersMade: _offers_made,
            fact.OfferAccepted: _offer_accepted,
            fact.OffersEnded: _offers_ended,
            fact.MarkedSpam: _spam,
            fact.Closed: _closed,
            fact.Reopened: _reopened,
        }
    ),
}
