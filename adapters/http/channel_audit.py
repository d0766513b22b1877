"""The history of a channel to take away: rows from the log itself, filtered, with causes, as CSV or JSON Lines (L02).

The terminal and the API write the same rows. None of them carries a proof of inclusion yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.http.causes import told
from adapters.http.language import Language
from adapters.store.database import Database
from adapters.store.log import Log
from adapters.views import channel_causes as why
from adapters.views.channel_past import Events, events_of
from adapters.views.moments import Moment
from adapters.views.save_effects import closed_by
from adapters.views.spreadsheet import csv_line

Form = Literal["csv", "jsonl"]
Found = dict[str, Any]
SHEET = (
    "position", "recorded_at", "channel", "version", "event_id", "kind", "actor_kind", "actor", "on_behalf_of", "ip",
    "user_agent", "command", "command_id", "causation_id", "settings_version", "field", "old", "new", "state_before",
    "state_after", "why", "closed_idle", "facts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """`field` by its public name; `since` is included, `until` is not."""

    user: str | None = None
    field: str | None = None
    since: Moment | None = None
    until: Moment | None = None

    def passes(self, row: Found) -> bool:
        return (
            (self.user is None or row["actor"] == self.user)
            and (self.field is None or self.field in row["fields"])
            and (self.since is None or not _earlier(row, self.since))
            and (self.until is None or _earlier(row, self.until))
        )


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who reads: one tenant's channels, in one language."""

    database: Database
    log: Log
    tenant: str
    lane: int
    language: Language = "en"

    def history(self, channel: str, wanted: Filter | None = None, *, effects: bool = False) -> list[Found]:
        """Oldest first. With `effects` a Save that changed the period has `closed_idle`. Raises `NotFound`."""
        events = events_of(self.log, self.tenant, channel)
        closed: dict[int, int] = {}
        if effects:
            with self.database.pool.connection(timeout=3) as connection:
                closed = closed_by(connection, self.tenant, channel, events)
        found = self.rows(events)
        for row in found:
            row["closed_idle"] = closed.get(row["version"])
        return [row for row in found if wanted is None or wanted.passes(row)]

    def rows(self, events: Events) -> list[Found]:
        """Rows of a whole stream, each with its cause and the sentence of it."""
        known = why.causes(events, why.led_to(self.database, self.tenant, self.lane, events))
        found = why.rows(events, known)
        for row in found:
            row["cause"]["sentence"] = told(row, self.language)
            row["cause"] = {name: value for name, value in row["cause"].items() if value is not None}
        return found


def written(found: list[Found], form: Form) -> Iterator[str]:
    """Lines without their ends: a sheet with its head, one line a changed field; or one JSON object an event."""
    if form == "jsonl":
        yield from (_json(row) for row in found)
        return
    yield csv_line(SHEET)
    for row in found:
        for change in row["changes"] or [{"field": None, "old": None, "new": None}]:
            facts = {**row, **change, "why": row["cause"].get("sentence")}
            yield csv_line([_cell(facts.get(name)) for name in SHEET])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _iso(value)
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_iso)


def _iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _earlier(row: Found, moment: Moment) -> bool:
    if moment.at is not None:
        return bool(row["recorded_at"] < moment.at)
    return moment.position is not None and bool(row["position"] < moment.position)
