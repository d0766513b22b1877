"""The record of reads and refusals: high volume, decides nothing, written into a lane of its own (L05, L09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.change import replace
from domain.recorded import Event, Stamp


class AccessDenied(Event):
    kind: Literal["access.access_denied"] = "access.access_denied"
    operation: str
    object: str


class DataRead(Event):
    kind: Literal["access.data_read"] = "access.data_read"
    what: str
    who: str
    minute: datetime
    count: int


class Exported(Event):
    kind: Literal["access.exported"] = "access.exported"
    what: str
    who: str


AccessEvent = AccessDenied | DataRead | Exported


@dataclass(frozen=True)
class Access:
    entries: int = 0


def evolve(access: Access, event: AccessEvent, stamp: Stamp) -> Access:
    return replace(access, entries=access.entries + 1)
