"""Calls to bots: what a customer says is told to the bot that has his dialog, in order, one call at a time (I02, E12).

    nothing to tell ──a message──▶ due ──taken up──▶ calling ──the bot has it──────────▶ nothing to tell, or due again
                                    ▲                   ├──it failed, may try again──▶ due, after a pause
                                    └──its process died─┘──it failed three times─────▶ reported: handed off

Everything here is pure: which messages a call tells, when the next call may be made, what follows from a failure. How
long the bot may take over all is no rule of these calls: the dialog hands itself off at that moment, called or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.dialog.events import MessageReceived, MessageSent
from domain.recorded import Recorded

HEARS = frozenset({"dialog.bot_started", "dialog.message_received", "dialog.bot_handed_off", "dialog.closed"})
KINDS = ("dialog.message_received", "dialog.message_sent")
"""What of a dialog's stream is read to find out what the bot has not been told."""

TRIES = 3
ONE_CALL = timedelta(seconds=10)
CALL_LASTS = timedelta(seconds=15)
"""After this a call that was begun and never ended is taken for lost: its process died. It counts as a failed one."""
AT_MOST_EVERY = timedelta(seconds=1)
"""A bot is woken at most once a second by one dialog; what is said meanwhile comes in one call (E12)."""
PAUSES = (timedelta(seconds=1), timedelta(seconds=2))
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Told:
    """The messages of one call. `upto` = the position up to which the bot knows everything once it has this call."""

    messages: tuple[Recorded, ...]
    upto: int


def to_tell(events: Sequence[Recorded], *, started: int, told: int, asking: int) -> Told | None:
    """What the next call tells, or None. `events`: those of `KINDS` of the dialog behind `told`, in order.

    `asking` above `told`: a call that failed is repeated with the same messages. At the begin of its turn the bot is
    told what the customer has said since anybody last answered him.
    """
    owed: list[Recorded] = []
    for one in events:
        match one.event:
            case MessageSent() if one.position < started:
                owed.clear()
            case MessageReceived() if asking <= told or one.position <= asking:
                owed.append(one)
            case _:
                pass
    if not owed:
        return None
    page = tuple(owed[:MOST_AT_ONCE])
    last = page[-1].position
    if asking > told:
        return Told(page, asking)
    return Told(page, max(last, started) if len(page) == len(owed) else last)


def time_for_call(due: datetime | None, now: datetime) -> timedelta:
    """How long one call may last: never beyond the moment at which the dialog hands itself off."""
    return ONE_CALL if due is None else min(ONE_CALL, due - now)


def again_at(attempts: int, now: datetime) -> datetime | None:
    """When to try again after the attempt number `attempts` (from 1) has failed; None = never."""
    return None if attempts >= TRIES else now + PAUSES[attempts - 1]
