"""The one write path: concurrent commands become one batch, one transaction, one fsync.

A batch takes the lane lock, reads the clock and the answers of keys it has seen before, decides each command on an
overlay of what the batch has decided so far, and writes events, heads and results together. Inside a lane nothing can
be lost to a race, so there is no optimistic failure; a refused command fails alone. If the connection breaks, whether
the batch was committed is read back by its keys: every command has exactly one outcome (E14, invariants 3 and 16).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import psycopg

from adapters.store.arrays import Texts, register
from adapters.store.batch import Batch, Choices, Part, not_stored
from adapters.store.codec import Codec
from adapters.store.database import Connection, Database
from adapters.store.faults import where
from adapters.store.heads import Kept, StoredHeads
from adapters.store.requests import Outcome, Remembered, Request, heard_again, load_remembered
from adapters.vault.vault import Vault
from domain.desk import HANDLERS, Handler
from domain.desk.intake import ReceiveMessage
from domain.desk.world import World
from domain.errors import Rejected, Unavailable
from domain.recorded import Recorded

log = logging.getLogger("parley.executor")

LARGEST_BATCH = 500
AT_ONCE = 100
"""A large batch sends its events in portions of so many commands, so that the database works while we decide."""
LONGEST_QUEUE = 20_000
TRIES = 5
FIRST_PAUSE = 0.05
NETWORK_FAULTS = (psycopg.OperationalError, psycopg.InterfaceError)
Clock = Callable[[datetime], datetime]
Listener = Callable[[Sequence[Recorded]], None]


class _Job:
    """A command on its way. `done` is called with the result, once, in the executor's thread.

    `decided`: we have tried to commit it already. If its key answers now, that was our own commit, not a repeat.
    """

    __slots__ = ("decided", "done", "key", "request")

    def __init__(self, request: Request, done: Callable[[Result | Exception], None]) -> None:
        self.request = request
        self.key = request.key or uuid4().hex
        self.done = done
        self.decided = False


class _Answer:
    """Where one thread waits for one result: a bare lock, because it is the cheapest thing that waits."""

    __slots__ = ("_lock", "_result")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._result: Result | Exception | None = None

    def done(self, result: Result | Exception) -> None:
        self._result = result
        self._lock.release()

    def wait(self) -> Result:
        self._lock.acquire()
        assert self._result is not None
        if isinstance(self._result, Outcome | Rejected):
            return self._result
        raise self._result


Result = Outcome | Rejected
Results = dict[int, Result]
Seen = dict[tuple[str, str], Remembered]


class Executor:
    """One per lane and process. Any number of processes may have one: the lane lock puts them in order.

    `durable=False` answers before the disk has it: only for a tenant that is played from files, where whatever a crash
    takes is played again under its key. `clock` turns the database's clock into the batch's moment; it is replaced
    where time is virtual.
    `on_commit` listeners run in the executor's thread after each commit and must not block.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        lane: int = 0,
        handlers: Mapping[type[Any], Handler] = HANDLERS,
        clock: Clock | None = None,
        new_id: Callable[[], str] | None = None,
        durable: bool = True,
    ) -> None:
        self.on_commit: list[Listener] = []
        self._database = database
        self._vault = vault
        self._codec = Codec(vault)
        self._lane = lane
        self._handlers = handlers
        self._clock = clock or (lambda now: now)
        self._new_id = new_id or (lambda: uuid4().hex)
        self._durable = durable
        self._kept = Kept()
        self._position: int | None = None
        self._epoch = ""
        self._connection: Connection | None = None
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=f"executor-{lane}", daemon=True)
        self._thread.start()

    # -- asking -----------------------------------------------------------------------------------------------------

    def submit(self, request: Request) -> Future[Outcome]:
        """Refused with `overloaded` when too much waits; everything else comes through the future."""
        future: Future[Outcome] = Future()
        self._ask(_Job(request, lambda result: _settle(future, result)))
        return future

    def execute(self, request: Request) -> Outcome:
        """Wait for the outcome of one command; raises if it was refused."""
        result = self._wait([request])[0]
        if isinstance(result, Rejected):
            raise result
        return result

    def execute_all(self, requests: Sequence[Request]) -> list[Outcome | Rejected]:
        """Many commands in order, as few transactions as possible; a refusal stands in its command's place."""
        return self._wait(requests)

    def close(self) -> None:
        """Finish what waits, then stop. Safe to call twice."""
        if not self._closing:
            self._closing = True
            self._waiting.put(None)
        self._thread.join()
        self._disconnect()

    def _wait(self, requests: Sequence[Request]) -> list[Outcome | Rejected]:
        answers = [_Answer() for _ in requests]
        for request, answer in zip(requests, answers, strict=True):
            self._ask(_Job(request, answer.done))
        return [answer.wait() for answer in answers]

    def _ask(self, job: _Job) -> None:
        if self._closing:
            raise Unavailable("shutting_down", "The engine is stopping; try again in a moment.")
        if self._waiting.qsize() >= LONGEST_QUEUE:
            raise Unavailable("overloaded", "Too many commands are waiting; try again in a moment.")
        self._waiting.put(job)

    # -- the thread -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        open_ = True
        while open_:
            jobs, open_ = self._next()
            if jobs:
                self._carry_out(jobs)

    def _carry_out(self, jobs: Sequence[_Job]) -> None:
        """Settle every job. What the database refuses as a whole is tried one by one: the culprit fails alone."""
        try:
            results = self._run_until_known(jobs)
        except Exception as error:
            if len(jobs) > 1:
                for job in jobs:
                    self._carry_out([job])
                return
            log.error("command %s was not stored: %s", type(jobs[0].request.command).__name__, where(error))
            jobs[0].done(not_stored(error))
            return
        for place, job in enumerate(jobs):
            job.done(results[place])

    def _next(self) -> tuple[list[_Job], bool]:
        """Whatever waits, at most a batch; and whether to go on after it."""
        first = self._waiting.get()
        if first is None:
            return [], False
        jobs = [first]
        with suppress(Empty):
            while len(jobs) < LARGEST_BATCH:
                job = self._waiting.get_nowait()
                if job is None:
                    return jobs, False
                jobs.append(job)
        return jobs, True

    def _run_until_known(self, jobs: Sequence[_Job]) -> Results:
        """Repeat after a lost connection: what was committed answers by its key, the rest is decided anew."""
        started, pause = monotonic(), FIRST_PAUSE
        for attempt in range(1, TRIES + 1):
            try:
                return self._run(jobs)
            except (*NETWORK_FAULTS, psycopg.errors.SerializationFailure) as error:
                self._disconnect()
                log.warning("batch interrupted: attempt %s, %s", attempt, type(error).__name__)
                if attempt == TRIES:
                    break
                sleep(pause)
                pause *= 2
        waited = monotonic() - started
        refusal = Unavailable("store_unavailable", f"The database did not answer for {waited:.1f} s; try again.")
        return dict.fromkeys(range(len(jobs)), refusal)

    def _run(self, jobs: Sequence[_Job]) -> Results:
        connection = self._connected()
        try:
            now, first, seen = self._begin(connection, jobs)
            with _together(connection, large=len(jobs) > AT_ONCE):
                results, batch = self._decide(connection, jobs, now, first, seen)
                batch.write(connection, self._lane)
                connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise
        self._keep(batch)
        for listener in self.on_commit:
            if batch.recorded:
                listener(batch.recorded)
        return results

    def _begin(self, connection: Connection, jobs: Sequence[_Job]) -> tuple[datetime, int, Seen]:
        """The lock, then the clock and the lane's end as they are under the lock, and answers given before."""
        asked = (Texts(job.request.tenant for job in jobs), Texts(job.key for job in jobs))
        with _together(connection):
            connection.execute("BEGIN")
            cursor = connection.execute(BEGIN_BATCH, (self._lane, *asked), prepare=True, binary=True)
        (clock, position, recorded_at, *_), *known = cursor.fetchall()
        self._forget_what_others_changed(connection, position or 0)
        now = self._clock(clock)
        now = max(now, recorded_at) if recorded_at is not None else now
        seen = {
            (tenant, key): load_remembered(bytes(outcome), first, last)
            for _, _, _, tenant, key, outcome, first, last in known
        }
        return now, (position or 0) + 1, seen

    def _forget_what_others_changed(self, connection: Connection, position: int) -> None:
        def changed(since: int) -> list[tuple[str, str]]:
            return connection.execute(CHANGED_SINCE, (self._lane, since)).fetchall()

        self._kept.follow(self._position, position, changed)
        self._position = position

    def _decide(
        self,
        connection: Connection,
        jobs: Sequence[_Job],
        now: datetime,
        first: int,
        seen: Seen,
    ) -> tuple[Results, Batch]:
        batch = Batch(now, first)
        results: Results = {}
        for tenant, places in _by_tenant(jobs).items():
            part = self._part(connection, tenant, [jobs[place] for place in places], batch)
            for number, place in enumerate(places, 1):
                job = jobs[place]
                name = (tenant, job.key)
                if number % AT_ONCE == 0:
                    part.send(connection, self._lane)
                if name in seen:
                    results[place] = heard_again(seen[name], job.request, ours=job.decided)
                    continue
                results[place] = part.run(job, self._handlers, self._codec)
                seen[name] = Remembered(results[place], job.request.fingerprint)
                job.decided = True
        return results, batch

    def _part(self, connection: Connection, tenant: str, jobs: Sequence[_Job], batch: Batch) -> Part:
        heads = StoredHeads(connection, tenant, self._kept, batch.owners())
        commands = [job.request.command for job in jobs]
        heads.load_senders(command for command in commands if isinstance(command, ReceiveMessage))
        heads.load_desks(stream for command in commands for stream in _streams(command))
        choices = Choices(self._vault, tenant, self._new_id)
        position = batch.first + len(batch.recorded)
        world = World(tenant=tenant, now=batch.now, position=position, heads=heads, choices=choices)
        part = Part(world, position, self._epoch)
        batch.parts.append(part)
        return part

    def _keep(self, batch: Batch) -> None:
        """The commit succeeded: what the batch knows is what the store holds."""
        for part in batch.parts:
            self._kept.keep(part.world.tenant, part.world.held())
        self._position = batch.first + len(batch.recorded) - 1

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._database.connect()
            register(self._connection)
            self._position = None
            if not self._durable:
                self._connection.execute("SET synchronous_commit = off")
            row = self._connection.execute("SELECT epoch FROM parley.store").fetchone()
            self._epoch = row[0] if row else ""
        return self._connection

    def _disconnect(self) -> None:
        self._position = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


