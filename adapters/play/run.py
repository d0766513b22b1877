"""A run: the recording's moments, one after the other, in virtual time, on an engine that decides everything itself.

At each moment: who comes and goes, then the lines, then the processors until all is quiet, then what time causes. Time
moves on to the next line or timer, whichever is earlier. At one moment messages come before timers: a customer who
writes in the very second in which his dialog falls due has written in time (G05).

After an interruption the same files are played again: what is older than the tenant's clock is recalled, then the run
goes on. A finished run is only recalled, and nothing changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic

from adapters.play.asking import Asked, Asking
from adapters.play.closes import Recording
from adapters.play.crew import Crew
from adapters.play.door import Door
from adapters.play.files import ignore_bad, merged
from adapters.play.lines import Line
from adapters.play.moments import Moment, moments
from adapters.play.options import Options
from adapters.play.presence import changes
from adapters.play.recall import Recall
from adapters.play.script import is_inbound
from adapters.play.stage import build
from adapters.play.survey import Survey, kind_of
from adapters.play.talks import Talk, Talks
from adapters.play.tenant import PlayTenant, VirtualClock, store_clock
from adapters.play.watch import Watch
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.log import Log
from adapters.vault.vault import Vault

PAGE = 2_000
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
KEEP_CLOCK_EVERY = 2.0
Progress = Callable[[int, datetime], None]
Pace = Callable[[datetime], None]
PLAYED = frozenset({"customer", "agent"})


def at_full_speed(moment: datetime) -> None:
    """The default pace: no waiting."""


class Run:
    """`play` once. The executor's clock must be `clock`, its lane the tenant's."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        vault: Vault,
        executor: Executor,
        clock: VirtualClock,
        tenant: PlayTenant,
        found: Survey,
        options: Options,
    ) -> None:
        self.tenant = tenant
        self.found = found
        self.options = options
        self.watch = Watch()
        self.talks = Talks(found.tickets)
        self.recording = Recording()
        self.not_played: Counter[str] = Counter()
        self.door = Door(vault, tenant.name, self.talks, merge_customers=options.merge_customers)
        self.asking = Asking(tenant.name, vault)
        self.crew = Crew(
            database, connection, executor, tenant.lane, self.asking, self.watch, self.talks, options.algorithm
        )
        self.recall = Recall(connection, executor, self.asking, self.door, self.talks)
        self.began = self.found.first or clock.now
        self._database = database
        self._connection = connection
        self._vault = vault
        self._executor = executor
        self._clock = clock
        self._read = 0
        self._kept_at = monotonic()

    def play(self, progress: Progress = lambda lines, at: None, pace: Pace = at_full_speed) -> None:
        self._clock.now = self.tenant.virtual_now or self.began
        self._remember()
        self._executor.on_commit.append(self.watch.listen)
        try:
            build(self._executor, self._vault, self.tenant.name, self.found, self.options)
            self._all_moments(progress, pace)
        finally:
            self._executor.on_commit.remove(self.watch.listen)
        store_clock(self._connection, self.tenant.name, self._clock.now, "finished")

    def _remember(self) -> None:
        """What an earlier run has left: read from the log, page by page."""
        log, position = Log(self._database), 0
        while page := log.read(position, PAGE, lane=self.tenant.lane):
            self.watch.remember(page)
            position = page[-1].position

    def _all_moments(self, progress: Progress, pace: Pace) -> None:
        recalling = self.tenant.state != "new"
        for moment in moments(self._lines(), changes(self.found.agents), self._wanted):
            if recalling and self._is_past(moment):
                self._recalled(moment)
            else:
                recalling = recalling and self._go_on()
                self._advance_to(moment.at, pace)
                self._at(moment)
            progress(self._read, moment.at)
        if recalling:
            self._go_on()
        if self.tenant.state != "finished":
            self._advance_to(None, pace)

    # -- what has been played before --------------------------------------------------------------------------------

    def _is_past(self, moment: Moment) -> bool:
        past = self.tenant.virtual_now
        return self.tenant.state == "finished" or (past is not None and moment.at <= past)

    def _recalled(self, moment: Moment) -> None:
        """The last moment may have been cut short: its changes of presence are asked for again."""
        for line in moment.lines:
            self.recall.add(line)
        if moment.at == self.tenant.virtual_now and self.tenant.state != "finished":
            self.crew.settle(first=[self.asking.presence(change) for change in moment.changes])

    def _go_on(self) -> bool:
        """The end of what was played before. Returns False: from here on it is not recalled but played."""
        self.recall.flush()
        if self.tenant.state != "finished":
            waiting = [talk for talk in self.talks.all() if talk.waiting]
            self.crew.settle(waiting, self.crew.look_everywhere())
        return False

    # -- playing ----------------------------------------------------------------------------------------------------

    def _advance_to(self, at: datetime | None, pace: Pace) -> None:
        """Everything that time causes before `at`, then `at` itself; None = until nothing is due any more."""
        while (due := self.crew.next_timer()) is not None and due < (at or NEVER):
            pace(due)
            self._clock.now = max(self._clock.now, due)
            self.crew.settle(first=self.crew.wakes(self._clock.now))
        if at is not None:
            pace(at)
            self._clock.now = max(self._clock.now, at)
        if monotonic() - self._kept_at > KEEP_CLOCK_EVERY:
            self._kept_at = monotonic()
            store_clock(self._connection, self.tenant.name, self._clock.now, "running")

    def _at(self, moment: Moment) -> None:
        first = [self.asking.presence(change) for change in moment.changes]
        inbound: list[Line] = []
        touched: dict[Talk, None] = {}
        for line in moment.lines:
            talk = self.talks.of(line)
            if is_inbound(line, talk.ticket):
                if talk in touched:
                    self.crew.settle(*self._enter(inbound, touched, first))
                    inbound, touched, first = [], {}, []
                inbound.append(line)
            asked = self.talks.asked(talk, line)
            talk.waiting += asked
            if asked:
                touched[talk] = None
        self.crew.settle(*self._enter(inbound, touched, first), self.crew.wakes(moment.at))

    def _enter(
        self, inbound: list[Line], touched: dict[Talk, None], first: list[Asked]
    ) -> tuple[dict[Talk, None], list[Asked]]:
        """Let customers' messages in. Returns the talks that may go on, and what is still to come first."""
        if not inbound:
            return touched, first
        for talk in self.crew.enter(self.door, inbound, touched, first):
            self._opened(talk)
            touched[talk] = None
        return touched, []

    def _opened(self, talk: Talk) -> None:
        """A dialog that begins anew after its end goes to the queue where the recorded one is."""
        if len(talk.dialogs) > 1 and talk.queue is not None:
            self.talks.send_back(talk)

    # -- reading ----------------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[Line]:
        for line in merged(self.found.sources, ignore_bad):
            self._read += 1
            if self.found.plays(line):
                yield line

    def _wanted(self, line: Line) -> bool:
        ticket = line.set in self.found.tickets
        if ticket:
            self.recording.hear(line)
        kind = kind_of(line, ticket)
        if kind in PLAYED or (not ticket and kind in ("queued", "closed")):
            return True
        self.not_played[kind] += 1
        return False

    @property
    def log_head(self) -> int:
        """The last position of the run's lane."""
        return Log(self._database).head(self.tenant.lane)
