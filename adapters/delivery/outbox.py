"""`adapters.intake_outbox.Outbox` on the delivery table: what providers' receipts and echoes are about, and settle.

A receipt or an echo proves that the provider has a message whose answer was lost, is still on its way, or said "later":
it is not sent again. An echo without a name of ours is compared, by its words, with what may just be on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.delivery import receipts
from adapters.delivery.letter import Desk, Undeliverable
from adapters.delivery.receipts import Became, Early
from adapters.intake_outbox import Result, Sent, Told
from adapters.store.database import Database
from adapters.vault.vault import Vault


class SentMessages:
    """Without a vault no text can be compared, so only names are."""

    def __init__(self, database: Database, vault: Vault | None = None, *, lane: int = 0) -> None:
        self._database = database
        self._desk = Desk(database, vault, None, lane=lane) if vault is not None else None

    def find(self, tenant: str, channel: str, external_key: str) -> Sent | None:
        with self._database.pool.connection() as connection:
            return receipts.find(connection, tenant, channel, [external_key])

    def named(self, tenant: str, channel: str, our_key: str) -> Sent | None:
        with self._database.pool.connection() as connection:
            return receipts.named(connection, tenant, channel, our_key)

    def took(
        self, tenant: str, channel: str, keys: Sequence[str], our_key: str | None, *, failed: bool = False
    ) -> Sent | None:
        with self._database.pool.connection() as connection:
            found = receipts.find(connection, tenant, channel, keys)
            if found is None and our_key:
                found = receipts.named(connection, tenant, channel, our_key)
            if found is not None:
                became: Became = "failed" if failed else "sent"
                receipts.settle(connection, tenant, found, became, keys[0], reported=True)
            return found

    def early(
        self, tenant: str, channel: str, keys: Sequence[str], result: Result, code: str, command_key: str
    ) -> Sent | None:
        """First the row, then the look: whoever settles first writes, then looks, so one of the two sees the other."""
        with self._database.pool.connection() as connection:
            receipts.keep_early(connection, tenant, channel, keys, Early(result, code, command_key))
            found = receipts.find(connection, tenant, channel, keys)
            if found is not None:
                for key in keys:
                    receipts.take_early(connection, tenant, channel, key)
        return found

    def reached(self, tenant: str, channel: str, our_key: str) -> None:
        with self._database.pool.connection() as connection:
            found = receipts.named(connection, tenant, channel, our_key)
            if found is not None:
                receipts.settle(connection, tenant, found, "sent", None, reported=False)

    def up_to(self, tenant: str, channel: str, chats: Sequence[str], moment: datetime, told: Told) -> list[Sent]:
        with self._database.pool.connection() as connection:
            return receipts.up_to(connection, tenant, channel, chats, moment, told)

    def before(self, tenant: str, this: Sent, told: Told) -> list[Sent]:
        with self._database.pool.connection() as connection:
            return receipts.before(connection, tenant, this, told)

    def tell(self, tenant: str, messages: Sequence[Sent], told: Told) -> None:
        with self._database.pool.connection() as connection:
            receipts.tell(connection, tenant, messages, told)

    def ours(
        self, tenant: str, channel: str, chats: Sequence[str], keys: Sequence[str], our_key: str | None, text: str
    ) -> Sent | None:
        found = self.took(tenant, channel, keys, our_key)
        return found or self._like(tenant, channel, chats, keys[0], text)

    def _like(self, tenant: str, channel: str, chats: Sequence[str], key: str, text: str) -> Sent | None:
        """Something with these words is on its way to this chat, or nobody knows whether it arrived."""
        if self._desk is None:
            return None
        with self._database.pool.connection() as connection:
            doubtful = receipts.doubtful(connection, tenant, channel, chats)
        for one in doubtful:
            try:
                same = self._desk.words(one).strip() == text.strip()
            except Undeliverable:
                continue
            if same:
                found = Sent(one.dialog, one.message)
                with self._database.pool.connection() as connection:
                    receipts.settle(connection, tenant, found, "sent", key, reported=False)
                return found
        return None
