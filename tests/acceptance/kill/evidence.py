"""What a judgement is made on: the store as it is in the end, and what was answered to those who asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.intake_commands import external_key
from adapters.store.database import Database
from adapters.vault import Vault
from domain.desk.arrival import message_id
from domain.recorded import Recorded
from tests.acceptance.kill.ledger import Done, Sent
from tests.store import TENANT

LANE = 0
EVERYTHING = 10_000_000


@dataclass(frozen=True)
class Evidence:
    """`owner` may rebuild. `answered` and `attempts`: requests to the hook; None = not counted."""

    database: Database
    owner: Database
    vault: Vault
    sent: Sequence[Sent]
    done: Sequence[Done] = ()
    answered: int | None = None
    attempts: int | None = None
    said_by_bot: Sequence[str] | None = None
    """The texts that the provider has got; None = nobody listened."""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.pool.connection() as connection:
            return connection.execute(query, values).fetchall()


def id_of(evidence: Evidence, sent: Sent) -> str:
    key = external_key(evidence.vault, TENANT, sent.channel, str(sent.chat), str(sent.number))
    return message_id(sent.channel, key)


def message_of(recorded: Recorded) -> str:
    return str(recorded.event.message)  # type: ignore[attr-defined]
