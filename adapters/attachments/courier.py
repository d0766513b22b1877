"""One file on its way to us: take it up, ask the channel how, call, keep what came, write down what became of it.

Nothing is lost by dying at any moment: bytes without a row are tidied away, a row without bytes is taken up again.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic

from adapters.attachments import table
from adapters.attachments.content import told_by
from adapters.attachments.ear import label
from adapters.attachments.guarded import Caller, Tried
from adapters.attachments.letter import Desk, Unfetchable
from adapters.attachments.table import Attachment, Doomed
from adapters.blobs import Blobs, SealedWriter, new_ident, new_key
from adapters.channels.files import FileTooLarge
from adapters.store.database import Connection, Database
from adapters.store.faults import where
from adapters.vault.vault import KeyGone, Vault
from domain.errors import NotAllowed, NotFound, Unavailable
from processors.fetching import verdict

log = logging.getLogger("parley.attachments")

Clock = Callable[[datetime], datetime]
PAGE = 200
ORPHANS_EVERY = 3600.0
ORPHANED_AFTER = timedelta(days=7)
"""So long a blob may be without a row: longer than any reader of the log may lag behind."""


class Courier:
    """Thread-safe. A `adapters.feed.errands.Courier`; `clock` turns the database's clock into the one that counts."""

    def __init__(
        self, database: Database, vault: Vault, blobs: Blobs, desk: Desk, caller: Caller, *, lane: int, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._blobs = blobs
        self._desk = desk
        self._caller = caller
        self._lane = lane
        self._clock = clock
        self._tidied = float("-inf")

    def due(self, connection: Connection, limit: int) -> Sequence[Attachment]:
        return table.due(connection, self._lane, self._now(connection), limit)

    def serve(self, one: Attachment) -> bool:
        with self._database.pool.connection() as connection:
            attempt = table.take(connection, one, self._now(connection))
        if attempt is None:
            return False
        ident, key = new_ident(), new_key()
        writer = SealedWriter(self._blobs, ident, key)
        kept = False
        try:
            tried = self._tried(one, writer)
            if tried.fate == "kept":
                writer.keep()
                kept = True
                self._keep(one, attempt, writer, ident, key)
        finally:
            if not kept:
                writer.drop()
        if tried.fate != "kept":
            self._settle(one, attempt, tried)
        return True

    def sweep(self, connection: Connection) -> None:
        """What must go: files of erased customers, uploads that nobody sent, blobs of nobody."""
        table.lose(connection, self._lane, self._now(connection))
        while doomed := table.of_erased(connection, self._lane, PAGE):
            for one in doomed:
                self._delete(one)
                table.erase(connection, one)
        for one in table.unsent(connection, self._lane, self._now(connection), PAGE):
            self._delete(one)
            table.remove(connection, one)
        if monotonic() - self._tidied > ORPHANS_EVERY:
            self._tidied = monotonic()
            self.tidy(connection)

    def report(self, connection: Connection) -> None:
        """A file tells nobody: whoever shows its message looks at its row."""

    def tidy(self, connection: Connection) -> int:
        """Remove blobs that no row holds and that are old enough for one to have come."""
        before = self._now(connection) - ORPHANED_AFTER
        old = [one.ident for one in self._blobs.found() if one.written_at < before]
        removed = 0
        for at in range(0, len(old), PAGE):
            page = old[at : at + PAGE]
            removed += sum(self._blobs.delete(ident) for ident in set(page) - table.known(connection, page))
        return removed + self._blobs.tidy(before)

    def _tried(self, one: Attachment, writer: SealedWriter) -> Tried:
        try:
            letter = self._desk.letter(one)
            return self._caller.fetch(letter.request(), writer.write, letter.proxy)
        except KeyGone:
            return Tried("final", "customer_erased")
        except Unfetchable as why:
            return Tried("final", why.code)
        except Unavailable as why:
            return Tried("retry", why.code)
        except NotFound as why:
            return Tried("refused", why.code)
        except NotAllowed as why:
            return Tried("refused", why.code)
        except FileTooLarge:
            return Tried("too_large")
        except (LookupError, ValueError, TypeError) as fault:
            log.error("attachment %s could not be asked for: %s", one.id, where(fault))
            return Tried("refused", "not_readable")

    def _keep(self, one: Attachment, attempt: int, writer: SealedWriter, ident: str, key: bytes) -> None:
        """Where it is certain that no row holds the bytes, they go at once; where it is not, the tidying finds out."""
        try:
            sealed = self._vault.seal(one.tenant, one.key_id, label(one.id, "key"), base64.b64encode(key).decode())
            mime = told_by(writer.head, self._name(one))
        except KeyGone:
            self._blobs.delete(ident)
            return
        with self._database.pool.connection() as connection:
            done = table.keep(
                connection,
                one,
                attempt,
                mime=mime,
                size=writer.size,
                sha256=writer.digest,
                blob=ident,
                blob_key=sealed,
            )
        if not done:
            self._blobs.delete(ident)

    def _name(self, one: Attachment) -> str:
        if one.name is None:
            return ""
        name = self._vault.open(one.tenant, one.key_id, label(one.id, "name"), {"sealed": one.name.decode()})
        return str(name)

    def _settle(self, one: Attachment, attempt: int, tried: Tried) -> None:
        with self._database.pool.connection() as connection:
            now = self._now(connection)
            follows = verdict(tried.fate, tried.code, tried.retry_after, attempts=attempt, since=one.since, now=now)
            table.settle(connection, one, attempt, follows)

    def _delete(self, one: Doomed) -> None:
        if one.blob is not None:
            self._blobs.delete(one.blob)

    def _now(self, connection: Connection) -> datetime:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        return self._clock(row[0])
