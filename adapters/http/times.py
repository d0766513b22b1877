"""Moments and positions as clients write them: one form of a time, and no number that the store cannot hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

LARGEST = 2**63 - 1
"""Of a position or a version: what PostgreSQL's bigint holds."""


def in_utc(value: Any) -> datetime:
    """A time as text, with its offset, brought to UTC; numbers, dates and times of no zone are none. It may lie so far
    away that UTC has no name for it: that is no time either."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise PydanticCustomError("bad_time", "a time with its offset") from None


Time = Annotated[datetime, BeforeValidator(in_utc)]
Position = Annotated[int, Field(ge=0, le=LARGEST)]
