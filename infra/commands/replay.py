"""`parley replay`: a dialog event by event, with its state after each: the state that the engine decides from."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.options import output_option, with_session
from infra.commands.output import cell, emit, note, paint, to_json

if TYPE_CHECKING:
    from domain.recorded import Recorded
    from infra.commands.session import Session

SHOWN = ("phase", "target", "assignee", "offers", "bot", "held", "tags", "topic", "priority", "closed_cause")


@click.command()
@click.argument("dialog")
@click.option("--at", help="As it was then: a moment (2026-11-25T10:00:00Z; without a zone local time) or a position.")
@output_option
@with_session
def command(session: Session, dialog: str, at: str | None, output: str) -> None:
    """Replay one dialog: each event, and the state that it led to. `-o json` gives the last state alone."""
    from infra.commands.ids import full_id

    dialog = full_id(session, dialog)
    history = session.engine.log.stream(session.tenant, f"dialog-{dialog}")
    steps = states(upto(history, at))
    if not steps:
        note(f"The dialog was not there yet; it was opened at position {history[0].position}.")
    if output == "json":
        emit(to_json(_document(session, dialog, steps), indent=2))
        return
    before: dict[str, Any] = {}
    for recorded, state in steps:
        emit(_line(session, recorded, state, before, output))
        before = state


def upto(history: list[Recorded], at: str | None) -> list[Recorded]:
    """The events that were there at that position, or recorded at or before that moment. Raises `UsageError`."""
    if at is None:
        return history
    if re.fullmatch(r"\d+", at):
        return [one for one in history if one.position <= int(at)]
    moment = _moment(at)
    return [one for one in history if one.recorded_at <= moment]


def states(history: list[Recorded]) -> list[tuple[Recorded, dict[str, Any]]]:
    """Each event with the state after it: the same fold by which the engine keeps its heads."""
    from domain.streams import aggregate_of, fresh

    steps: list[tuple[Recorded, dict[str, Any]]] = []
    if not history:
        return steps
    stream = history[0].stream
    state, evolve = fresh(stream), aggregate_of(stream).evolve
    for recorded in history:
        state = evolve(state, recorded.event, recorded.stamp)
        steps.append((recorded, asdict(state)))
    return steps


def _document(session: Session, dialog: str, steps: list[tuple[Recorded, dict[str, Any]]]) -> dict[str, Any]:
    if not steps:
        return {"dialog": dialog, "version": 0, "position": None, "recorded_at": None, "state": None}
    last, state = steps[-1]
    found = {"version": last.version, "position": last.position, "recorded_at": last.recorded_at, "state": state}
    return {"dialog": dialog, **found}


def _line(session: Session, recorded: Recorded, state: dict[str, Any], before: dict[str, Any], output: str) -> str:
    from adapters.store.codec import to_public
    from infra.commands.summary import kind_painted, summary

    data = session.opened(recorded).model_dump(mode="json", by_alias=True)
    if output == "jsonl":
        return to_json({**to_public(recorded, data), "state": state})
    moment = recorded.recorded_at.astimezone().strftime("%m-%d %H:%M:%S")
    first = f"{recorded.position:>7}  {paint(moment, 2)}  {kind_painted(recorded.event.kind, 26)}"
    changes = [f"{name}: {short(before.get(name))} → {short(state[name])}" for name in _moved(state, before)]
    told = f"{first}  {cell(summary(data), longest=90)}".rstrip()
    return "\n".join([told, *(paint(" " * 9 + change, 2) for change in changes)])


def _moved(state: dict[str, Any], before: dict[str, Any]) -> list[str]:
    return [name for name in SHOWN if state[name] != before.get(name) and (before or state[name])]


def short(value: Any) -> str:
    """A value of the state in a word: who, for whom, or nothing."""
    if isinstance(value, tuple | list) and value and hasattr(value[0], "agent"):
        return ", ".join(one.agent for one in value)
    if hasattr(value, "kind") and hasattr(value, "id"):
        return f"{value.kind}:{value.id}"
    if isinstance(value, frozenset):
        value = sorted(value)
    return cell(value) if value not in ((), [], False) else "-"


def _moment(text: str) -> datetime:
    """Without a zone it is local time, as in everything that tables show: what is read can be typed."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise click.UsageError(
            f"--at takes a moment such as 2026-11-25T10:00:00Z, or a position, not {text!r}."
        ) from None
