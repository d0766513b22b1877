"""A command carried out on what the store holds, and then forgotten: what it would answer, and what it would record.

The same handler on the same kind of world as in the executor, so it refuses exactly what the command itself would
refuse. The transaction is read-only and is never committed: nothing here can write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from adapters.store.batch import Choices
from adapters.store.database import Connection, Database
from adapters.store.heads import Kept, StoredHeads
from adapters.vault.vault import Vault
from domain.desk import HANDLERS, Handler
from domain.desk.world import Ran, World
from domain.recorded import Actor

READ_ONLY = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN = """
SELECT greatest(clock_timestamp(), (
           SELECT recorded_at FROM parley.event WHERE lane = %(lane)s ORDER BY position DESC LIMIT 1)),
       coalesce((SELECT max(position) FROM parley.event WHERE lane = %(lane)s), 0)
"""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`ran` = what the command answered and would record; `world` = everything as it would be afterwards.

    `connection` reads the store as it was before, until the rehearsal ends; `read_at` = the log's end there.
    """

    connection: Connection
    world: World
    ran: Ran[dict[str, Any]]
    read_at: int
    run: Callable[[Any], Ran[dict[str, Any]]]

    def then(self, command: Any) -> Rehearsal:
        """The next command, on what the first has left behind. Raises `Rejected`."""
        return replace(self, ran=self.run(command))


@contextmanager
def rehearsed(
    database: Database,
    vault: Vault,
    tenant: str,
    command: Any,
    actor: Actor,
    *,
    lane: int = 0,
    handlers: Mapping[type[Any], Handler] = HANDLERS,
) -> Iterator[Rehearsal]:
    """Raises `Rejected` as the command would."""
    with database.pool.connection(timeout=3) as connection:
        connection.execute(READ_ONLY)
        try:
            row = connection.execute(BEGIN, {"lane": lane}).fetchone()
            assert row is not None
            heads = StoredHeads(connection, tenant, Kept())
            choices = Choices(vault, tenant, lambda: uuid4().hex)
            world = World(tenant=tenant, now=row[0], position=row[1] + 1, heads=heads, choices=choices)

            def run(asked: Any) -> Ran[dict[str, Any]]:
                return world.run(lambda: handlers[type(asked)](world, asked), actor)

            yield Rehearsal(connection, world, run(command), row[1], run)
        finally:
            connection.execute("ROLLBACK")
