"""A run is a tenant of its own, in a lane of its own, with a clock of its own; both are found again by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from adapters.store.database import Connection, Database
from adapters.vault.vault import Vault
from domain.errors import Conflict

LANES = 7033
RUNS = 7034
State = Literal["new", "interrupted", "finished"]


@dataclass(frozen=True, slots=True)
class PlayTenant:
    """`virtual_now` = how far its clock had come; None = it has never run."""

    name: str
    lane: int
    state: State
    virtual_now: datetime | None


class VirtualClock:
    """The executor's clock: it stands still until it is told to move on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self, database_now: datetime) -> datetime:
        return self.now


@contextmanager
def one_run_at_a_time(connection: Connection, name: str) -> Iterator[None]:
    """Raises `Conflict` while another process plays the same tenant."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (RUNS, name)).fetchone()
    if row is None or not row[0]:
        raise Conflict("play_running", f"The tenant {name} is being played by another process just now.")
    try:
        yield
    except BaseException:
        _let_go_anyhow(connection, name)
        raise
    _let_go(connection, name)


def _let_go_anyhow(connection: Connection, name: str) -> None:
    """What has happened is to be told, even where the connection is in the middle of a query (Ctrl-C), or gone."""
    try:
        _let_go(connection, name)
    except psycopg.Error:
        connection.close()  # lets the lock go as well


def _let_go(connection: Connection, name: str) -> None:
    connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (RUNS, name))


def find_or_make(database: Database, vault: Vault, name: str) -> PlayTenant:
    """The tenant of this name. A new one gets the next lane: never 0, which is everybody's."""
    with database.connect(autocommit=False) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (LANES,))
        found = _find(connection, name)
        if found is None:
            row = connection.execute("SELECT greatest(coalesce(max(lane), 0), 0) + 1 FROM parley.tenant").fetchone()
            assert row is not None
            vault.add_tenant(name, lane=row[0])
            found = PlayTenant(name, row[0], "new", None)
    return found


def _find(connection: Connection, name: str) -> PlayTenant | None:
    row = connection.execute(
        "SELECT t.lane, t.facts ->> 'play', greatest(t.virtual_now, last.recorded_at)"
        " FROM parley.tenant t LEFT JOIN LATERAL ("
        "   SELECT recorded_at FROM parley.event WHERE lane = t.lane ORDER BY position DESC LIMIT 1"
        " ) AS last ON true WHERE t.tenant = %s",
        (name,),
    ).fetchone()
    if row is None:
        return None
    lane, state, now = row
    if lane == 0:
        raise Conflict("tenant_not_played", f"The tenant {name} lives in real time; play into another one.")
    return PlayTenant(name, lane, "finished" if state == "finished" else "interrupted", now)


def store_clock(connection: Connection, name: str, now: datetime, state: Literal["running", "finished"]) -> None:
    connection.execute(
        "UPDATE parley.tenant SET virtual_now = greatest(virtual_now, %s), facts = facts || %s::jsonb"
        " WHERE tenant = %s",
        (now, json.dumps({"play": state}), name),
        prepare=True,
    )
