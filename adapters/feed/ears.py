"""A processor's ear: turns events into dirty marks, in the transaction that moves the position. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.store.database import Connection
from domain.recorded import Recorded
from processors import Processor


class Ear:
    """A `Consumer`. `wake` is called after marks were written; the commit follows at once."""

    def __init__(self, processor: Processor, *, lane: int = 0, wake: Callable[[], None] = lambda: None) -> None:
        self._processor = processor
        self._lane = lane
        self._wake = wake

    @property
    def name(self) -> str:
        return f"processor:{self._processor.name}"

    @property
    def hears(self) -> frozenset[str] | None:
        return self._processor.hears

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        marks: dict[tuple[str, str], int] = {}
        for event in events:
            for key in self._processor.marks(event):
                marks[event.tenant, key] = event.position
        if marks:
            mark(connection, self._lane, self._processor.name, marks)
            self._wake()


def mark(connection: Connection, lane: int, processor: str, marks: dict[tuple[str, str], int]) -> None:
    """Dirty until looked at; a later event only moves the mark forward."""
    ordered = sorted(marks.items())
    connection.execute(
        "INSERT INTO parley.dirty AS old (lane, processor, tenant, key, marked)"
        " SELECT %s, %s, new.* FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS new"
        " ON CONFLICT (lane, processor, tenant, key) DO UPDATE SET marked = greatest(old.marked, excluded.marked)",
        (
            lane,
            processor,
            [tenant for (tenant, _), _ in ordered],
            [key for (_, key), _ in ordered],
            [position for _, position in ordered],
        ),
        prepare=True,
    )
