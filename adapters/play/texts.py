"""What of a recorded line the store can hold: names without NUL and without half a pair, times within reason."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.channels.text import has_lone

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2201, 1, 1, tzinfo=UTC)
"""Not included. A period of any length that a channel may have still ends before the calendar does."""


def storable(name: str) -> bool:
    """Can PostgreSQL hold it as a text?"""
    return "\0" not in name and not has_lone(name)
