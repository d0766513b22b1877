"""What a run is asked for: everything that changes what the engine decides, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from adapters.play.files import Source
from domain.errors import Invalid, Problem
from domain.group import Algorithm
from domain.kinds import PeriodUnit
from domain.settings import Period

CHAT_CAPACITY = 3
TICKET_CAPACITY = 1000
"""A desk's tickets stay open for days and nobody counts them: with three each, updates would wait for weeks."""
CHAT_PERIOD = Period(value=24, unit="hours")
TICKET_PERIOD = Period(value=120, unit="hours")
"""The recorded desk's own rule: resolved and not updated for 120 hours."""
UNITS: dict[str, PeriodUnit] = {"h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """None = the default of the kind of set."""

    limit: int | None = None
    capacity: int | None = None
    algorithm: Algorithm = "round_robin"
    auto_close: Period | None = None
    answer_wait: int = 60
    merge_customers: bool = False

    def capacity_of(self, tickets: bool) -> int:
        return self.capacity if self.capacity is not None else TICKET_CAPACITY if tickets else CHAT_CAPACITY

    def period_of(self, tickets: bool) -> Period:
        return self.auto_close or (TICKET_PERIOD if tickets else CHAT_PERIOD)


def period(text: str) -> Period:
    """`120h`, `5d`. Raises `Invalid`."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})([hd])", text.strip())
    if found is None:
        sentence = f"{text} is no period: write hours or days, such as 120h or 5d."
        raise Invalid([Problem(field="auto_close", code="bad_period", sentence=sentence)])
    return Period(value=int(found[1]), unit=UNITS[found[2]])


def tenant_name(sources: Sequence[Source], options: Options) -> str:
    """Named by set and content, and by options where they are not the usual ones: another question, another run."""
    text = "|".join(sorted(source.digest for source in sources))
    if options != Options():
        plain = asdict(options) | {"auto_close": options.auto_close and options.auto_close.seconds}
        text += json.dumps(plain, sort_keys=True)
    sets = "-".join(sorted({source.set for source in sources}))
    return f"play-{sets[:40]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
