"""Files as the doors see them: find one, read it, bring one in, hand one out. Never more than a chunk in memory."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.attachments import links, refusals, table
from adapters.attachments.content import clean_name, told_by, type_of
from adapters.attachments.ear import OURS, label
from adapters.attachments.guarded import Limits
from adapters.attachments.stream import stream
from adapters.attachments.table import Attachment, Uploaded
from adapters.blobs import BlobMissing, Blobs, SealedWriter, new_ident, new_key, opened
from adapters.channels.files import OutFile
from adapters.store.database import Database
from adapters.vault.vault import KeyGone, Vault
from domain.dialog.events import Attachment as Told
from domain.errors import Invalid, NotFound, Problem
from processors.fetching import UNSENT_LASTS


@dataclass(frozen=True)
class Shelf:
    """`public_url` = where providers can reach us, for those that fetch files themselves."""

    database: Database
    vault: Vault
    blobs: Blobs
    lane: int = 0
    limits: Limits = field(default_factory=Limits)
    public_url: str | None = None

    # -- reading ----------------------------------------------------------------------------------------------------

    def find(self, tenant: str, ident: str) -> Attachment:
        """Raises `NotFound`, also for what is another tenant's."""
        with self.database.pool.connection() as connection:
            found = table.find(connection, tenant, ident)
        if found is None:
            raise NotFound("attachment_unknown", "There is no such attachment.")
        return found

    def many(self, tenant: str, idents: Sequence[str]) -> dict[str, Attachment]:
        if not idents:
            return {}
        with self.database.pool.connection() as connection:
            return table.many(connection, tenant, idents)

    def must_be_kept(self, one: Attachment) -> None:
        """Raises what stands against reading it now, with its sentence (`refusals`)."""
        match one.state:
            case "waiting" | "fetching":
                raise refusals.waits()
            case "erased":
                raise refusals.erased()
            case "too_large":
                raise refusals.above_limit()
            case "failed":
                raise refusals.not_fetched(one.code)

    def name(self, one: Attachment) -> str:
        """Safe to be shown and saved under. Raises `Gone`."""
        if one.name is None:
            return clean_name(None, one.mime)
        try:
            name = self.vault.open(one.tenant, one.key_id, label(one.id, "name"), {"sealed": one.name.decode()})
        except KeyGone:
            raise refusals.erased() from None
        return clean_name(name or one.type, one.mime)

    def read(self, one: Attachment, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Raises before it returns: what `refusals` holds; later only `BlobDamaged`."""
        self.must_be_kept(one)
        assert one.blob is not None
        key = self._key(one)
        try:
            return opened(self.blobs, one.blob, key, start, length)
        except BlobMissing:
            raise refusals.lost() from None

    def _key(self, one: Attachment) -> bytes:
        assert one.blob_key is not None
        try:
            key = self.vault.open(one.tenant, one.key_id, label(one.id, "key"), {"sealed": one.blob_key.decode()})
        except KeyGone:
            raise refusals.erased() from None
        return base64.b64decode(key)

    # -- bringing in ------------------------------------------------------------------------------------------------

    def begin_upload(self, tenant: str, dialog: str, key_id: str, name: str | None) -> Upload:
        return Upload(self, tenant, dialog, key_id, name)

    # -- handing out ------------------------------------------------------------------------------------------------

    def told(self, tenant: str, dialog: str, idents: Sequence[str]) -> tuple[Told, ...]:
        """Uploads as a message of this dialog names them. Raises `Invalid` for what cannot be sent."""
        rows = self.many(tenant, idents)
        oldest = datetime.now(UTC) - UNSENT_LASTS / 2
        wrong = [ident for ident in idents if not _sendable(rows.get(ident), dialog, oldest)]
        if wrong or len(set(idents)) != len(idents):
            sentence = "attachments: an upload to this very dialog, not older than a day, each once."
            raise Invalid([Problem(field="attachments", code="attachment_unusable", sentence=sentence)])
        return tuple(self._told(rows[ident]) for ident in idents)

    def _told(self, one: Attachment) -> Told:
        return Told(type=one.type, ref=f"{OURS}{one.id}", mime=one.mime, file_name=self.name(one), size=one.size)

    def out(self, tenant: str, files: Sequence[Told]) -> tuple[OutFile, ...]:
        """For a channel. Raises `LookupError` where one of them is not there any more."""
        idents = [(one.ref or "").removeprefix(OURS) for one in files]
        rows = self.many(tenant, idents)
        return tuple(self._out(rows[ident]) for ident in idents)

    def _out(self, one: Attachment) -> OutFile:
        if one.state != "kept":
            raise LookupError(one.id)
        return OutFile(
            type=type_of(one.mime),
            name=self.name(one),
            mime=one.mime,
            size=one.size or 0,
            open=lambda: stream(one.size or 0, lambda start: self.read(one, start)),
            link=lambda: self.link(one),
        )

    def link(self, one: Attachment, lasts: timedelta = links.LASTS) -> str | None:
        """A public address that works for a while; None: we have none."""
        if self.public_url is None:
            return None
        token = links.token(self.vault, one.tenant, one.id, datetime.now(UTC) + lasts)
        return f"{self.public_url.rstrip('/')}{links.path(token, self.name(one), one.mime)}"

    def behind(self, token: str) -> Attachment | None:
        """What a link opens; None: it is none of ours, or its time is over."""
        found = links.opened(self.vault, token, datetime.now(UTC))
        return self.find(*found) if found else None


class Upload:
    """One file on its way in, written in pieces; exactly one of `keep` and `drop` ends it. Blocks."""

    def __init__(self, shelf: Shelf, tenant: str, dialog: str, key_id: str, name: str | None) -> None:
        self._shelf = shelf
        self._whose = (tenant, dialog, key_id)
        self._name = name
        self._blob, self._key = new_ident(), new_key()
        self._writer = SealedWriter(shelf.blobs, self._blob, self._key)

    def write(self, data: bytes) -> None:
        """Raises `Conflict` above the limit."""
        if self._writer.size + len(data) > self._shelf.limits.largest:
            raise refusals.too_large(self._shelf.limits.largest)
        self._writer.write(data)

    def keep(self) -> Attachment:
        """Raises `Invalid` for an empty file, `Gone` where the customer was erased."""
        if self._writer.size == 0:
            raise Invalid([Problem(field="body", code="file_empty", sentence="body: the file is empty.")])
        self._writer.keep()
        tenant, dialog, key_id = self._whose
        row = self._row(tenant, dialog, key_id)
        with self._shelf.database.pool.connection() as connection:
            table.upload(connection, self._shelf.lane, row)
        return self._shelf.find(tenant, row.id)

    def drop(self) -> None:
        self._writer.drop()

    def _row(self, tenant: str, dialog: str, key_id: str) -> Uploaded:
        ident, vault = new_ident(), self._shelf.vault
        mime = told_by(self._writer.head, self._name or "")
        try:
            name = vault.seal(tenant, key_id, label(ident, "name"), clean_name(self._name, mime))
            key = vault.seal(tenant, key_id, label(ident, "key"), base64.b64encode(self._key).decode())
        except KeyGone:
            raise refusals.erased() from None
        writer = self._writer
        return Uploaded(
            tenant=tenant,
            id=ident,
            dialog=dialog,
            key_id=key_id,
            type=type_of(mime),
            mime=mime,
            name=name,
            size=writer.size,
            sha256=writer.digest,
            blob=self._blob,
            blob_key=key,
        )


def _sendable(one: Attachment | None, dialog: str, oldest: datetime) -> bool:
    return (
        one is not None
        and one.direction == "out"
        and one.dialog == dialog
        and one.state == "kept"
        and (one.message is not None or one.since >= oldest)
    )
