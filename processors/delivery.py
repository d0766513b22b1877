"""Delivery: messages of ours go to the provider, in the order of the log, one at a time per dialog.

    waiting ──taken up──▶ calling ──the provider has it──────────────▶ sent      (reported: delivered)
       ▲                     ├──it certainly has not, may try again──▶ waiting
       │                     ├──it refuses, or a day has passed───────▶ failed
       └──────────────────── └──its answer is lost, or we died───────▶ unknown   (never sent again blindly)

Everything here is pure: what an event asks to be sent, which message is next, what follows from a provider's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.dialog.events import AutoReplySent, ClosingMessageSent, MessageSent
from domain.recorded import Recorded

HEARS = frozenset({"dialog.message_sent", "dialog.auto_reply_sent", "dialog.closing_message_sent"})

State = Literal["waiting", "calling", "sent", "failed", "unknown"]
Reported = Literal["delivered", "failed", "unknown"]
OPEN: frozenset[State] = frozenset({"waiting", "calling"})
REPORTS: dict[State, Reported] = {"sent": "delivered", "failed": "failed", "unknown": "unknown"}

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
CALL_LASTS = timedelta(minutes=1)
"""After this a call that was begun and never ended is taken for lost: its process died. No call lasts as long."""
UPLOAD_LASTS = timedelta(minutes=15)
"""The same for a message with files, which are carried over first."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way. `position` = that of its event in the lane; `next_at` = not before."""

    dialog: str
    message: str
    position: int
    state: State = "waiting"
    attempts: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an answer: a final state, or waiting until `next_at`."""

    state: State
    code: str = ""
    next_at: datetime | None = None


def marks(recorded: Recorded) -> list[str]:
    """The dialog has something to send."""
    return [recorded.stream]


def outgoing(recorded: Recorded) -> Outgoing | None:
    """What this event asks to be sent. What was written past us is with the customer already."""
    match recorded.event:
        case MessageSent(author=author) if author.outside:
            return None
        case MessageSent(message=message) | AutoReplySent(message=message) | ClosingMessageSent(message=message):
            return Outgoing(recorded.entity, message, recorded.position)
        case _:
            return None


def next_up(messages: Sequence[Outgoing], now: datetime) -> Outgoing | None:
    """The dialog's next message, or None: the first unfinished one is on its way already, or must still wait."""
    unfinished = sorted((one for one in messages if one.state in OPEN), key=lambda one: one.position)
    if not unfinished:
        return None
    first = unfinished[0]
    due = first.next_at is None or first.next_at <= now
    return first if first.state == "waiting" and due else None


def too_late(waiting_since: datetime, now: datetime) -> bool:
    """Nobody wants an answer of the day before yesterday out of the blue: it fails, and the agent sees it."""
    return now - waiting_since >= GIVE_UP_AFTER


def verdict(
    outcome: str, code: str, retry_after: float | None, *, attempts: int, waiting_since: datetime, now: datetime
) -> Verdict:
    """What follows from the provider's answer to the attempt number `attempts` (from 1)."""
    match outcome:
        case "sent" | "accepted":
            return Verdict("sent")
        case "unknown":
            return Verdict("unknown", code)
        case "retry" if not too_late(waiting_since, now):
            return Verdict("waiting", code, now + pause(attempts, retry_after))
        case _:
            return Verdict("failed", code)


def pause(attempts: int, retry_after: float | None) -> timedelta:
    """As long as the provider says, otherwise doubling from one second to five minutes."""
    if retry_after is not None:
        return min(timedelta(seconds=max(retry_after, 0.0)), GIVE_UP_AFTER)
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
