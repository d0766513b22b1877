"""What administrators set up, read from the heads: as it is now, without waiting for a projection."""

from __future__ import annotations

import json
from typing import Any

from domain.errors import NotFound
from infra.commands.session import Session


def all_of(session: Session, prefix: str) -> list[dict[str, Any]]:
    """Every stream of this kind: its `id`, its `version`, and the fields of its state."""
    rows = session.query(
        "SELECT stream, version, state FROM parley.head WHERE tenant = %s AND starts_with(stream, %s) ORDER BY stream",
        (session.tenant, f"{prefix}-"),
    )
    return [_head(row) for row in rows]


def one_of(session: Session, prefix: str, ident: str) -> dict[str, Any]:
    """Raises `NotFound`."""
    rows = session.query(
        "SELECT stream, version, state FROM parley.head WHERE tenant = %s AND stream = %s",
        (session.tenant, f"{prefix}-{ident}"),
    )
    if not rows:
        raise NotFound(f"{prefix}_unknown", f"There is no {prefix} {ident}.")
    return _head(rows[0])


def _head(row: dict[str, Any]) -> dict[str, Any]:
    state = json.loads(bytes(row["state"]))
    return {"id": row["stream"].partition("-")[2], "version": row["version"], **state}
