"""How one file is asked for: what its message said of it, through which channel it came, with which secrets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from adapters.attachments.table import Attachment
from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import ChannelAdapter
from adapters.channels.files import FetchesFiles, FileRequest, FileWanted, plain_request
from adapters.channels.http_client import Access
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.heads import Kept, StoredHeads
from adapters.store.log import Log
from adapters.vault.vault import Vault
from domain.channel import Channel
from domain.dialog.events import Attachment as Told
from domain.dialog.state import Dialog
from domain.errors import NotAllowed, NotFound


class Unfetchable(Exception):
    """There is nothing to call for; `code` stands on the file."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Letter:
    adapter: ChannelAdapter
    access: Access
    wanted: FileWanted
    proxy: str | None
    refreshed: Callable[[Access], Access | None]

    def request(self) -> FileRequest:
        """May call the provider; raises what `FetchesFiles.file_request` raises, and `Unfetchable`."""
        found = self._asked()
        if found is None:
            raise Unfetchable("no_file")
        return found

    def _asked(self) -> FileRequest | None:
        """A key that is not believed may only be too old."""
        if not isinstance(self.adapter, FetchesFiles):
            return plain_request(self.wanted)
        try:
            return self.adapter.file_request(self.access, self.wanted)
        except NotAllowed:
            fresh = self.refreshed(self.access)
            if fresh is None:
                raise
            return self.adapter.file_request(fresh, self.wanted)


class Desk:
    """Reads only. Raises `Unfetchable`, and `KeyGone` where the customer was erased."""

    def __init__(self, database: Database, vault: Vault, accesses: Accesses, *, lane: int) -> None:
        self._database = database
        self._log = Log(database)
        self._codec = Codec(vault)
        self._accesses = accesses
        self._lane = lane

    def letter(self, one: Attachment) -> Letter:
        channel_id, channel = self._channel(one)
        told = self._told(one)
        try:
            adapter = adapter_of(channel.kind)
        except NotFound as unknown:
            raise Unfetchable(unknown.code) from None
        access = self._accesses.of(one.tenant, channel_id, channel)
        refreshed = partial(self._accesses.refreshed, one.tenant, channel_id)
        return Letter(adapter, access, wanted(told), channel.settings.proxy, refreshed)

    def _channel(self, one: Attachment) -> tuple[str, Channel]:
        with self._database.pool.connection() as connection:
            heads = StoredHeads(connection, one.tenant, Kept())
            if one.dialog:
                dialog: Dialog = heads.head(f"dialog-{one.dialog}").state
                channel_id = dialog.channel
            else:
                channel_id = one.channel or ""
            channel: Channel = heads.head(f"channel-{channel_id}").state
        if channel.phase == "unknown":
            raise Unfetchable("channel_unknown")
        return channel_id, channel

    def _told(self, one: Attachment) -> Told:
        assert one.position is not None
        (recorded,) = self._log.read(one.position - 1, 1, lane=self._lane)
        files = getattr(self._codec.opened(one.tenant, recorded.event), "attachments", ())
        if not isinstance(files, tuple) or one.ordinal >= len(files):
            raise Unfetchable("message_unknown")
        told: Told = files[one.ordinal]
        return told


def wanted(told: Told) -> FileWanted:
    """A provider that gave an address only has it as `ref`."""
    url = told.facts.get("url")
    address = url if isinstance(url, str) else told.ref
    return FileWanted(
        type=told.type,
        ref=told.ref,
        url=address if address and address.startswith(("https://", "http://")) else None,
        mime=told.mime,
        file_name=told.file_name,
        size=told.size,
    )
