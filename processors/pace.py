"""How fast a provider lets messages leave: each limit as a row of `free_at`, moved on by every message (GCRA).

A limit says `most` messages in any `seconds`. Up to `burst` of them may leave at once; the rest is spread evenly, so
that in no stretch of `seconds` more than `most` leave. Pure: reserving answers when the message may go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Scope = Literal["chat", "unanswered", "account"]


@dataclass(frozen=True, slots=True)
class Rate:
    """`per`: one customer, one customer until he writes again, or the whole account."""

    most: int
    seconds: float
    per: Scope
    burst: int = 1

    @property
    def spacing(self) -> timedelta:
        return timedelta(seconds=self.seconds / (self.most - self.burst + 1))

    @property
    def ahead(self) -> timedelta:
        """By how much a burst may be ahead of the even spread."""
        return self.spacing * (self.burst - 1)


def reserved(free_at: datetime | None, rate: Rate, now: datetime) -> datetime:
    """The new `free_at` with one message more."""
    return max(free_at or now, now) + rate.spacing


def goes_at(free_at: datetime, rate: Rate, now: datetime) -> datetime:
    """When the message that has made `free_at` what it is may leave."""
    return max(now, free_at - rate.spacing - rate.ahead)
