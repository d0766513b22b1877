"""Bytes that came with a message itself: kept before anybody knows whose they are.

The customer's key exists only once the message is committed, so the blob's own key travels inside the message, in a
field that is sealed with the customer's key there. Without the commit nobody has the key, and the blob is tidied away.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from adapters.attachments.content import told_by
from adapters.blobs import Blobs, SealedWriter, new_ident, new_key
from domain.dialog.events import Attachment
from domain.recorded import Event

REF = "blob:"
KEY, DIGEST = "blob_key", "blob_sha256"
HIDDEN = frozenset({KEY, DIGEST})
"""Facts of an attachment that are nobody's to read."""


@dataclass(frozen=True, slots=True)
class Stashed:
    """A blob with its key, as it stands in a message."""

    blob: str
    key: bytes
    sha256: bytes


def stash(blobs: Blobs, content: bytes, told: Attachment) -> Attachment:
    """The same attachment, with its bytes kept. Blocks until they are on the disk."""
    ident, key = new_ident(), new_key()
    writer = SealedWriter(blobs, ident, key)
    try:
        writer.write(content)
        writer.keep()
    except OSError:
        writer.drop()
        raise
    own = {KEY: base64.b64encode(key).decode(), DIGEST: writer.digest.hex()}
    return told.model_copy(
        update={
            "ref": f"{REF}{ident}",
            "mime": told_by(writer.head, told.file_name or ""),
            "size": len(content),
            "facts": {**told.facts, **own},
        }
    )


def without_keys(event: Event) -> Event:
    """An opened event as it may be shown: the keys of its files are nobody's to read."""
    files = getattr(event, "attachments", ())
    if not isinstance(files, tuple) or not any(HIDDEN & one.facts.keys() for one in files):
        return event
    clean = [
        one.model_copy(update={"facts": {name: fact for name, fact in one.facts.items() if name not in HIDDEN}})
        for one in files
    ]
    return event.model_copy(update={"attachments": tuple(clean)})


def blob_of(one: Attachment | None) -> str | None:
    return one.ref.removeprefix(REF) if one is not None and one.ref else None


def stashed(one: Attachment) -> Stashed | None:
    """None: its bytes did not come along."""
    key, digest = one.facts.get(KEY), one.facts.get(DIGEST)
    if one.ref is None or not one.ref.startswith(REF) or not isinstance(key, str) or not isinstance(digest, str):
        return None
    return Stashed(one.ref.removeprefix(REF), base64.b64decode(key), bytes.fromhex(digest))
