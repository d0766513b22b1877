"""What of a batch is new: by the offsets of its places, then by the versions of its streams. Pure.

Offsets below the stored one were handled before and are dropped. So are versions that the stream has had already (a
relay that was killed sends a page twice). A version too far ahead is a gap: the topic lacks something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from adapters.kafka.positions import Place

Stream = tuple[str, str]
Gap = tuple[str, str, int, int]
"""Tenant, stream, first and last version."""


class Placed(Protocol):
    """Something read from a partition."""

    @property
    def offset(self) -> int: ...


class Versioned(Protocol):
    """An event of a stream, in whatever form."""

    @property
    def tenant(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...


P = TypeVar("P", bound=Placed)
V = TypeVar("V", bound=Versioned)


@dataclass
class Tally:
    """What became of a batch's records. `lost`: places whose offsets do not follow on the stored position."""

    applied: int = 0
    repeated: int = 0
    filled: int = 0
    unknown: int = 0
    foreign: int = 0
    bad: int = 0
    lost: list[Place] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("applied", "repeated", "filled", "unknown", "foreign", "bad"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def fresh_records(
    records: Mapping[Place, Sequence[P]], stored: Mapping[Place, int], tally: Tally
) -> dict[Place, Sequence[P]]:
    """Per place the records from the stored position on; none of a place whose records begin later than that."""
    fresh: dict[Place, Sequence[P]] = {}
    for place, ones in records.items():
        at = stored.get(place, -1)
        new = [one for one in ones if one.offset >= at] if at >= 0 else []
        if at < 0 or (new and new[0].offset > at):
            tally.lost.append(place)
            continue
        tally.repeated += len(ones) - len(new)
        if new:
            fresh[place] = new
    return fresh


def follow_on(rows: Sequence[V], known: dict[Stream, int], tally: Tally) -> tuple[list[V], list[Gap]]:
    """What follows on the versions had, and the gaps: from the first version missing up to the one that showed it.

    `known` = the last version had of each stream; it is moved on.
    """
    new: list[V] = []
    gaps: list[Gap] = []
    for row in rows:
        stream = (row.tenant, row.stream)
        last = known.get(stream, 0)
        if row.version <= last:
            tally.repeated += 1
            continue
        if row.version == last + 1:
            new.append(row)
        else:
            gaps.append((*stream, last + 1, row.version))
        known[stream] = row.version
    return new, gaps
