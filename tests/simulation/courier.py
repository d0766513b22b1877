"""The life of the courier that brings our messages to the provider, and the provider's double."""

from __future__ import annotations

from adapters.store.requests import Request
from domain.desk.answering import TellDialog
from domain.dialog.commands import Report
from domain.recorded import Actor
from processors.delivery import REPORTS, verdict
from tests.memory.outbox import Outbox, Parcel
from tests.memory.store import MemoryExecutor, MemoryStore
from tests.office import TENANT
from tests.simulation.lives import IDLE, Life

PROVIDER = Actor(kind="provider", id="delivery")


def delivering(store: MemoryStore, executor: MemoryExecutor, outbox: Outbox, provider: Provider) -> Life:
    while True:
        lost = outbox.lose(store.now)
        for parcel in outbox.unreported():
            executor.execute_all([_report(parcel)])
            yield f"the courier reports {parcel.out.message} {parcel.out.state}"
            outbox.reported(parcel)
        due = outbox.due(store.now)
        if not due:
            yield "the courier gives up calls for lost" if lost else IDLE
            continue
        parcel = due[0]
        attempt = outbox.take(parcel, store.now)
        if attempt is None:
            continue
        yield f"the courier calls the provider with {parcel.out.message}"
        outcome = provider.call(parcel, attempt)
        yield f"the provider answers {outcome}"
        follows = verdict(outcome, "", None, attempts=attempt, waiting_since=parcel.since, now=store.now)
        outbox.settle(parcel, attempt, follows)


def _report(parcel: Parcel) -> Request:
    said = REPORTS[parcel.out.state]
    command = TellDialog(dialog=parcel.out.dialog, command=Report(message=parcel.out.message, result=said))
    return Request(tenant=TENANT, command=command, actor=PROVIDER, key=f"delivery:{parcel.out.message}:{said}")


class Provider:
    """Takes most messages; of some the first try fails, of some the answer is lost. By the message's own name."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []

    def call(self, parcel: Parcel, attempt: int) -> str:
        mood = int(parcel.out.message[-2:], 16) % 8
        if mood == 0 and attempt == 1:
            return "retry"
        self.received.append((parcel.out.dialog, parcel.out.message))
        return "unknown" if mood == 1 else "sent"
