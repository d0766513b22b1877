"""One batch on its way: what each tenant's commands have decided, and what has to be written for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import psycopg

from adapters.store.codec import Codec
from adapters.store.database import Connection
from adapters.store.dirty import clear_marks
from adapters.store.faults import where
from adapters.store.requests import Mark, Outcome, Request, dump_outcome
from adapters.store.writing import Append, Result, write_events, write_keys, write_rows
from adapters.vault.vault import Vault
from domain.desk import Handler
from domain.desk.world import Key, NewKey, World
from domain.errors import Rejected, Unavailable
from domain.recorded import Meta, Recorded, swift

log = logging.getLogger("parley.executor")


class Job(Protocol):
    """A command and the key under which its outcome is kept."""

    @property
    def request(self) -> Request: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Choices:
    vault: Vault
    tenant: str
    make_id: Callable[[], str]

    def new_id(self) -> str:
        return self.make_id()

    def new_key(self) -> NewKey:
        return self.vault.new_key(self.tenant)


@dataclass
class Part:
    """One tenant's commands in a batch. `first` = the position of the first event that is not yet sent."""

    world: World
    first: int
    epoch: str
    keys_sent: int = 0
    append: Append = field(default_factory=Append)
    recorded: list[Recorded] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    marks: list[tuple[str, Mark]] = field(default_factory=list)

    def run(self, job: Job, handlers: Mapping[type[Any], Handler], codec: Codec) -> Outcome | Rejected:
        request, world = job.request, self.world
        handle = handlers[type(request.command)]
        try:
            ran = world.run(lambda: handle(world, request.command), request.actor)
        except Rejected as refusal:
            if not refusal.retryable:
                self._remember(job, refusal, None, None)
            return refusal
        except psycopg.Error:
            raise
        except Exception as fault:
            # A fault of ours in one command must not take the others of its batch with it.
            log.error("command %s failed: %s", type(request.command).__name__, where(fault))
            return Unavailable("internal_error", "Something went wrong inside; nothing was stored. Try again.")
        meta = meta_of(request, job.key, ran.policies)
        new = self.append.add(
            world.tenant, self.epoch, world.now, ran.events, meta, job.key if request.remember else None, codec
        )
        self.recorded += new
        first, last = (new[0].position, new[-1].position) if new else (None, None)
        self.marks += [(world.tenant, mark) for mark in request.clears]
        outcome = Outcome(answer=ran.answer, first=first, position=last)
        self._remember(job, outcome, first, last)
        return outcome

    def send(self, connection: Connection, lane: int) -> None:
        """Give the database the events so far: it stores them while the next commands are decided."""
        write_keys(connection, self.world, self.world.keys[self.keys_sent :])
        self.keys_sent = len(self.world.keys)
        if self.append.streams:
            write_events(connection, lane, self.first, self.world, self.append)
            self.first += len(self.append.streams)
            self.append = Append()

    def _remember(self, job: Job, result: Outcome | Rejected, first: int | None, last: int | None) -> None:
        if job.request.remember:
            self.results.append(Result(job.key, dump_outcome(result, job.request.fingerprint), first, last))


@dataclass
class Batch:
    now: datetime
    first: int
    parts: list[Part] = field(default_factory=list)

    @property
    def recorded(self) -> list[Recorded]:
        if len(self.parts) == 1:
            return self.parts[0].recorded
        return [one for part in self.parts for one in part.recorded]

    def owners(self) -> dict[Key, Any]:
        """Whose accounts these are now, as far as it was decided in this batch: it holds across tenants (D20)."""
        changed = [part.world.changed() for part in self.parts]
        return {key: value for one in changed for key, value in one.items() if key[:2] == ("fact", "owner")}

    def write(self, connection: Connection, lane: int) -> None:
        for part in self.parts:
            part.send(connection, lane)
            write_rows(connection, lane, part.world, part.results)
            clear_marks(connection, lane, part.marks)


def not_stored(error: Exception) -> Rejected:
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Unavailable("customer_erased", "The customer was erased while this was under way; nothing was stored.")
    return Unavailable("internal_error", "Something went wrong inside; nothing was stored. Try again.")


def meta_of(request: Request, key: str, policies: tuple[Any, ...]) -> Meta:
    """All parts are values of the right types already."""
    return swift(
        Meta,
        actor=request.actor,
        command=type(request.command).__name__,
        command_id=key,
        causation_id=request.causation_id,
        correlation_id=request.correlation_id,
        occurred_at=request.occurred_at,
        policies=policies,
    )
