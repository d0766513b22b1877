"""The engine behind a command at the terminal: the same executor, log and vault as everywhere, on the same database.

It works beside a running `up` (through its socket) and against PARLEY_DATABASE_URL. Who did it is the user of this
machine, as far as the machine knows.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from adapters.attachments.stash import without_keys
from adapters.store.codec import Codec
from adapters.store.requests import Outcome, Request
from adapters.vault import KeyGone
from domain.errors import NotFound
from domain.recorded import Actor, Event, Recorded
from infra.embedded import application_dsn
from infra.engine import Engine, open_engine
from infra.settings import Settings

ERASED = "(erased)"


@dataclass(frozen=True)
class Session:
    engine: Engine
    tenant: str
    actor: Actor

    def ask(self, command: Any, *, key: str | None = None) -> Outcome:
        """Carry out one command; raises what it is refused with."""
        return self.engine.executor.execute(
            Request(tenant=self.tenant, command=command, actor=self.actor, key=key, remember=key is not None)
        )

    def opened(self, recorded: Recorded) -> Event:
        """The event with its personal fields readable; those of an erased customer say so."""
        try:
            return without_keys(Codec(self.engine.vault).opened(recorded.tenant, recorded.event))
        except KeyGone:
            gone = {name: ERASED for name in recorded.event.personal if isinstance(name, str)}
            return recorded.event.model_copy(update=gone)

    def query(self, statement: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        """Rows of a SELECT as dictionaries."""
        from psycopg.rows import dict_row

        with self.engine.database.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(cast(Any, statement), values)
            return cursor.fetchall()


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    with open_engine(settings, dsn=application_dsn(settings)) as engine:
        tenant_exists(engine, settings.tenant)
        yield Session(engine, settings.tenant, terminal_actor())


def tenant_exists(engine: Engine, tenant: str) -> None:
    """Raises `NotFound` for a tenant that is not there."""
    engine.vault.lane_of(tenant)


def terminal_actor() -> Actor:
    return Actor(kind="manager", id=f"terminal:{os_user()}")


def os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return "unknown"


__all__ = ["NotFound", "Session", "open_session", "os_user", "tenant_exists", "terminal_actor"]
