"""What waits for a customer whose provider cannot be called: it goes into the answer to his next turn.

    waiting ──`give`, as the answer is composed──▶ calling ──`given`, once it has left──▶ sent

If we die between the two, the sweep takes it for lost, as with any call; so nothing is said twice by mistake. Only a
turn that is repeated, because its answer was too late or got lost, hears the same once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.delivery import table
from adapters.delivery.letter import Desk, Undeliverable
from adapters.delivery.table import Due
from adapters.intake_commands import external_key
from adapters.store.database import Connection, Database
from adapters.vault.vault import Vault
from processors.delivery import too_late

WAITS = "waits_for_turn"
"""The code of a message that no call can bring; also the name under which a chat's rows are found, hashed."""


class Turns:
    """Thread-safe; blocks. `clock` turns the database's clock into the moment that counts."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        lane: int = 0,
        clock: Callable[[datetime], datetime] = lambda now: now,
    ) -> None:
        self._database = database
        self._vault = vault
        self._desk = Desk(database, vault, None, lane=lane)
        self._clock = clock

    def give(self, tenant: str, channel: str, chat: str, turn: str, *, longest: int, joint: str) -> list[str]:
        """The texts for this answer, in the order in which they were written; they are on their way from now on."""
        this = external_key(self._vault, tenant, channel, chat, turn)
        mailbox = external_key(self._vault, tenant, channel, chat, WAITS)
        with self._database.pool.connection() as connection:
            if not table.anything(connection, tenant, channel, [this, mailbox]):
                return []
        with self._database.pool.connection() as connection, connection.transaction():
            now = self._now(connection)
            again = table.of_turn(connection, tenant, channel, this)
            if again:
                return [self._desk.written(one, now).text for one in again]
            waiting = table.waiting_for_turn(connection, tenant, channel, mailbox)
            texts, along = self._fitting(connection, waiting, now, longest, joint)
            table.take_along(connection, along, channel, this, now)
            table.leave_waiting(connection, waiting, channel, mailbox)
        return texts

    def given(self, tenant: str, channel: str, chat: str, turn: str) -> None:
        """The answer has left."""
        this = external_key(self._vault, tenant, channel, chat, turn)
        with self._database.pool.connection() as connection:
            table.taken_along(connection, tenant, channel, this)

    def _fitting(
        self, connection: Connection, waiting: Sequence[Due], now: datetime, longest: int, joint: str
    ) -> tuple[list[str], list[Due]]:
        texts: list[str] = []
        along: list[Due] = []
        for one in waiting:
            try:
                text = self._text(one, now)
            except Undeliverable as why:
                table.give_up(connection, one, why.code)
                continue
            if len(joint.join((*texts, text))) > longest:
                break
            along.append(one)
            texts.append(text)
        return texts, along

    def _text(self, one: Due, now: datetime) -> str:
        if too_late(one.since, now):
            raise Undeliverable("too_late")
        return self._desk.written(one, now).text

    def _now(self, connection: Connection) -> datetime:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        return self._clock(row[0])
