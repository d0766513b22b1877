"""The history of channels at the terminal: rows from the log itself, filtered, with causes, as table, CSV or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.commands.output import to_json
from infra.commands.values import typed

if TYPE_CHECKING:
    from adapters.views.channel_past import Events
    from adapters.views.moments import Moment
    from infra.commands.session import Session

COLUMNS = ("position", "recorded_at", "actor", "ip", "command", "kind", "state", "what", "why")
CSV = (
    "position", "recorded_at", "channel", "version", "event_id", "kind", "actor_kind", "actor", "on_behalf_of", "ip",
    "user_agent", "command", "command_id", "causation_id", "settings_version", "field", "old", "new", "state_before",
    "state_after", "why", "facts",
)  # fmt: skip
UNSHOWN = frozenset({"settings_version", "restored_from", "consent_id", "user", "expires_at", "cause", "by_channel"})
"""Facts that the column `why` tells in words."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`field` by its public name; `since` is included, `until` is not."""

    user: str | None = None
    field: str | None = None
    since: Moment | None = None
    until: Moment | None = None

    def passes(self, row: dict[str, Any]) -> bool:
        return (
            (self.user is None or row["actor"] == self.user)
            and (self.field is None or self.field in row["fields"])
            and (self.since is None or not _earlier(row, self.since))
            and (self.until is None or _earlier(row, self.until))
        )


def history(session: Session, channel: str, wanted: Filter | None = None) -> list[dict[str, Any]]:
    """Oldest first. Raises `NotFound`."""
    from adapters.views.channel_past import events_of

    return rows_of(session, events_of(session.engine.log, session.tenant, channel), wanted)


def rows_of(session: Session, events: Events, wanted: Filter | None = None) -> list[dict[str, Any]]:
    """Rows of a whole stream."""
    from adapters.http.causes import told
    from adapters.views import channel_causes as why

    lane = session.engine.vault.lane_of(session.tenant)
    known = why.causes(events, why.led_to(session.engine.database, session.tenant, lane, events))
    found = why.rows(events, known)
    for row in found:
        row["cause"]["sentence"] = told(row, "en")
        row["cause"] = {name: value for name, value in row["cause"].items() if value is not None}
    return [row for row in found if wanted is None or wanted.passes(row)]


def lines(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """For a table: one line an event."""
    return [
        {
            **{name: row[name] for name in ("position", "recorded_at", "actor", "ip", "command", "kind", "channel")},
            "state": _state(row),
            "what": "; ".join(_told(row)) or "-",
            "why": row["cause"].get("sentence"),
        }
        for row in found
    ]


def csv_cells(row: dict[str, Any]) -> Iterator[list[str]]:
    """One line a changed field, or one for an event that changed none."""
    for change in row["changes"] or [{"field": None, "old": None, "new": None}]:
        facts = {**row, **change, "why": row["cause"].get("sentence")}
        yield [_cell(facts.get(name)) for name in CSV]


def _state(row: dict[str, Any]) -> str:
    before, after = row["state_before"], row["state_after"]
    return str(after) if before == after else f"{before} → {after}"


def _told(row: dict[str, Any]) -> list[str]:
    from infra.commands.output import cell

    if row["changes"]:
        return [f"{one['field']}: {cell(typed(one['old']))} → {cell(typed(one['new']))}" for one in row["changes"]]
    facts = {name: value for name, value in row["facts"].items() if name not in UNSHOWN}
    return [f"{name}={typed(value)}" for name, value in facts.items() if value not in (None, "", [], (), False)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value if isinstance(value, str) else to_json(value)


def _earlier(row: dict[str, Any], moment: Moment) -> bool:
    if moment.at is not None:
        return bool(row["recorded_at"] < moment.at)
    return moment.position is not None and bool(row["position"] < moment.position)
