"""What a store of blobs must do, whichever it is. `tests/adapters/blobs/test_blob_conformance.py` runs over all.

A blob is written once, under a random id, and never changed. It is there as a whole or not at all: `keep` returns when
it would survive a loss of power, and until then nobody can read it. Methods block; instances are thread-safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import uuid4


class BlobMissing(Exception):
    """There is no such blob (any more)."""


class Found(NamedTuple):
    ident: str
    written_at: datetime


class BlobWriter(Protocol):
    """One blob on its way in. Exactly one of `keep` and `drop` ends it; after `drop` nothing of it is left."""

    def write(self, data: bytes) -> None: ...
    def keep(self) -> None: ...
    def drop(self) -> None: ...


class Blobs(Protocol):
    def begin(self, ident: str) -> BlobWriter:
        """Raises `ValueError` for what is no id of `new_ident`, or names a blob that exists."""

    def read(self, ident: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start`, in pieces; the blob is opened before this returns. Raises `BlobMissing`."""

    def size(self, ident: str) -> int:
        """Raises `BlobMissing`."""

    def delete(self, ident: str) -> bool:
        """Was there such a blob? Deleting twice is as good as once."""

    def found(self) -> Iterator[Found]:
        """Every blob that was kept, in no order."""

    def tidy(self, before: datetime) -> int:
        """Remove what writers that died before this moment have left half-written; returns how many."""


def new_ident() -> str:
    """32 hexadecimal digits that say nothing of what they name."""
    return uuid4().hex
