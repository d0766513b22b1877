"""The workers behind the ears: they take up dirty marks, let the engine look, and clear what was looked at.

A mark is cleared in the transaction of the decision, and only if it is not newer than what was taken up: no wake-up
can be lost. The sweep marks every group that has a queue, as a safety net (F29).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic

from adapters.feed.living import Living
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.requests import Mark, Request
from domain.errors import Rejected
from processors import Processor

log = logging.getLogger("parley.worker")

MOST_MARKS = 1_000
POLL = 0.2
SWEEP = 5.0


class Worker(Living):
    """One processor's marks of one lane. `look` handles what is dirty now; `start` does so again and again."""

    def __init__(self, processor: Processor, database: Database, executor: Executor, *, lane: int = 0) -> None:
        super().__init__(f"worker {processor.name}", database, log)
        self._processor = processor
        self._executor = executor
        self._lane = lane

    def look(self, connection: Connection) -> int:
        """Take up all marks once. Returns how many there were."""
        rows = connection.execute(
            "SELECT tenant, key, marked FROM parley.dirty WHERE lane = %s AND processor = %s"
            " ORDER BY tenant, key LIMIT %s",
            (self._lane, self._processor.name, MOST_MARKS),
            prepare=True,
        ).fetchall()
        if rows:
            self._decide(rows)
        return len(rows)

    def _decide(self, rows: Sequence[tuple[str, str, int]]) -> None:
        for result in self._executor.execute_all(requests(self._processor, rows)):
            if isinstance(result, Rejected):
                log.error("processor %s was refused: %s", self._processor.name, result.code)

    def live(self, connection: Connection) -> None:
        swept = monotonic()
        while not self._stop.is_set():
            self._woken.clear()
            if monotonic() - swept > SWEEP:
                self.sweep(connection)
                swept = monotonic()
            if not self.look(connection):
                self._woken.wait(POLL)

    def sweep(self, connection: Connection) -> None:
        if self._processor.name != "distribution":
            return
        connection.execute(
            "INSERT INTO parley.dirty (lane, processor, tenant, key, marked)"
            " SELECT DISTINCT %s::smallint, 'distribution', queue.tenant, 'group-' || grp, 0"
            " FROM parley.queue JOIN parley.tenant USING (tenant) WHERE lane = %s ON CONFLICT DO NOTHING",
            (self._lane, self._lane),
        )


def requests(processor: Processor, rows: Sequence[tuple[str, str, int]]) -> list[Request]:
    """One look a tenant at what is dirty; it clears these marks, unless they have moved on meanwhile."""
    tenants = sorted({tenant for tenant, _, _ in rows})
    return [_request(processor, tenant, [row[1:] for row in rows if row[0] == tenant]) for tenant in tenants]


def _request(processor: Processor, tenant: str, marks: Sequence[tuple[str, int]]) -> Request:
    return Request(
        tenant=tenant,
        command=processor.look([key for key, _ in marks]),
        clears=tuple(Mark(processor.name, key, marked) for key, marked in marks),
        causation_id=f"position:{max(marked for _, marked in marks)}",
        remember=False,
    )
