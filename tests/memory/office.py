"""An office on the store in memory: commands, processors and the timer rows that the store keeps, moved by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters.feed.timers import wake_up
from adapters.store.requests import Request
from domain.errors import Rejected
from processors import REGISTRY
from tests.memory.store import MemoryExecutor, MemoryStore
from tests.memory.topics import Ear, Follower
from tests.office import MONDAY, TENANT, Office, sender_key

EVERYTHING = 10_000


class StoredOffice(Office):
    """As `tests.office.Office`; but timers ring where the store's rows say so, not where they ought to."""

    def __init__(self, start: datetime = MONDAY) -> None:
        super().__init__(start)
        self.store = MemoryStore(lambda: self.now)
        self.executor = MemoryExecutor(self.store)
        self.log = self.store.log
        self.heads = self.store.heads  # type: ignore[assignment]
        self._ears = [Follower(self.store, Ear(self.store, processor)) for processor in REGISTRY.values()]

    def batch(self, *commands: Any, **circumstances: Any) -> list[Any]:
        requests = [Request(tenant=TENANT, command=command, **circumstances) for command in commands]
        results = self.executor.execute_all(requests)
        return [one if isinstance(one, Rejected) else one.answer for one in results]

    def look(self, order: Any = sorted) -> bool:
        """Ears hear everything, then each processor looks once."""
        for ear in self._ears:
            while ear.page(EVERYTHING):
                pass
        looked = False
        for processor in REGISTRY.values():
            marks = self.store.marked(processor.name, EVERYTHING)
            if marks:
                self.do(processor.look(order([key for _, key, _ in marks])))
                self.store.dirty[processor.name].clear()
                looked = True
        return looked

    def moments(self) -> list[datetime]:
        return list(self.store.heads.timers.values())

    def ring(self, moment: datetime) -> None:
        self.now = max(self.now, moment)
        for stream in self.store.heads.due(datetime.min.replace(tzinfo=self.now.tzinfo), self.now, EVERYTHING):
            self.do(wake_up(stream))

    def timer(self, customer: str) -> datetime | None:
        """What the row of the customer's last dialog says."""
        return self.store.heads.timers.get(f"dialog-{self.dialog_id(customer)}")

    def dialog_id(self, customer: str) -> str:
        known = next(one for (_, key), one in self.heads.directory.items() if key == sender_key(customer))
        talks = self.store.heads.conversations.items()
        return next(talk.dialog for (_, who), talk in talks if who == known.customer)
