"""`parley channels history | settings | diff | restore`: a channel's past, and the way back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.channel_rows import COLUMNS, auditor, lines
from infra.commands.options import json_option, moment_of, output_option, with_session
from infra.commands.output import emit, note, one, rows, to_json
from infra.commands.values import readable, typed

if TYPE_CHECKING:
    from infra.commands.session import Session

MOMENT = "a position, a time (without a zone local time), a settings version such as v3, or now"


@click.command(name="history")
@click.argument("channel")
@click.option("--user", help="Who did it.")
@click.option("--field", help="A setting by its name, such as auto_close.")
@output_option
@with_session
def show_history(session: Session, channel: str, user: str | None, field: str | None, output: str) -> None:
    """Who changed what, when, from where, by which command, and why: every event of the channel, from the log itself.
    To export it, and for several channels at once: `parley audit channels`."""
    from adapters.http.channel_audit import Filter

    found = auditor(session).history(channel, Filter(user=user, field=field))
    rows(output, lines(found) if output == "table" else found, COLUMNS)


@click.command(name="settings")
@click.argument("channel")
@click.option("--as-of", default="now", metavar="MOMENT", help=f"As they were then: {MOMENT}.")
@json_option
@with_session
def show_settings(session: Session, channel: str, as_of: str, output: str) -> None:
    """The settings as of a moment, who had saved them, and when."""
    from adapters.views import channel_past as past

    events = past.events_of(session.engine.log, session.tenant, channel)
    then = past.then(events, moment_of(as_of, "--as-of"), _head(session))
    saved = then.saved
    facts = {
        "channel": channel,
        "kind": then.state.kind,
        "state": then.state.phase,
        "settings_version": then.state.settings_version,
        "saved_by": saved.meta.actor.id if saved else None,
        "saved_at": saved.recorded_at if saved else None,
        "saved_position": saved.position if saved else None,
        "restored_from": getattr(saved.event, "restored_from", None) if saved else None,
        "as_of": {"asked": as_of, "position": then.last.position, "recorded_at": then.last.recorded_at},
    }
    values = past.values(then.state)
    if output == "table":
        del facts["as_of"]
        one(output, {**facts, **readable(values)})
    else:
        one(output, {**facts, "settings": values})


@click.command()
@click.argument("channel")
@click.argument("since", metavar="FROM")
@click.argument("until", metavar="[TO]", default="now")
@json_option
@with_session
def diff(session: Session, channel: str, since: str, until: str, output: str) -> None:
    """What differs between two moments, and every event between them. A moment is a position, a time (without a zone
    local time), a settings version such as v3, or now: `parley channels diff bakery v3`."""
    from adapters.views import channel_past as past

    events = past.events_of(session.engine.log, session.tenant, channel)
    found = past.difference(events, moment_of(since, "FROM"), moment_of(until, "TO"), _head(session))
    versions = {row.version for row in found.between}
    between = [row for row in auditor(session).rows(events) if row["version"] in versions]
    if output == "json":
        emit(to_json(_document(channel, since, until, found, between), indent=2))
        return
    if found.fields:
        told = [{**row, "old": typed(row["old"]), "new": typed(row["new"])} for row in found.fields]
        rows("table", told, ("field", "old", "new", "positions"))
    else:
        note("The settings are the same.")
    if between:
        emit("")
        rows("table", lines(between), COLUMNS)


@click.command()
@click.argument("channel")
@click.argument("version", type=click.IntRange(0))
@click.option("--expect", type=int, help="Only if the settings still have this version; else exit 6.")
@json_option
@with_session
def restore(session: Session, channel: str, version: int, expect: int | None, output: str) -> None:
    """Save what an earlier VERSION of the settings had: a new event that names its source. Nothing is rewritten."""
    from adapters.views import channel_past as past
    from infra.commands.connecting import connector, done

    events = past.events_of(session.engine.log, session.tenant, channel)
    changes, seen = past.way_back(events, moment_of(f"v{version}", "VERSION"), _head(session))
    with connector(session) as connect:
        answer = connect.save(
            session.tenant,
            channel,
            changes,
            actor=session.actor,
            expected=seen if expect is None else expect,
            restored_from=version,
        )
    one(output, done(answer))


def _head(session: Session) -> int:
    return session.engine.log.head(session.engine.vault.lane_of(session.tenant))


def _document(channel: str, since: str, until: str, found: Any, between: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "channel": channel,
        "from": {"asked": since, "position": found.before.last.position, "state": found.before.state.phase},
        "to": {"asked": until, "position": found.after.last.position, "state": found.after.state.phase},
        "fields": found.fields,
        "events": between,
    }
