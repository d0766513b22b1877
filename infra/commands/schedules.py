"""`parley schedules`: working hours. `mon-fri 9:00-18:00, sat 10:00-14:00` is a week."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.options import Ident, json_option, output_option, with_session
from infra.commands.output import one, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PART = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+(?P<start>\d{1,2}:\d\d)-(?P<end>\d{1,2}:\d\d)")


@click.group()
def command() -> None:
    """Working hours: list, show, set."""


@command.command(name="list")
@output_option
@with_session
def list_schedules(session: Session, output: str) -> None:
    """All schedules."""
    from infra.commands.heads import all_of

    rows(output, [_public(head) for head in all_of(session, "schedule")], ("id", "name", "zone", "hours"))


@command.command()
@click.argument("schedule")
@json_option
@with_session
def show(session: Session, schedule: str, output: str) -> None:
    """One schedule."""
    from infra.commands.heads import one_of

    found = _public(one_of(session, "schedule", schedule))
    one(output, _readable(found) if output == "table" else found)


@command.command(name="set")
@click.argument("schedule", type=Ident())
@click.option("--name", default="", help="What people call it.")
@click.option("--zone", required=True, help="For example Europe/Moscow.")
@click.option(
    "--hours", required=True, help="For example: mon-fri 9:00-18:00, sat 20:00-2:00; the same time twice is 24 hours."
)
@click.option("--closed", multiple=True, metavar="YYYY-MM-DD", help="A holiday; may be repeated.")
@json_option
@with_session
def set_schedule(
    session: Session, schedule: str, name: str, zone: str, hours: str, closed: tuple[str, ...], output: str
) -> None:
    """Make a schedule, or change one to exactly this."""
    from domain.desk.administration import SetSchedule
    from domain.schedule import DatedException
    from domain.working_time import Interval

    week = tuple(tuple(Interval(start=start, end=end) for start, end in day) for day in week_of(hours))
    holidays = tuple(DatedException(on=_date(day)) for day in closed)
    wanted = SetSchedule(schedule=schedule, name=name, zone=zone, week=week, exceptions=holidays)
    one(output, session.ask(wanted).answer)


def week_of(hours: str) -> list[list[tuple[int, int]]]:
    """Seven lists of (start, end) in minutes, Monday first. Raises `UsageError`."""
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for part in filter(None, (part.strip().lower() for part in hours.split(","))):
        found = PART.fullmatch(part)
        if found is None or found["first"] not in DAYS or (found["last"] or found["first"]) not in DAYS:
            raise click.UsageError(f"{part!r} is not of the form `mon-fri 9:00-18:00`.")
        first, last = DAYS.index(found["first"]), DAYS.index(found["last"] or found["first"])
        for day in range(first, last + 1 if last >= first else last + 8):
            week[day % 7].append((_minutes(found["start"]), _minutes(found["end"])))
    return week


def _minutes(clock: str) -> int:
    hour, minute = (int(part) for part in clock.split(":"))
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise click.UsageError(f"{clock} is no time of day.")
    return hour * 60 + minute


def _date(text: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text} is no date of the form YYYY-MM-DD.") from None


def _public(head: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in head.items() if name != "exists"}
    return {**shown, "hours": _hours(head.get("week", []))}


def _readable(shown: dict[str, Any]) -> dict[str, Any]:
    """Hours and exceptions as they are typed, instead of minutes from midnight."""
    kept = {name: value for name, value in shown.items() if name not in ("week", "exceptions")}
    days = [f"{one['on']} {', '.join(map(_span, one['intervals'])) or 'closed'}" for one in shown["exceptions"]]
    return {**kept, "exceptions": days}


def _hours(week: list[list[dict[str, int]]]) -> str:
    """The week as it is typed, without joining days."""
    return ", ".join(f"{DAYS[at]} {_span(span)}" for at, day in enumerate(week) for span in day)


def _span(span: dict[str, int]) -> str:
    return f"{_clock(span['start'])}-{_clock(span['end'])}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
