"""Reading views: the position that every answer carries, its lag behind the log, and waiting for one (J07, J08).

The position is read before the rows, so the rows are at least as new as it says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from adapters.http.parts import Parts
from adapters.http.times import LARGEST
from adapters.store.database import Connection
from domain.errors import Unavailable

PATIENCE = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.05
INBOX = ("inbox", "channels", "customers")
TRANSCRIPT = ("inbox", "transcript")

WaitFor = Annotated[
    int | None,
    Query(alias="wait_for", ge=0, le=LARGEST, description="a position that a command answered: read at least that"),
]


class Lag(BaseModel):
    """How far the view is behind the log. `seconds` = age of the first event not applied yet; 0 = up to date."""

    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """`position` = the last event that all of these views have applied. `head` = the log's last event."""

    position: int
    head: int
    seconds: float

    @property
    def lag(self) -> Lag:
        return Lag(events=self.head - self.position, seconds=self.seconds)


@contextmanager
def reading(parts: Parts, views: Sequence[str]) -> Iterator[tuple[Connection, Standing]]:
    """A connection for one answer, and how far its views were before anything was read."""
    with parts.database.pool.connection(timeout=3) as connection:
        yield connection, standing(connection, views, parts.lane)


def standing(connection: Connection, views: Sequence[str], lane: int) -> Standing:
    row = connection.execute(STANDING, {"views": list(views), "lane": lane, "n": len(views)}, prepare=True).fetchone()
    assert row is not None
    return Standing(int(row[0]), int(row[1]), round(max(float(row[2]), 0.0), 3))


STANDING = """
WITH seen AS (
    SELECT CASE WHEN count(*) = %(n)s THEN coalesce(min(position), 0) ELSE 0 END AS position
    FROM parley.tracking WHERE lane = %(lane)s AND consumer = ANY (%(views)s)
), head AS (
    SELECT coalesce(max(position), 0) AS position FROM parley.event WHERE lane = %(lane)s
)
SELECT least(seen.position, head.position), head.position, coalesce(extract(epoch FROM clock_timestamp() - (
    SELECT recorded_at FROM parley.event WHERE lane = %(lane)s AND position = seen.position + 1
)), 0)
FROM seen, head
"""


async def wait_for(parts: Parts, views: Sequence[str], position: int | None) -> None:
    """Until these views have applied `position`. Raises `Unavailable` (`view_behind`) after `PATIENCE` seconds."""
    if position is None:
        return
    end, pause = monotonic() + PATIENCE, FIRST_PAUSE
    while await run_in_threadpool(_position, parts, views) < position:
        if monotonic() > end:
            raise Unavailable("view_behind", f"The views have not reached position {position} yet; try again.")
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _position(parts: Parts, views: Sequence[str]) -> int:
    with reading(parts, views) as (_, where):
        return where.position
