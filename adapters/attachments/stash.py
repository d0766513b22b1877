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


def stash(
    blobs: Blobs, content: bytes, *, type: str, name: str | None, facts: dict[str, str | int | float | None]
) -> Attachment:
    """Blocks until it is on the disk."""
    ident, key = new_ident(), new_key()
    writer = SealedWriter(blobs, ident, key)
    writer.write(content)
    writer.keep()
    mime = told_by(writer.head, name or "")
    own = {KEY: base64.b64encode(key).decode(), DIGEST: writer.digest.hex()}
    return Attachment(
        type=type, ref=f"{REF}{ident}", mime=mime, file_name=name, size=len(content), facts={**facts, **own}
    )


def stashed(one: Attachment) -> Stashed | None:
    """None: its bytes did not come along."""
    key, digest = one.facts.get(KEY), one.facts.get(DIGEST)
    if one.ref is None or not one.ref.startswith(REF) or not isinstance(key, str) or not isinstance(digest, str):
        return None
    return Stashed(one.ref.removeprefix(REF), base64.b64decode(key), bytes.fromhex(digest))
