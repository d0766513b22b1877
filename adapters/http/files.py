"""Files at this door: the shelf that it has, uploads as a command names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.attachments import Shelf
from adapters.http.parts import Parts
from domain.dialog.events import Attachment
from domain.errors import Unavailable

if TYPE_CHECKING:
    from adapters.http.asking import Asking


def shelf_of(parts: Parts) -> Shelf:
    if parts.shelf is None:
        raise Unavailable("no_blobs", "This door keeps no files.")
    return parts.shelf


def told(asking: Asking, dialog: str, idents: Sequence[str]) -> tuple[Attachment, ...]:
    """Blocks."""
    return shelf_of(asking.parts).told(asking.tenant, dialog, idents) if idents else ()
