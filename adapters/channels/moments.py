"""Times as providers write them in texts (ISO 8601), also without a colon in the offset or with too many digits."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds_of(text: object) -> float | None:
    """Seconds since 1970; a time without an offset is in UTC. None: no thing is lost for a time that is none (E05)."""
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
