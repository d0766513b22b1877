"""The history of channels at the terminal: the rows of the audit, one line an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from infra.commands.output import cell
from infra.commands.values import typed

if TYPE_CHECKING:
    from adapters.http.channel_audit import Auditor
    from infra.commands.session import Session

COLUMNS = ("position", "recorded_at", "actor", "ip", "command", "kind", "state", "what", "why")
UNSHOWN = frozenset({"settings_version", "restored_from", "consent_id", "user", "expires_at", "cause", "by_channel"})
"""Facts that the column `why` tells in words."""


def auditor(session: Session) -> Auditor:
    from adapters.http.channel_audit import Auditor

    engine = session.engine
    return Auditor(engine.database, engine.log, session.tenant, engine.vault.lane_of(session.tenant))


def lines(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **{name: row[name] for name in ("position", "recorded_at", "actor", "ip", "command", "kind", "channel")},
            "state": _state(row),
            "what": "; ".join(_told(row)) or "-",
            "why": _why(row),
        }
        for row in found
    ]


def _state(row: dict[str, Any]) -> str:
    before, after = row["state_before"], row["state_after"]
    return str(after) if before == after else f"{before} → {after}"


def _told(row: dict[str, Any]) -> list[str]:
    if row["changes"]:
        return [f"{one['field']}: {cell(typed(one['old']))} → {cell(typed(one['new']))}" for one in row["changes"]]
    facts = {name: value for name, value in row["facts"].items() if name not in UNSHOWN}
    return [f"{name}={typed(value)}" for name, value in facts.items() if value not in (None, "", [], (), False)]


def _why(row: dict[str, Any]) -> str | None:
    said, closed = row["cause"].get("sentence"), row.get("closed_idle")
    count = f"closed {closed} idle dialogs" if closed is not None else None
    return "; ".join(one for one in (said, count) if one) or None
