"""A moment of the log as people name it: a position, a time, or a version of a channel's settings (J06, L07).

184300                  a position: everything up to it
2026-11-25T14:05:00Z    a time: everything recorded at or before it; without a zone it is taken as the door says
v3                      a settings version: the Save that made it, with all that this Save caused
now                     the end of the log
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.errors import Invalid, Problem

LONGEST = 18
FORMS = "a position, a time such as 2026-11-25T14:05:00Z, a settings version such as v3, or now"


@dataclass(frozen=True, slots=True)
class Moment:
    """At most one of the three is set; with none it is now. `asked` = the words that it came in, `field` = where."""

    asked: str = "now"
    field: str = "as_of"
    position: int | None = None
    at: datetime | None = None
    settings_version: int | None = None


NOW = Moment()


def moment(text: str, field: str, *, local: bool = False) -> Moment:
    """Raises `Invalid` for what is none of the forms. `local`: a time without a zone is this machine's, not UTC."""
    text = text.strip()
    if text == NOW.asked:
        return Moment(text, field)
    if re.fullmatch(rf"[0-9]{{1,{LONGEST}}}", text):
        return Moment(text, field, position=int(text))
    if re.fullmatch(rf"v[0-9]{{1,{LONGEST}}}", text):
        return Moment(text, field, settings_version=int(text[1:]))
    return Moment(text, field, at=_time(text, field, local=local))


def _time(text: str, field: str, *, local: bool) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        zoned = at if at.tzinfo is not None else at.astimezone() if local else at.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid([Problem(field=field, code="bad_moment", sentence=f"{field} must be {FORMS}.")]) from None
