"""`parley tail`: the log as it grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.options import with_session
from infra.commands.output import cell, emit, note, paint, to_json

if TYPE_CHECKING:
    from adapters.store.log import Row
    from domain.recorded import Recorded
    from infra.commands.session import Session

PAGE = 500
PAUSE = 0.2
AWAY_PAUSE = 1.0
FARTHEST = 2**63 - 1
"""The last position that the log can ever have; from behind it is from the end, as from any other that is not there."""


@click.command(context_settings={"ignore_unknown_options": False})
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option("--from", "begin", default="-10", help="POSITION, start, end, or -N for the last N (-10).")
@click.option("-n", "--number", type=click.IntRange(1), help="Stop after so many events.")
@click.option("--type", "pattern", multiple=True, help="Kinds by pattern, such as 'dialog.*'; may be repeated.")
@click.option("--dialog", help="One dialog alone; the first letters of its id will do.")
@click.option("-o", "--output", type=click.Choice(["table", "jsonl"]), default="table", help="The form of the output.")
@with_session
def command(
    session: Session,
    follow: bool,
    begin: str,
    number: int | None,
    pattern: tuple[str, ...],
    dialog: str | None,
    output: str,
) -> None:
    """The log, one line an event. Ctrl-C says where to go on: `resume with --from POSITION`."""
    wanted = Wanted(session, kinds_of(pattern), None if dialog is None else stream_of(session, dialog))
    after = wanted.start(begin)
    shown = 0
    try:
        for recorded in wanted.events(after, follow):
            emit(line(session, recorded, output), flush=follow)
            after, shown = recorded.position, shown + 1
            if shown == number:
                break
    except KeyboardInterrupt:
        note(f"resume with --from {after + 1}")
        raise


def kinds_of(patterns: tuple[str, ...]) -> list[str] | None:
    """Every kind of event that fits a pattern; None = all. Raises `UsageError` where none fits."""
    from domain.streams import EVENTS

    if not patterns:
        return None
    kinds = [kind for kind in EVENTS if any(fnmatchcase(kind, one) for one in patterns)]
    if not kinds:
        raise click.UsageError(f"No kind of event fits {', '.join(patterns)}.")
    return kinds


def stream_of(session: Session, dialog: str) -> str:
    """The stream of the dialog whose id begins so. Raises `NotFound`; `Conflict` where several do."""
    from infra.commands.ids import full_id

    return f"dialog-{full_id(session, dialog)}"


def line(session: Session, recorded: Recorded, output: str) -> str:
    from adapters.store.codec import to_public
    from infra.commands.summary import kind_painted, summary

    data = session.opened(recorded).model_dump(mode="json", by_alias=True)
    if output == "jsonl":
        return to_json(to_public(recorded, data))
    moment = recorded.recorded_at.astimezone().strftime("%m-%d %H:%M:%S")
    head = f"{recorded.position:>7}  {paint(moment, 2)}  {kind_painted(recorded.event.kind, 26)}"
    return f"{head}  {paint(recorded.entity[:12].ljust(12), 2)}  {cell(summary(data), longest=110)}"


class Wanted:
    """What of the log is asked for: a tenant, kinds, a stream."""

    def __init__(self, session: Session, kinds: list[str] | None, stream: str | None) -> None:
        self._session = session
        self._kinds = kinds
        self._stream = stream
        self._lane = session.engine.vault.lane_of(session.tenant)

    def start(self, begin: str) -> int:
        """The position behind which to read. Raises `UsageError`."""
        if begin == "start":
            return 0
        if begin == "end":
            return self._session.engine.log.head(self._lane)
        if begin.removeprefix("-").isdigit():
            number = min(int(begin.removeprefix("-")), FARTHEST)
            return self._before_last(number) if begin.startswith("-") else number - 1
        raise click.UsageError(f"--from takes a position, start, end, or -N, not {begin!r}.")

    def events(self, after: int, follow: bool) -> Iterator[Recorded]:
        """To the end of the log, or for ever; a database that goes away is waited for."""
        from adapters.store.log import decoded

        while True:
            rows = self._page(after, patient=follow)
            yield from decoded(rows)
            after = rows[-1].position if rows else after
            if len(rows) < PAGE:
                if not follow:
                    return
                time.sleep(PAUSE)

    def _page(self, after: int, *, patient: bool) -> list[Row]:
        import psycopg
        from psycopg_pool import PoolTimeout

        told = False
        while True:
            try:
                return self._session.engine.log.rows(
                    after, PAGE, lane=self._lane, tenant=self._session.tenant, stream=self._stream, kinds=self._kinds
                )
            except (psycopg.OperationalError, PoolTimeout):
                if not patient:
                    raise
                if not told:
                    note("The database does not answer; waiting for it.")
                told = True
                time.sleep(AWAY_PAUSE)

    def _before_last(self, number: int) -> int:
        """The position before the last `number` events that are wanted."""
        conditions, values = ["lane = %s", "tenant = %s"], [self._lane, self._session.tenant]
        extra: list[tuple[str, Any]] = [("stream = %s", self._stream), ("kind = ANY (%s)", self._kinds)]
        for condition, value in extra:
            if value is not None:
                conditions.append(condition)
                values.append(value)
        statement = (
            f"SELECT position FROM parley.event WHERE {' AND '.join(conditions)}"  # noqa: S608 - our own words
            " ORDER BY position DESC LIMIT %s"
        )
        rows = self._session.query(statement, (*values, number))
        return rows[-1]["position"] - 1 if rows and number else self._session.engine.log.head(self._lane)
