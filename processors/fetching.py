"""Fetching: files that customers send lie at the provider for minutes or days; they are copied to us at once.

    waiting ──taken up──▶ fetching ──all of it came──────────────────▶ kept
       ▲                     ├──above the limit──────────────────────▶ too_large
       │                     ├──refused again and again, a day over──▶ failed
       └──a fault, or we died┘

Erasing the customer makes every state `erased`. Everything here is pure: which file it is, what follows from a try.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from processors.delivery import pause, too_late

HEARS = frozenset(
    {
        "dialog.message_received",
        "dialog.message_sent",
        "quarantine.inbound_quarantined",
        "privacy.subject_erased",
    }
)
State = Literal["waiting", "fetching", "kept", "failed", "too_large", "erased"]
Fate = Literal["kept", "retry", "refused", "final", "too_large"]
"""What a try came to. `refused`: the provider said no, which may be a passing mood; `final`: it cannot end well."""

FETCHED = frozenset({"image", "video", "audio", "voice", "file", "sticker"})
MOST_FILES = 100
"""Of one message: what stands behind is told, and not fetched."""
REFUSED_TRIES = 3
FETCH_LASTS = timedelta(minutes=10)
"""After this a fetch that was begun and never ended is taken up again: its process died. None lasts as long."""
UNSENT_LASTS = timedelta(days=2)
"""So long an upload waits to be sent. It may be named in a message for half of that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows: a final state, or waiting until `next_at`."""

    state: State
    code: str = ""
    next_at: datetime | None = None


def attachment_id(message: str, ordinal: int) -> str:
    """Of a file that came in; known from its message alone, so that a released item's files are those it had."""
    return blake2b(f"{message}|{ordinal}".encode(), digest_size=16).hexdigest()


def verdict(
    fate: Fate, code: str, retry_after: float | None, *, attempts: int, since: datetime, now: datetime
) -> Verdict:
    """What follows from the try number `attempts` (from 1) of a message that came at `since`."""
    match fate:
        case "kept":
            return Verdict("kept")
        case "too_large":
            return Verdict("too_large", "too_large")
        case "final":
            return Verdict("failed", code)
        case "refused" if attempts >= REFUSED_TRIES:
            return Verdict("failed", code)
        case _ if too_late(since, now):
            return Verdict("failed", code or "too_late")
        case _:
            return Verdict("waiting", code, now + pause(attempts, retry_after))
