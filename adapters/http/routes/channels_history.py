"""The auditor's questions about a channel: its history, its settings as of a moment, what lies between two moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.http import shapes
from adapters.http.asking import Asking
from adapters.http.causes import told
from adapters.http.knowing import must_be_setting
from adapters.http.language import Language, preferred
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.http.routes.channels_asking import PREFIX, Audits, stands
from adapters.http.times import LARGEST, Time
from adapters.views import channel_causes as why
from adapters.views import channel_past as past
from adapters.views import queries
from adapters.views.moments import FORMS, Moment, moment
from adapters.views.save_effects import closed_by
from domain.errors import NotFound

router = APIRouter(prefix=PREFIX, tags=["channels"])
VIEWS: tuple[str, ...] = ("channel_history",)
VIEWS_WITH_EFFECTS = ("channel_history", "inbox")
AsOf = Annotated[str, Query(description=FORMS, max_length=40)]


@router.get("/{channel}/history")
async def get_history(
    channel: str,
    asking: Audits,
    request: Request,
    user: Annotated[str | None, Query(description="who did it")] = None,
    field: Annotated[str | None, Query(description="a setting by its name")] = None,
    since: Time | None = None,
    until: Annotated[Time | None, Query(description="not included")] = None,
    before: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    effects: Annotated[bool, Query(description="count the dialogs that each change of the period has closed")] = False,
    position: WaitFor = None,
) -> shapes.History:
    """Who changed what, when, from where, from which value to which, by which command, and why: the newest first.

    As a file, CSV or JSON Lines, whole: `GET /v1/channels/{channel}/history/export?format=csv` with the same filters.
    With `effects` a Save that changed the period or the mode of auto-close has `closed_idle`: how many dialogs were
    closed for idleness from it to the next such Save.
    """
    views = VIEWS_WITH_EFFECTS if effects else VIEWS
    await wait_for(asking.parts, views, position)
    filters = {
        "actor": user,
        "field": must_be_setting(field),
        "since": since,
        "until": until,
        "before": before,
        "limit": limit,
    }
    rows, following, where = await run_in_threadpool(_history, asking, channel, filters, views)
    return shapes.History(history=_told(rows, _language(request)), next=following, **stands(where))


@router.get("/{channel}/settings", response_model_exclude_none=True)
async def get_settings(channel: str, asking: Audits, response: Response, as_of: AsOf = "now") -> shapes.SettingsThen:
    """The settings as they were at a moment, who had saved them and when; without `as_of` as they are, with their ETag.

    A fold of the log up to that moment, so it never lags behind. 404 `before_creation` for a moment when the channel
    did not exist yet, 422 `moment_ahead` for one that has not come.
    """
    asked = moment(as_of, "as_of")
    then, head = await run_in_threadpool(_then, asking, channel, asked)
    if asked.asked == "now":
        response.headers["etag"] = f'"{then.state.settings_version}"'
    return _settings(channel, then, asked, head)


@router.get("/{channel}/settings/diff")
async def get_difference(
    channel: str,
    asking: Audits,
    request: Request,
    since: Annotated[str, Query(alias="from", description=FORMS, max_length=40)],
    until: Annotated[str, Query(alias="to", description=FORMS, max_length=40)] = "now",
) -> shapes.SettingsDiff:
    """Each setting that differs between two moments, old and new, with the events between: who, when, by which command.

    Events are those behind `from` up to `to`; what was changed and changed back stands among them alone.
    """
    first, second = moment(since, "from"), moment(until, "to")
    found, rows, head = await run_in_threadpool(_difference, asking, channel, first, second)
    return shapes.SettingsDiff(
        channel=channel,
        since=_point(first, found.before),
        until=_point(second, found.after),
        state_before=found.before.state.phase,
        state_after=found.after.state.phase,
        settings_version_before=found.before.state.settings_version,
        settings_version_after=found.after.state.settings_version,
        fields=[shapes.FieldDifference.model_validate(one) for one in found.fields],
        events=_told(rows, _language(request)),
        position=head,
    )


def _history(
    asking: Asking, channel: str, filters: Mapping[str, Any], views: tuple[str, ...]
) -> tuple[list[dict[str, Any]], int | None, Standing]:
    with reading(asking.parts, views) as (connection, where):
        if queries.channel(connection, asking.tenant, channel) is None:
            raise NotFound("channel_unknown", "There is no such channel.")
        page = queries.channel_history(connection, asking.tenant, channel, **filters)
        events = past.events_of(asking.parts.log, asking.tenant, channel)
        closed = closed_by(connection, asking.tenant, channel, events) if views == VIEWS_WITH_EFFECTS else {}
    known = _causes(asking, events, {row["version"] for row in page.rows})
    rows = [{**why.with_cause(row, known), "closed_idle": closed.get(row["version"])} for row in page.rows]
    return rows, int(page.next) if page.next else None, where


def _then(asking: Asking, channel: str, asked: Moment) -> tuple[past.Then, int]:
    """The log's end is read first: everything up to it is in what is read afterwards."""
    head = asking.parts.log.head(asking.parts.lane)
    return past.then(past.events_of(asking.parts.log, asking.tenant, channel), asked, head), head


def _difference(
    asking: Asking, channel: str, since: Moment, until: Moment
) -> tuple[past.Difference, list[dict[str, Any]], int]:
    head = asking.parts.log.head(asking.parts.lane)
    events = past.events_of(asking.parts.log, asking.tenant, channel)
    found = past.difference(events, since, until, head)
    known = _causes(asking, events, {one.version for one in found.between})
    return found, why.rows(found.between, known), head


def _causes(asking: Asking, events: past.Events, versions: set[int]) -> dict[int, why.Cause]:
    shown = [one for one in events if one.version in versions]
    elsewhere = why.led_to(asking.parts.database, asking.tenant, asking.parts.lane, shown)
    return why.causes(events, elsewhere)


def _settings(channel: str, then: past.Then, asked: Moment, head: int) -> shapes.SettingsThen:
    state, saved = then.state, then.saved
    facts: dict[str, Any] = {}
    if saved is not None:
        facts = {
            "saved_at": saved.recorded_at,
            "saved_by": saved.meta.actor.id,
            "saved_command": saved.meta.command,
            "saved_position": saved.position,
            "saved_event_id": saved.event_id,
            "restored_from": getattr(saved.event, "restored_from", None),
        }
    return shapes.SettingsThen(
        channel=channel,
        kind=state.kind,
        name=state.name,
        state=state.phase,
        as_of=_point(asked, then),
        settings_version=state.settings_version,
        settings=past.values(state),
        floor_until=state.floor_until,
        position=head,
        **facts,
    )


def _point(asked: Moment, then: past.Then) -> shapes.Moment:
    last = then.last
    return shapes.Moment(asked=asked.asked, version=last.version, position=last.position, recorded_at=last.recorded_at)


def _told(rows: list[dict[str, Any]], language: Language) -> list[shapes.HistoryRow]:
    for row in rows:
        row["cause"]["sentence"] = told(row, language)
    return [shapes.HistoryRow.model_validate(row) for row in rows]


def _language(request: Request) -> Language:
    return preferred(request.headers.get("accept-language"))
