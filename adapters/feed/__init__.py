"""Events on their way to processors and projections, straight from the log or through Kafka; the same consumers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from adapters.store.database import Connection
from domain.recorded import Recorded


class Consumer(Protocol):
    """A projection or a processor's ear. `hears` = event kinds; None = all.

    `apply` runs inside the transaction that also moves the position: both happen or neither. It may be called again
    with events that it has seen, and must then change nothing. It may block; if it raises, the stream is parked.
    """

    @property
    def name(self) -> str: ...

    @property
    def hears(self) -> frozenset[str] | None: ...

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None: ...


__all__ = ["Consumer"]
