"""What the log says of files: those that customers sent become rows, those of ours are tied to their message.

Personal fields are opened here, because the list of files is one; a customer who was erased meanwhile has none.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from adapters.attachments import table
from adapters.attachments.stash import Stashed, stashed
from adapters.attachments.table import Brought
from adapters.store.codec import Codec
from adapters.store.database import Connection
from adapters.vault.vault import KeyGone, Vault
from domain.dialog.events import Attachment, MessageReceived, MessageSent
from domain.privacy import SubjectErased
from domain.quarantine import InboundQuarantined
from domain.recorded import Event, Recorded
from processors.fetching import FETCHED, HEARS, MOST_FILES, attachment_id

OURS = "attachment:"
"""What `ref` of an attachment that we send begins with; the id of its row follows."""


class Ear:
    """A `Consumer`."""

    name = "processor:fetching"
    hears: frozenset[str] | None = HEARS

    def __init__(self, vault: Vault, lane: int, wake: Callable[[], None]) -> None:
        self._vault = vault
        self._codec = Codec(vault)
        self._lane = lane
        self._wake = wake

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        self._load_keys(events)
        news = False
        for one in events:
            event = one.event
            if isinstance(event, SubjectErased):
                news = True
            elif isinstance(event, MessageReceived | InboundQuarantined | MessageSent) and event.attachments:
                self._brought(connection, one)
                news = True
        if news:
            self._wake()

    def _load_keys(self, events: Sequence[Recorded]) -> None:
        """One query a tenant for all that has to be opened."""
        wanted: dict[str, list[str]] = {}
        for one in events:
            if getattr(one.event, "attachments", ()):
                wanted.setdefault(one.tenant, []).append(one.event.subject_key_id)  # type: ignore[attr-defined]
        for tenant, keys in wanted.items():
            self._vault.load_keys(tenant, keys)

    def _brought(self, connection: Connection, recorded: Recorded) -> None:
        """Uploads of ours are only tied to their message; all else has to be fetched, also what was sent past us."""
        event, files = self._opened(recorded)
        for ordinal, file in enumerate(files[:MOST_FILES]):
            ref = file.ref or ""
            if isinstance(event, MessageSent) and not event.author.outside and ref.startswith(OURS):
                place = (recorded.entity, event.message, recorded.position, ordinal)
                table.sent(connection, recorded.tenant, ref.removeprefix(OURS), *place)
            elif file.type in FETCHED:
                table.add(connection, self._lane, recorded.tenant, self._row(recorded, event, ordinal, file))

    def _row(self, recorded: Recorded, event: Event, ordinal: int, file: Attachment) -> Brought:
        assert isinstance(event, MessageReceived | InboundQuarantined | MessageSent)
        waits = isinstance(event, InboundQuarantined)
        message = event.item if isinstance(event, InboundQuarantined) else event.message
        ident, came = attachment_id(message, ordinal), stashed(file)
        return Brought(
            id=ident,
            dialog="" if waits else recorded.entity,
            channel=recorded.entity if waits else None,
            message=message,
            position=recorded.position,
            ordinal=ordinal,
            key_id=event.subject_key_id,
            type=file.type,
            mime=file.mime or "",
            name=self._seal(recorded.tenant, event.subject_key_id, ident, "name", file.file_name or ""),
            size=file.size,
            sha256=came.sha256 if came else None,
            blob=came.blob if came else None,
            blob_key=self._sealed_key(recorded.tenant, event.subject_key_id, ident, came) if came else None,
            state="kept" if came else "waiting",
            since=recorded.recorded_at,
            next_at=recorded.recorded_at,
        )

    def _opened(self, recorded: Recorded) -> tuple[Event, tuple[Attachment, ...]]:
        try:
            event = self._codec.opened(recorded.tenant, recorded.event)
        except KeyGone:
            return recorded.event, ()
        found = getattr(event, "attachments", ())
        return event, found if isinstance(found, tuple) else ()

    def _sealed_key(self, tenant: str, key_id: str, ident: str, came: Stashed) -> bytes:
        return self._seal(tenant, key_id, ident, "key", base64.b64encode(came.key).decode())

    def _seal(self, tenant: str, key_id: str, ident: str, what: str, text: str) -> bytes:
        return self._vault.seal(tenant, key_id, label(ident, what), text)


def label(ident: str, what: str) -> str:
    """What a sealed field of a row is bound to."""
    return f"attachment.{ident}.{what}"
