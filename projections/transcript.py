"""The transcript: one row per message, note and line of a dialog, in the order of the log.

A line tells what happened between the messages (assigned, transferred, closed, …) with the event's plain facts.
Edits, deletions, reactions and reports change the row of their message; where the message stands in an earlier dialog,
an edit or a deletion is a line of its own, so that nothing the customer did is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.dialog import events as fact
from domain.recorded import Event, Recorded
from projections.base import Fold, Json, Key, Veiled, changed, veil

VERSION = 3
RANKS = {"sent": 0, "unknown": 1, "failed": 2, "delivered": 3, "read": 4}
"""A status only grows: reports come in any order, and a late `delivered` does not undo `read`."""


@dataclass(frozen=True)
class Row:
    """`before` = what an edited message said earlier: {at, body}, oldest first; a deleted one keeps its words (E10).

    `entry` = message or note id, or `v<version>` of a line. `position` = where it stands; `kind` = its first event.

    `status`: None for what came in and for lines. `by`, `author`: who wrote or did it.
    """

    tenant: str
    dialog: str
    entry: str
    version: int
    position: int
    what: str
    kind: str
    recorded_at: datetime
    by: str
    author: str
    provider_time: datetime | None = None
    subject_key_id: str | None = None
    body: Veiled = ""
    files: Veiled = ""
    recorded_as: str | None = None
    status: str | None = None
    status_at: datetime | None = None
    failure: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    before: Json = None
    reaction: str | None = None
    facts: Json = None


KEY = ("tenant", "dialog", "entry")
INDEXES = {"order": "(tenant, dialog, position)"}


def keys(recorded: Recorded) -> list[Key]:
    event = recorded.event
    entry = getattr(event, "message", None) or getattr(event, "note", None) or f"v{recorded.version}"
    return [(recorded.tenant, recorded.entity, entry)]


def _received(row: Row | None, event: fact.MessageReceived, recorded: Recorded) -> Row:
    return _new(
        recorded,
        event.message,
        "message",
        by="customer",
        author="",
        subject_key_id=event.subject_key_id,
        body=veil(event, "body"),
        files=veil(event, "attachments"),
        provider_time=event.provider_time,
    )


def _sent(row: Row | None, event: fact.MessageSent, recorded: Recorded) -> Row:
    return _new(
        recorded,
        event.message,
        "message",
        by=event.author.kind,
        author=event.author.id,
        recorded_as=event.author.recorded_as,
        subject_key_id=event.subject_key_id,
        body=veil(event, "body"),
        files=veil(event, "attachments"),
        status="sent",
    )


def _closing_message(row: Row | None, event: fact.ClosingMessageSent, recorded: Recorded) -> Row:
    return _new(
        recorded,
        event.message,
        "message",
        subject_key_id=event.subject_key_id,
        body=veil(event, "body"),
        status="sent",
    )


def _auto_reply(row: Row | None, event: fact.AutoReplySent, recorded: Recorded) -> Row:
    facts = event.model_dump(mode="json", include={"period_start", "schedule_version"})
    return _new(
        recorded,
        event.message,
        "message",
        by="system",
        author="",
        subject_key_id=event.subject_key_id,
        body=veil(event, "body"),
        status="sent",
        facts=facts,
    )


def _note(row: Row | None, event: fact.NoteAdded, recorded: Recorded) -> Row:
    return _new(recorded, event.note, "note", subject_key_id=event.subject_key_id, body=veil(event, "body"))


def _line(row: Row | None, event: Event, recorded: Recorded) -> Row:
    facts = event.model_dump(mode="json", by_alias=True, exclude={"kind", "subject_key_id", *event.personal})
    return _new(recorded, f"v{recorded.version}", "line", facts=facts)


def _transferred(row: Row | None, event: fact.Transferred, recorded: Recorded) -> Row:
    line = _line(row, event, recorded)
    return changed(line, recorded, subject_key_id=event.subject_key_id, body=veil(event, "comment"))


def _edited(row: Row | None, event: fact.MessageEdited, recorded: Recorded) -> Row:
    known = row or _new(recorded, event.message, "line", by="customer", author="")
    body: dict[str, Any] = {"subject_key_id": event.subject_key_id, "body": veil(event, "body")}
    if row is not None:
        said = {"at": (row.edited_at or row.recorded_at).isoformat(), "body": row.body}
        body["before"] = [*(row.before or ()), said]
    return changed(known, recorded, position=known.position, **body, edited_at=recorded.recorded_at)


def _deleted(row: Row | None, event: fact.MessageDeleted, recorded: Recorded) -> Row:
    known = row or _new(recorded, event.message, "line", by="customer", author="")
    return changed(known, recorded, position=known.position, deleted_at=recorded.recorded_at)


def _reacted(row: Row | None, event: fact.ReactionChanged, recorded: Recorded) -> Row | None:
    return row and changed(row, recorded, position=row.position, reaction=event.reaction or None)


def _reported(status: str) -> Fold:
    def fold(row: Row | None, event: Any, recorded: Recorded) -> Row | None:
        if row is None or row.status is None or RANKS[status] <= RANKS[row.status]:
            return row
        failure = event.code if isinstance(event, fact.MessageFailed) else None
        return changed(
            row, recorded, position=row.position, status=status, status_at=recorded.recorded_at, failure=failure
        )

    return fold


def _new(recorded: Recorded, entry: str, what: str, **more: Any) -> Row:
    actor = recorded.meta.actor
    return Row(
        **{
            "tenant": recorded.tenant,
            "dialog": recorded.entity,
            "entry": entry,
            "version": recorded.version,
            "position": recorded.position,
            "what": what,
            "kind": recorded.event.kind,
            "recorded_at": recorded.recorded_at,
            "by": actor.kind,
            "author": actor.id,
            **more,
        }
    )


LINES: tuple[type[Event], ...] = (
    fact.Opened,
    fact.Queued,
    fact.OffersMade,
    fact.OffersEnded,
    fact.Assigned,
    fact.AssignmentExpired,
    fact.Released,
    fact.RoundExhausted,
    fact.Overflowed,
    fact.LeftInQueue,
    fact.BotStarted,
    fact.BotHandedOff,
    fact.Held,
    fact.Unheld,
    fact.TagAdded,
    fact.TagRemoved,
    fact.TopicSet,
    fact.AttributeSet,
    fact.PrioritySet,
    fact.MarkedSpam,
    fact.Closed,
    fact.Reopened,
)
FOLDS: dict[type[Event], Fold] = dict.fromkeys(LINES, _line) | {
    fact.MessageReceived: _received,
    fact.MessageSent: _sent,
    fact.ClosingMessageSent: _closing_message,
    fact.AutoReplySent: _auto_reply,
    fact.NoteAdded: _note,
    fact.Transferred: _transferred,
    fact.MessageEdited: _edited,
    fact.MessageDeleted: _deleted,
    fact.ReactionChanged: _reacted,
    fact.MessageDelivered: _reported("delivered"),
    fact.MessageRead: _reported("read"),
    fact.MessageFailed: _reported("failed"),
    fact.SendUnknown: _reported("unknown"),
}
