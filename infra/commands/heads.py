"""What administrators set up, read from the heads: as it is now, without waiting for a projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from adapters.store.heads import Kept, StoredHeads
from domain.errors import NotFound
from domain.streams import state_type
from infra.commands.session import Session


def all_of(session: Session, prefix: str) -> list[dict[str, Any]]:
    """Every stream of this kind: its `id`, its `version`, and the fields of its state as JSON values."""
    rows = session.query(
        "SELECT stream FROM parley.head WHERE tenant = %s AND starts_with(stream, %s) ORDER BY stream",
        (session.tenant, f"{prefix}-"),
    )
    return _states(session, [row["stream"] for row in rows])


def one_of(session: Session, prefix: str, ident: str) -> dict[str, Any]:
    """Raises `NotFound`."""
    (found,) = _states(session, [f"{prefix}-{ident}"])
    if found["version"] == 0:
        raise NotFound(f"{prefix}_unknown", f"There is no {prefix} {ident}.")
    return found


def _states(session: Session, streams: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    with session.engine.database.pool.connection() as connection:
        heads = StoredHeads(connection, session.tenant, Kept())
        heads.load_heads(streams)
        for stream in streams:
            state, version = heads.head(stream)
            plain = TypeAdapter(state_type(stream)).dump_python(state, mode="json")
            found.append({"id": stream.partition("-")[2], "version": version, **plain})
    return found
