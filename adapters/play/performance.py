"""One performance from files to figures: the door for the command line, tests and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from adapters.feed.log_feed import LogFeed
from adapters.play.files import FileRefused, Source, is_outcome, look_up, measure
from adapters.play.options import Options, tenant_name
from adapters.play.report import report
from adapters.play.run import Pace, Progress, Run, at_full_speed
from adapters.play.survey import Survey, survey
from adapters.play.tenant import VirtualClock, find_or_make, one_run_at_a_time
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.vault.vault import Vault
from adapters.views.apply import consumers
from processors import ALL_HANDLERS

VIEW_PAGE = 2_000


@dataclass(frozen=True)
class Programme:
    """What is to be played, read once through. `outcomes` = files that are only compared with, at the end."""

    options: Options
    found: Survey
    tenant: str
    outcomes: Sequence[Path] = field(default_factory=tuple)

    @property
    def sources(self) -> Sequence[Source]:
        return self.found.sources

    @property
    def lines(self) -> int:
        return sum(source.lines for source in self.sources)


def prepare(files: Sequence[Path], options: Options, tenant: str | None = None) -> Programme:
    """Raises `FileRefused` where nothing can be played."""
    sources = [measure(path) for path in files if not is_outcome(path)]
    if len({source.digest for source in sources}) < len(sources):
        raise FileRefused("file_twice", "The same content was given twice.")
    found = survey(sources, options.limit)
    if found.first is None:
        first = f"{found.bad[0].file}:{found.bad[0].line}: {found.bad[0].sentence} " if found.bad else ""
        raise FileRefused("nothing_to_play", f"{first}No line of these files can be played.")
    outcomes = [path for path in files if is_outcome(path)]
    return Programme(options, found, tenant or tenant_name(sources, options), outcomes)


def perform(
    database: Database,
    vault: Vault,
    programme: Programme,
    *,
    progress: Progress = lambda lines, at: None,
    pace: Pace = at_full_speed,
) -> dict[str, Any]:
    """Play it, or what is left of it, and report. Raises `Conflict` while it is being played elsewhere."""
    assert programme.found.first is not None
    tenant = find_or_make(database, vault, programme.tenant)
    clock = VirtualClock(tenant.virtual_now or programme.found.first)
    with database.connect() as connection, one_run_at_a_time(connection, tenant.name):
        with _executor(database, vault, tenant.lane, clock) as executor:
            run = Run(database, connection, vault, executor, clock, tenant, programme.found, programme.options)
            began = monotonic()
            run.play(progress, pace)
            seconds = monotonic() - began
        for path in programme.outcomes:
            look_up(path, run.recording.correct)
        return report(run, seconds)


def show(database: Database, lane: int) -> int:
    """Bring the views of the run's lane to its end, so that lists and transcripts have it. Returns events read."""
    return LogFeed(database, consumers(), lane=lane, page=VIEW_PAGE).pump()


@contextmanager
def _executor(database: Database, vault: Vault, lane: int, clock: VirtualClock) -> Iterator[Executor]:
    executor = Executor(database, vault, lane=lane, handlers=ALL_HANDLERS, clock=clock, durable=False)
    try:
        yield executor
    finally:
        executor.close()


class RealTime:
    """Virtual time at `factor` × the speed of the clock on the wall."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._start: tuple[datetime, float] | None = None

    def __call__(self, moment: datetime) -> None:
        if self._start is None:
            self._start = (moment, monotonic())
        since, began = self._start
        wait = (moment - since).total_seconds() / self._factor - (monotonic() - began)
        if wait > 0:
            sleep(wait)


def to_json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=2, ensure_ascii=False)
