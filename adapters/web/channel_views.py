"""What the pages about channels show, read in one go and made ready for a template. Blocking; called in a thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.http.causes import told
from adapters.http.parts import Parts
from adapters.http.reading import reading
from adapters.http.tokens import Grant
from adapters.views import channel_causes as why
from adapters.views import channel_past as past
from adapters.views import queries
from adapters.views.moments import Moment
from adapters.web.views import VIEWS, Row, names_of
from adapters.web.words import Words
from domain.channel import SettingsChanged
from domain.errors import NotFound
from domain.recorded import Recorded
from domain.settings import public_name

VERSIONS = 50


def read_channels(parts: Parts, grant: Grant) -> Row:
    with reading(parts, VIEWS) as (connection, where):
        channels = queries.channels(connection, grant.tenant)
        names = names_of(queries.agents(connection, grant.tenant), queries.groups(connection, grant.tenant))
    for one in channels:
        target = {"kind": one["receiver_kind"], "id": one["receiver"]} if one["receiver_kind"] else None
        one["receiver_name"] = names.target(target)
    return {"channels": channels, "position": where.position}


def read_settings(parts: Parts, grant: Grant, channel: str, asked: Moment) -> Row:
    """The settings as of a moment, each with the Save that it comes from. Raises `NotFound`, `Invalid`."""
    head = parts.log.head(parts.lane)
    events = past.events_of(parts.log, grant.tenant, channel)
    known = past.prefix(events, asked, head)
    then, sources = past.folded(known), _sources(known)
    rows = [
        {"field": field, "value": value, "saved": sources.get(field)}
        for field, value in past.values(then.state).items()
    ]
    return {
        **_around(parts, grant, channel, events),
        "then": then,
        "rows": rows,
        "versions": list(reversed(_saves(events)))[:VERSIONS],
        "latest": past.folded(events).state.settings_version,
        "live": asked.position is None and asked.at is None and asked.settings_version is None,
        "position": head,
    }


def read_difference(parts: Parts, grant: Grant, channel: str, since: Moment, until: Moment, words: Words) -> Row:
    """What differs between two moments, with the events between. Raises `NotFound`, `Invalid`."""
    head = parts.log.head(parts.lane)
    events = past.events_of(parts.log, grant.tenant, channel)
    found = past.difference(events, since, until, head)
    between = _told(parts, grant, events, [one.version for one in found.between], words)
    return {
        **_around(parts, grant, channel, events),
        "found": found,
        "history": list(reversed(between)),
        "versions": list(reversed(_saves(events)))[:VERSIONS],
        "position": head,
    }


def read_history(parts: Parts, grant: Grant, channel: str, filters: Mapping[str, Any], words: Words) -> Row:
    """Who changed what in a channel and why, newest first. Raises `NotFound`."""
    with reading(parts, ("channel_history", "channels")) as (connection, where):
        row = queries.channel(connection, grant.tenant, channel)
        if row is None:
            raise NotFound("channel_unknown", "There is no such channel.")
        page = queries.channel_history(connection, grant.tenant, channel, **filters)
        names = names_of(queries.agents(connection, grant.tenant), queries.groups(connection, grant.tenant))
    events = past.events_of(parts.log, grant.tenant, channel)
    known = _causes(parts, grant, events, {one["version"] for one in page.rows})
    rows = [_sentence(why.with_cause(one, known), words) for one in page.rows]
    return {"channel": row, "history": rows, "next": page.next, "names": names, "position": where.position}


def _around(parts: Parts, grant: Grant, channel: str, events: past.Events) -> Row:
    """The channel's name and mark as they are now, and what its receivers are called."""
    with reading(parts, VIEWS) as (connection, _):
        names = names_of(queries.agents(connection, grant.tenant), queries.groups(connection, grant.tenant))
    state = past.folded(events).state
    return {"channel": {"channel": channel, "kind": state.kind, "name": state.name}, "names": names}


def _sources(events: Iterable[Recorded]) -> dict[str, Recorded]:
    """For each setting the Save that gave it the value it has at the end."""
    found: dict[str, Recorded] = {}
    for one in events:
        for change in getattr(one.event, "changes", ()):
            found[public_name(change.field)] = one
    return found


def _saves(events: Iterable[Recorded]) -> list[Row]:
    return [
        {"n": one.event.settings_version, "at": one.recorded_at, "by": one.meta.actor.id}
        for one in events
        if isinstance(one.event, SettingsChanged)
    ]


def _told(parts: Parts, grant: Grant, events: past.Events, versions: list[int], words: Words) -> list[Row]:
    known = _causes(parts, grant, events, set(versions))
    shown = [one for one in events if one.version in set(versions)]
    return [_sentence(row, words) for row in why.rows(shown, known)]


def _causes(parts: Parts, grant: Grant, events: past.Events, versions: set[int]) -> dict[int, why.Cause]:
    shown = [one for one in events if one.version in versions]
    return why.causes(events, why.led_to(parts.database, grant.tenant, parts.lane, shown))


def _sentence(row: Row, words: Words) -> Row:
    return {**row, "why": told(row, words.language)}