CHANGED_SINCE = "SELECT DISTINCT tenant, stream FROM parley.event WHERE lane = %s AND position > %s"
BEGIN_BATCH = "SELECT * FROM parley.begin_batch(%s::smallint, %b::text[], %b::text[])"


def _together(connection: Connection, *, large: bool = False) -> AbstractContextManager[object]:
    """Statements sent without waiting for their answers: over a network, or where there is much to send.

    A small batch through a socket file goes one by one: a round trip (10 µs) costs less than a pipeline does.
    """
    return connection.pipeline() if large or not connection.info.host.startswith("/") else nullcontext()


def _roll_back(connection: Connection) -> None:
    """After a failure in the middle; a connection that is gone has rolled back by itself."""
    with suppress(psycopg.Error):
        connection.rollback()


def _by_tenant(jobs: Sequence[_Job]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, job in enumerate(jobs):
        places.setdefault(job.request.tenant, []).append(place)
    return places


def _streams(command: Any) -> list[str]:
    """The streams that a command names itself: worth reading for the whole batch at once."""
    named = ("dialog", "channel", "agent", "group", "schedule")
    return [f"{name}-{ident}" for name in named if isinstance(ident := getattr(command, name, None), str)]


def _settle(future: Future[Outcome], result: Result | Exception) -> None:
    if not future.set_running_or_notify_cancel():
        return  # nobody waits any more; what was stored stays stored, and its key answers
    if isinstance(result, Outcome):
        future.set_result(result)
    else:
        future.set_exception(result)
