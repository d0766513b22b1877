"""Messages of ours on their way, in memory: the rows of `parley.delivery`, by the rules of `processors.delivery`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.recorded import Recorded
from processors.delivery import CALL_LASTS, HEARS, OPEN, REPORTS, Outgoing, Verdict, next_up, outgoing


@dataclass(frozen=True)
class Parcel:
    out: Outgoing
    since: datetime
    call_until: datetime | None = None
    code: str = ""
    reported: bool = False


class Outbox:
    """A consumer: what events ask to be sent becomes rows. Everything else is one step of a courier."""

    name = "processor:delivery"
    hears: frozenset[str] | None = HEARS

    def __init__(self) -> None:
        self.parcels: dict[tuple[str, str], Parcel] = {}
        self._open: dict[tuple[str, str], None] = {}

    def apply(self, events: Sequence[Recorded]) -> None:
        for event in events:
            if (one := outgoing(event)) is not None:
                self._keep(Parcel(one, event.recorded_at), anew=False)

    def _keep(self, parcel: Parcel, *, anew: bool = True) -> None:
        """`anew` False: what is there already stays as it is."""
        key = (parcel.out.dialog, parcel.out.message)
        if not anew and key in self.parcels:
            return
        self.parcels[key] = parcel
        if parcel.reported:
            self._open.pop(key, None)
        else:
            self._open[key] = None

    def _unsettled(self) -> list[Parcel]:
        return [self.parcels[key] for key in self._open]

    def due(self, now: datetime) -> list[Parcel]:
        """The first unfinished message of each dialog, where its time has come."""
        by_dialog: dict[str, list[Outgoing]] = {}
        for parcel in self._unsettled():
            by_dialog.setdefault(parcel.out.dialog, []).append(parcel.out)
        found = [one for ones in by_dialog.values() if (one := next_up(ones, now)) is not None]
        return [self.parcels[one.dialog, one.message] for one in found]

    def take(self, parcel: Parcel, now: datetime) -> int | None:
        """Begin the call: the number of this attempt, or None where somebody else was faster."""
        key = (parcel.out.dialog, parcel.out.message)
        here = self.parcels[key]
        if here not in self.due(now):
            return None
        out = replace(here.out, state="calling", attempts=here.out.attempts + 1)
        self._keep(replace(here, out=out, call_until=now + CALL_LASTS))
        return out.attempts

    def settle(self, parcel: Parcel, attempt: int, verdict: Verdict) -> None:
        """Write down what became of the call. One given up for lost may still turn out to have been sent."""
        key = (parcel.out.dialog, parcel.out.message)
        here = self.parcels[key]
        late = here.out.state == "unknown" and verdict.state == "sent"
        if here.out.attempts == attempt and (here.out.state == "calling" or late):
            out = replace(here.out, state=verdict.state, next_at=verdict.next_at or here.out.next_at)
            self._keep(replace(here, out=out, code=verdict.code, call_until=None, reported=False))

    def lose(self, now: datetime) -> bool:
        """Calls whose process died before it could write down the answer."""
        lost = [key for key, one in self.parcels.items() if one.call_until is not None and one.call_until <= now]
        for key in lost:
            here = self.parcels[key]
            self.parcels[key] = replace(
                here, out=replace(here.out, state="unknown"), code="answer_lost", call_until=None
            )
        return bool(lost)

    def unreported(self) -> list[Parcel]:
        return [one for one in self._unsettled() if not one.reported and one.out.state in REPORTS]

    def reported(self, parcel: Parcel) -> None:
        key = (parcel.out.dialog, parcel.out.message)
        here = self.parcels[key]
        if here.out.state == parcel.out.state:
            self._keep(replace(here, reported=True))

    def moments(self) -> list[datetime]:
        """When the next try of a message may be made, and when a call counts as lost."""
        found = [one.call_until or one.out.next_at for one in self.unfinished()]
        return [moment for moment in found if moment is not None]

    def unfinished(self) -> list[Parcel]:
        return [one for one in self._unsettled() if one.out.state in OPEN]
