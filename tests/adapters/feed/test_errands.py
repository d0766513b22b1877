"""Errands: what fails for a reason of ours is tried again, now and then, and holds nobody else back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from time import sleep
from typing import NamedTuple

import pytest

from adapters.feed.errands import Errands
from adapters.store.database import Connection
from domain.errors import NotFound
from domain.recorded import Recorded
from tests.loop import eventually
from tests.store import Store, store


class Parcel(NamedTuple):
    tenant: str
    dialog: str


class Clumsy:
    """Everything is always due; one dialog always fails."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.served: list[str] = []

    def due(self, connection: Connection, limit: int) -> Sequence[Parcel]:
        waiting = [name for name in ("bad", "good") if name not in self.served or name == "bad"]
        return [Parcel("acme", name) for name in waiting][:limit]

    def serve(self, one: Parcel) -> bool:
        self.served.append(one.dialog)
        if one.dialog == "bad":
            raise self.fault
        return True

    def sweep(self, connection: Connection) -> None:
        """Nothing."""

    def report(self, connection: Connection) -> None:
        """Nothing."""


class Deaf:
    name = "deaf"
    hears: frozenset[str] | None = frozenset()

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        """Nothing."""


@pytest.fixture
def made() -> Iterator[Store]:
    with store() as one:
        yield one


@pytest.mark.parametrize("fault", [NotFound("kind_unknown", "No."), ValueError("a fault of ours")])
def test_a_failure_rests_before_it_is_tried_again(made: Store, fault: Exception) -> None:
    courier = Clumsy(fault)
    errands: Errands[Parcel] = Errands("test", made.database, made.executor, courier, lambda wake: Deaf())
    errands.start()
    try:
        assert eventually(lambda: "good" in courier.served, within=5)
        sleep(1.5)
    finally:
        errands.stop()
    assert 2 <= courier.served.count("bad") <= 3, "tried again, but not in a frenzy"
    assert courier.served.count("good") == 1
    assert not [one for one in threading.enumerate() if one.name.startswith("test")]
