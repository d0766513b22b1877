"""A processor's ear: turns events into dirty marks, in the transaction that moves the position. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.store.database import Connection
from adapters.store.dirty import mark
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
