"""`parley play`: recorded conversations through the engine, in virtual time, and the figures of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.failures import FAILED
from infra.commands.options import data_option, json_option, settings_of
from infra.commands.output import emit, note

if TYPE_CHECKING:
    from adapters.play.performance import Programme
    from adapters.play.run import Progress
    from infra.engine import Engine
    from infra.settings import Settings

ALGORITHMS = ("all_at_once", "round_robin", "in_order", "least_busy", "random")
SHOWN_BAD = 20
REAL = "default"
"""Where it is played first, `up` finds it in virtual time: its log would be split, and nothing delivered."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@click.option("--tenant", help="The run's tenant; usually named by the set and its content.")
@click.option("--limit", type=click.IntRange(1), help="Only the first N dialogs of each set.")
@click.option("--capacity", type=click.IntRange(0, 1000), help="Dialogs an agent may hold: 3; at a ticket desk 1000.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="round_robin", help="The groups' rule.")
@click.option("--auto-close", metavar="PERIOD", help="Such as 24h or 5d: 24h; at a ticket desk 120h.")
@click.option("--answer-wait", type=click.IntRange(5, 3600), default=60, help="Seconds an offer stands.")
@click.option("--merge-customers", is_flag=True, help="By person: dialogs of one person at once become one.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), help="Times real time; usually as fast as it goes.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here, as JSON.")
@click.option("--views/--no-views", default=True, help="Fill the views too, so that lists show the run.")
@json_option
@click.pass_context
def command(
    ctx: click.RichContext,
    /,
    files: tuple[Path, ...],
    data: Path | None,
    tenant: str | None,
    speed: float | None,
    report: Path | None,
    views: bool,
    output: str,
    **given: Any,
) -> None:
    """Play recorded conversations through the engine, in virtual time.

    FILE… are JSON lines, plain or .gz: messages and history, merged by time. A file *.dialogs.* is only compared with,
    at the end. The run is a tenant of its own; the same files played again change nothing, and an interrupted run goes
    on where it was.
    """
    from adapters.play.performance import RealTime, perform, prepare, show, to_json
    from adapters.play.run import at_full_speed

    if tenant == REAL:
        raise click.UsageError(f"--tenant: {tenant} is the tenant that `parley up` serves; play into another one.")
    if report is not None and not report.absolute().parent.is_dir():
        raise click.UsageError(f"--report: there is no folder {report.absolute().parent}.")
    programme = prepare(files, _options(given), tenant)
    _tell_bad(programme)
    with _engine(settings_of(data=data)) as engine, _progress(programme) as progress:
        pace = RealTime(speed) if speed else at_full_speed
        figures = perform(engine.database, engine.vault, programme, progress=progress, pace=pace)
        if views:
            show(engine.database, figures["lane"])
    if report is not None:
        report.write_text(to_json(figures) + "\n", encoding="utf-8")
    emit(to_json(figures)) if output == "json" else _summary(figures)
    if not (figures["reconciliation"]["holds"] and figures["agent_messages"]["holds"]):
        note("parley: What came in and what became of it do not add up. (reconciliation_failed)")
        ctx.exit(FAILED)


def _options(given: dict[str, Any]) -> Any:
    from adapters.play.options import Options, period

    auto_close = given.pop("auto_close")
    return Options(**given, auto_close=period(auto_close) if auto_close else None)


def _tell_bad(programme: Programme) -> None:
    bad = programme.found.bad
    for one in bad[:SHOWN_BAD]:
        note(f"{one.file}:{one.line}: {one.sentence} ({one.code})")
    if bad:
        told = "1 line cannot be played; it is" if len(bad) == 1 else f"{len(bad)} lines cannot be played; they are"
        note(f"{told} counted as rejected.")


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    """On the database that is named, on that of a running `up`, or on the data folder's own while the run lasts."""
    from infra.embedded import Home, application_dsn, running, start_embedded
    from infra.engine import open_engine

    with ExitStack() as stop:
        if settings.database_url is not None or "url" in (running(settings.data) or {}):
            dsn = application_dsn(settings)
        else:
            home = Home.hold(settings.data)
            stop.callback(home.release)
            embedded = start_embedded(settings, note)
            stop.callback(embedded.postgres.stop)
            dsn = embedded.dsn
        yield stop.enter_context(open_engine(settings, dsn=dsn))


@contextmanager
def _progress(programme: Programme) -> Iterator[Progress]:
    """A bar on stderr, where a person sees it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} lines/s"),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(programme.tenant, total=programme.lines, rate="-")

        def progress(lines: int, at: Any) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f"{lines / elapsed:,.0f}" if elapsed else "-"
            bar.update(task, completed=lines, rate=rate, description=f"{programme.tenant} {at:%Y-%m-%d %H:%M}")

        yield progress


def _summary(figures: dict[str, Any]) -> None:
    from infra.commands.play_summary import summary

    for line in summary(figures):
        emit(line)
